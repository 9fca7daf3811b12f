"""What is on its way: orders that would be credited if they were delivered, by day and hour (contract §4)."""

from __future__ import annotations

import pytest

from tests.reference.scenario import contact, erase, on_day, order, partial, seen_whole, total, touch

CLICK = touch("clicked", "03-01 10:00")
FOUR = ("expected_purchases:EUR", "expected_revenue:EUR")
UNATTRIBUTED = ("unattributed:expected_purchases:EUR", "unattributed:expected_revenue:EUR")


@pytest.mark.parametrize("status", ["INITIALIZED", "IN_PROGRESS"])
def test_an_order_on_its_way_is_expected_where_it_would_be_credited(status: str) -> None:
    view = seen_whole(CLICK, order("03-01 12:00", status=status))
    record = view.records["acme", "o1"]
    assert (record["credited"], record["reason"], record["channel"]) == (False, "not_delivered", None)
    assert record["expected"] == {
        "channel": "email",
        "campaign": "spring",
        "message": "m1",
        "event": "clicked",
        "touched_at": "2026-03-01T10:00:00.000Z",
        "window": "24h",
    }
    assert view.rows["acme", "o1"]["expected"] == record["expected"]
    assert view.redis["lasttouch:{acme}:campaign:email:spring"] == {
        "clicked": "1",
        "expected_purchases:EUR": "1",
        "expected_revenue:EUR": "1000",
    }
    assert view.redis["lasttouch:{acme}:campaigns:2026-03-01"] == {
        "email:spring:clicked": "1",
        "email:spring:expected_purchases:EUR": "1",
        "email:spring:expected_revenue:EUR": "1000",
    }
    assert view.redis["lasttouch:{acme}:day:2026-03-01"] == {
        "clicked": "1",
        "channel:email:clicked": "1",
        f"orders:{status}:EUR": "1",
        f"amount:{status}:EUR": "1000",
        "expected_purchases:EUR": "1",
        "expected_revenue:EUR": "1000",
        "channel:email:expected_purchases:EUR": "1",
        "channel:email:expected_revenue:EUR": "1000",
        "hour:12:expected_purchases:EUR": "1",
        "hour:12:expected_revenue:EUR": "1000",
    }


@pytest.mark.parametrize("status", ["CANCELLED", "ABANDONED_SHOPPING_CART"])
def test_what_is_cancelled_or_left_in_the_cart_is_expected_nowhere(status: str) -> None:
    view = seen_whole(CLICK, order("03-01 12:00", status=status))
    assert total(view, *FOUR, *UNATTRIBUTED) == [0, 0, 0, 0]
    assert view.records["acme", "o1"]["expected"] is None


def test_a_delivered_order_is_credited_and_not_expected() -> None:
    view = seen_whole(CLICK, order("03-01 12:00"))
    assert total(view, *FOUR, *UNATTRIBUTED, "purchases:EUR") == [0, 0, 0, 0, 1]
    assert view.records["acme", "o1"]["expected"] is None
    delivered = seen_whole(CLICK, order("03-01 12:00", "03-01 12:00", status="INITIALIZED"), partial("03-05 00:00"))
    assert total(delivered, *FOUR, "revenue:EUR") == [0, 0, 1000]


def test_what_no_channel_would_earn_is_expected_among_the_unattributed() -> None:
    view = seen_whole(order("03-01 12:00", status="INITIALIZED"))
    assert total(view, *FOUR, *UNATTRIBUTED) == [0, 0, 1, 1000]
    hidden = seen_whole(CLICK, order("03-01 12:00", status="IN_PROGRESS"), show_sales=False)
    assert total(hidden, *FOUR, *UNATTRIBUTED) == [0, 0, 1, 1000]
    record = hidden.records["acme", "o1"]
    assert (record["reason"], record["expected"]) == ("not_delivered", None)


def test_what_is_expected_of_nobody_is_unattributed_and_counted_as_of_no_contact() -> None:
    counter = order("03-01 12:00", status="INITIALIZED", contact=None)
    pending = order("03-01 12:00", order="o2", contact=None, email="ann@shop.example")
    view = seen_whole(CLICK, counter, pending)
    assert total(view, *UNATTRIBUTED, "unattributed:purchases:EUR") == [1, 1000, 1]
    assert total(view, "orders:contact_unknown:EUR", "amount:contact_unknown:EUR") == [2, 2000]
    assert [view.records["acme", name]["reason"] for name in ("o1", "o2")] == ["contact_unknown"] * 2
    assert view.records["acme", "o1"]["expected"] is None
    known = seen_whole(CLICK, counter, pending, contact("ann", "03-09 00:00", email="ann@shop.example"))
    assert total(known, "orders:contact_unknown:EUR", "purchases:EUR") == [1, 1]


def test_what_is_expected_stands_in_the_currency_of_the_order() -> None:
    view = seen_whole(CLICK, order("03-01 12:00", status="INITIALIZED", amount=700, currency="JPY"))
    assert total(view, "expected_purchases:JPY", "expected_revenue:JPY", *FOUR) == [1, 700, 0, 0]


def test_sales_stand_in_the_hour_of_the_account_s_clock() -> None:
    made = [order("03-01 22:30", order="o1"), order("03-01 22:59", order="o2", status="INITIALIZED")]
    view = seen_whole(*made, time_zone="Europe/Kyiv")
    fields = ("hour:00:unattributed:purchases:EUR", "hour:00:unattributed:revenue:EUR")
    assert on_day(view, "03-02", *fields, "hour:00:unattributed:expected_purchases:EUR") == [1, 1000, 1]
    assert not [name for name in view.redis["lasttouch:{acme}:total"] if name.startswith("hour:")]


def test_an_hour_that_the_clock_repeats_is_one_and_one_that_it_skips_is_none() -> None:
    twice = [order(f"2025-11-02T{hour}:30:00Z", order=hour) for hour in ("05", "06")]
    view = seen_whole(*twice, time_zone="America/New_York")
    day = view.redis["lasttouch:{acme}:day:2025-11-02"]
    assert {name: number for name, number in day.items() if name.startswith("hour:")} == {
        "hour:01:unattributed:purchases:EUR": "2",
        "hour:01:unattributed:revenue:EUR": "2000",
    }
    skipped = [order(f"2026-03-29T{minute}:00Z", order=minute) for minute in ("00:59", "01:00")]
    view = seen_whole(*skipped, time_zone="Europe/Kyiv")
    fields = [f"hour:{hour}:unattributed:purchases:EUR" for hour in ("02", "03", "04")]
    assert on_day(view, "03-29", *fields) == [1, 0, 1]


def test_a_forgotten_buyer_s_order_stays_expected_under_a_pseudonym() -> None:
    lines = [CLICK, order("03-01 12:00", "03-01 12:00", status="INITIALIZED")]
    before, after = seen_whole(*lines), seen_whole(*lines, erase("ann", "03-10 00:00"))
    assert after.redis == before.redis
    message = after.records["acme", "o1"]["expected"]["message"]
    assert message.endswith("m1")
    assert message != "m1"
