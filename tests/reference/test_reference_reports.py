"""The reports of a small shop, worked out by hand (contract §4, §7, §8)."""

from __future__ import annotations

import pytest

from tests.reference.reference import facts_of, read_all
from tests.reference.reports import Report
from tests.reference.scenario import NOW_MS, campaign, contact, order, partial, touch

MARCH = "2026-03-01", "2026-03-31"
SHOP = [
    touch("sent", "03-01 09:00"),
    touch("opened", "03-01 09:30"),
    touch("clicked", "03-01 10:00"),
    touch("opened", "03-01 09:30", message="m2"),
    touch("opened", "03-01 09:40", message="m3"),
    touch("delivered", "03-01 11:00", channel="sms", campaign="flash", contact="bob"),
    touch("sent", "03-01 11:00", channel="viber", campaign="chat"),
    campaign("spring", "Spring sale", "03-01 00:00"),
    contact("bob", "03-01 00:00", email="bob@shop.example", first_name="Bob"),
    order("03-01 12:00", order="o1", amount="10.00"),
    order("03-01 13:00", order="o2", amount="10.01", refunded="4"),
    order("03-01 14:00", order="o3", amount="99.00", currency="USD"),
    order("03-01 15:00", order="o4", amount="30.00", contact="bob", status="INITIALIZED"),
    order("03-01 16:00", order="o5", amount="5.00", contact=None),
    order("03-01 17:00", order="o6", amount="7.00", contact="bob", status="CANCELLED"),
    order("03-01 18:00", "03-02 00:00", order="o7", amount="6.00", contact="carol", status="IN_PROGRESS"),
    partial("03-03 00:00", order="o7", status=None, refunded="1.00", currency="EUR"),
    order("04-01 12:00", "04-02 00:00", order="april", amount="50.00"),
]


def shop(first: str = MARCH[0], last: str = MARCH[1], currency: str | None = None) -> Report:
    return Report(facts_of(read_all(SHOP, NOW_MS), {}, erase_unnamed=True), "acme", first, last, currency)


def test_campaigns_what_each_earned_and_may_still_earn() -> None:
    report = shop().campaigns()
    assert [(row["channel"], row["campaign"], row["name"]) for row in report["campaigns"]] == [
        ("email", "spring", "Spring sale"),
        ("sms", "flash", None),
        ("viber", "chat", None),
    ]
    spring, flash, chat = report["campaigns"]
    assert spring == {
        "channel": "email",
        "campaign": "spring",
        "name": "Spring sale",
        "purchases": 2,
        "average_check": "10.01",
        "revenue": "20.01",
        "expected_purchases": 0,
        "expected_revenue": "0.00",
        "sent": 1,
        "delivered": 0,
        "opened": 3,
        "clicked": 1,
        "purchase_to_open_rate": "0.6667",
        "purchase_to_click_rate": "2.0000",
    }
    assert (flash["purchases"], flash["average_check"], flash["expected_revenue"]) == (0, None, "30.00")
    assert (chat["sent"], chat["purchase_to_open_rate"]) == (1, None)
    assert report["total"] == {
        "campaigns": 3,
        "purchases": 2,
        "average_check": "10.01",
        "revenue": "20.01",
        "expected_purchases": 1,
        "expected_revenue": "30.00",
    }
    assert report["channel"] is None


def test_campaigns_of_one_channel_have_the_total_of_that_channel() -> None:
    report = shop().campaigns("sms")
    assert [row["campaign"] for row in report["campaigns"]] == ["flash"]
    assert (report["channel"], report["total"]["revenue"], report["total"]["expected_revenue"]) == (
        "sms",
        "0.00",
        "30.00",
    )


def test_channels_and_unattributed_add_up_to_what_was_delivered_and_is_on_its_way() -> None:
    report = shop().channels()
    assert [row["channel"] for row in report["channels"]] == ["email", "sms"]
    assert report["unattributed"] == {
        "purchases": 1,
        "revenue": "5.00",
        "expected_purchases": 1,
        "expected_revenue": "6.00",
    }
    assert report["total"] == {
        "purchases": 3,
        "revenue": "25.01",
        "expected_purchases": 2,
        "expected_revenue": "36.00",
    }


def test_orders_and_the_period_s_revenue_by_status() -> None:
    report = shop().orders()
    assert report["totals"] == {
        "total": {"orders": 5, "amount": "61.01"},
        "initialized": {"orders": 1, "amount": "30.00"},
        "in_progress": {"orders": 1, "amount": "6.00"},
        "delivered": {"orders": 3, "amount": "25.01"},
        "cancelled": {"orders": 1, "amount": "7.00"},
        "refunded": {"orders": 2, "amount": "5.00"},
        "contact_unknown": {"orders": 1, "amount": "5.00"},
    }
    assert [row["order"] for row in report["orders"]] == ["o7", "o6", "o5", "o4", "o3", "o2", "o1"]
    assert report["orders"][3] == {
        "order": "o4",
        "contact": "bob",
        "email": "bob@shop.example",
        "phone": None,
        "first_name": "Bob",
        "last_name": None,
        "status": "INITIALIZED",
        "amount": "30.00",
        "currency": "EUR",
        "ordered_at": "2026-03-01T15:00:00.000Z",
        "campaign": None,
        "channel": None,
        "event": None,
        "touched_at": None,
        "reason": "not_delivered",
        "expected": {
            "channel": "sms",
            "campaign": "flash",
            "message": "m1",
            "event": "delivered",
            "touched_at": "2026-03-01T11:00:00.000Z",
            "window": "48h",
        },
    }
    assert [row["order"] for row in shop().orders("CANCELLED")["orders"]] == ["o6"]
    assert shop().orders("CANCELLED")["totals"] == report["totals"]


def test_purchases_are_the_orders_credited_to_a_campaign_in_any_currency() -> None:
    assert [row["order"] for row in shop().purchases("spring")["purchases"]] == ["o3", "o2", "o1"]
    assert [row["order"] for row in shop().purchases("spring", "sms")["purchases"]] == []
    assert [row["order"] for row in shop().purchases("flash")["purchases"]] == []


def test_another_currency_and_another_period() -> None:
    dollars = shop(currency="USD")
    assert [(row["campaign"], row["revenue"]) for row in dollars.campaigns()["campaigns"]] == [
        *(("spring", "99.00"), ("flash", "0.00")),
        ("chat", "0.00"),
    ]
    assert [row["channel"] for row in dollars.channels()["channels"]] == ["email"]
    april = shop("2026-04-01", "2026-04-30")
    assert april.campaigns()["campaigns"] == []
    assert april.channels()["total"]["revenue"] == "50.00"
    assert april.channels()["as_of"] == "2026-04-02T00:00:00.000Z"


@pytest.mark.parametrize(("amounts", "average"), [(["10.00", "10.01"], "10.01"), (["0.01"] * 2 + ["0.02"], "0.01")])
def test_an_average_is_rounded_half_up(amounts: list[str], average: str) -> None:
    lines = [touch("clicked", "03-01 10:00")]
    lines += [order("03-01 12:00", order=f"o{at}", amount=amount) for at, amount in enumerate(amounts)]
    facts = facts_of(read_all(lines, NOW_MS), {}, erase_unnamed=True)
    assert Report(facts, "acme", *MARCH).campaigns()["total"]["average_check"] == average
