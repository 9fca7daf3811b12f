"""What is on the way is expected where it would be credited: today's campaigns show something today (contract §4)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from state.settings import Settings, canonical, parse_settings
from state.timeline import Version, of_file
from tests.examples import examples
from tests.state.random_facts import deliveries, fact_sets, settings_tables
from tests.state.shop import DAY, Fact, Shop, at, day, order, touch


def on_the_way(status: str = "IN_PROGRESS", **more: Any) -> Fact:
    return order("03-01 12:00", "03-01 12:00", status=status, **more)


def expected(shop: Shop) -> str | None:
    credit = shop.outcomes["acme", "o1"].decision.expected
    return None if credit is None else f"{credit.channel}/{credit.campaign}/{credit.message}"


def test_delivery_makes_what_was_expected_revenue() -> None:
    shop = Shop()
    shop.receive(touch("clicked", "03-01 11:00"), on_the_way())
    assert (shop.total("expected_purchases:EUR", campaign="spring"), shop.total("purchases:EUR")) == (1, 0)
    assert shop.total("expected_revenue:EUR", campaign="spring", channel="email", day=day("03-01")) == 1000
    shop.receive(order("03-01 12:00"))
    assert not [key for key in shop.figures() if "expected" in key[4]]
    assert shop.total("revenue:EUR", campaign="spring") == 1000


def test_a_cancellation_takes_it_away() -> None:
    shop = Shop()
    shop.receive(touch("clicked", "03-01 11:00"), on_the_way())
    shop.receive(order("03-01 12:00", status="CANCELLED"))
    assert not [key for key in shop.figures() if "expected" in key[4]]


def test_a_later_click_that_comes_in_late_is_where_it_is_expected() -> None:
    shop = Shop()
    shop.receive(touch("clicked", "03-01 10:00"), on_the_way())
    shop.receive(touch("clicked", "03-01 11:00", campaign="flash"))
    assert expected(shop) == "email/flash/m1"
    assert shop.total("expected_revenue:EUR", campaign="spring") == 0
    assert shop.total("expected_revenue:EUR", campaign="flash") == 1000


def test_hidden_sales_are_expected_of_nobody() -> None:
    shop = Shop(Settings(show_sales=False))
    shop.receive(touch("clicked", "03-01 11:00"), on_the_way())
    assert shop.total("unattributed:expected_revenue:EUR") == 1000
    assert not shop.total("expected_revenue:EUR")


def test_the_order_of_a_contact_nobody_knows_is_expected_of_nobody() -> None:
    shop = Shop()
    shop.receive(touch("clicked", "03-01 11:00"), on_the_way(contact=None, email="ann@shop.example"))
    assert shop.total("unattributed:expected_purchases:EUR") == 1
    assert (shop.total("orders:contact_unknown:EUR"), shop.total("amount:contact_unknown:EUR")) == (1, 1000)


def test_a_touch_that_has_left_the_state_stays_where_the_order_is_expected_and_then_credited() -> None:
    shop = Shop(forget_after_ms=0)
    shop.receive(touch("clicked", "03-01 11:00"), on_the_way())
    shop.receive(touch("opened", at("03-01 11:00") + 98 * DAY, contact="bob"))
    assert "ann" not in shop.contacts.accounts["acme"].messages
    assert expected(shop) == "email/spring/m1"
    shop.receive(order("03-01 12:00", status="CANCELLED"))
    shop.receive(order("03-01 12:00", "06-05 12:00"))
    assert shop.credited() == "email/spring/m1"
    assert shop.total("revenue:EUR", campaign="spring") == 1000


def test_its_history_says_where_it_was_expected() -> None:
    shop = Shop()
    shop.receive(on_the_way())
    shop.receive(touch("clicked", "03-01 11:00"))
    history = shop.published.history("acme", "o1")
    assert [(told.cause, told.expected and told.expected.campaign) for told in history] == [
        ("order", None),
        ("touch", "spring"),
    ]


def test_another_time_zone_moves_a_sale_to_another_hour_of_the_day() -> None:
    shop = Shop()
    shop.receive(order("03-01 12:00"))
    assert shop.total("hour:12:unattributed:revenue:EUR", day=day("03-01")) == 1000
    shop.change_settings(of_file(Settings(time_zone="Europe/Kyiv")))
    assert {key[4] for key in shop.figures() if key[4].startswith("hour:")} == {
        "hour:14:unattributed:purchases:EUR",
        "hour:14:unattributed:revenue:EUR",
    }


def test_an_hour_that_the_clock_repeats_is_one() -> None:
    """On 25 October 2026 clocks in Kyiv go back from 04:00 to 03:00: 00:30 and 01:30 UTC are both 03:30 there."""
    shop = Shop(Settings(time_zone="Europe/Kyiv"))
    shop.receive(order("10-25 00:30"), order("10-25 01:30", order="o2"))
    assert shop.total("hour:03:unattributed:purchases:EUR", day=day("10-25")) == 2


@settings(deadline=None, max_examples=examples(150))
@given(data=st.data(), table=settings_tables(), zone=st.sampled_from(("UTC", "Asia/Kolkata", "America/St_Johns")))
def test_what_is_expected_of_campaigns_and_of_nobody_is_all_that_is_on_the_way(
    data: st.DataObject, table: Mapping[str, Any], zone: str
) -> None:
    """Likewise of what is credited; per account, day, hour and currency, after every batch and change of settings."""
    shop = Shop(parse_settings(table))
    facts: list[Fact] = data.draw(fact_sets())
    for number, batch in enumerate(data.draw(deliveries(facts))):
        if number == 1:
            version = Version(at("01-01 00:00"), 0, canonical(Settings(time_zone=zone)))
            for account in shop.contacts.accounts:
                shop.change_settings(shop.timeline.with_version(version), account)
        shop.receive(*batch)
        balances(shop)


def balances(shop: Shop) -> None:
    sold: Counter[tuple[str, int, str]] = Counter()
    by_hour: Counter[tuple[str, int, str]] = Counter()
    due: Counter[tuple[str, int, str]] = Counter()
    counted_as = {"DELIVERED": "", "INITIALIZED": "expected_", "IN_PROGRESS": "expected_"}
    of_money = {key: amount for key, amount in shop.figures().items() if ":" in key[4]}
    for (account, on, _, campaign, field), amount in of_money.items():
        *begins, name, currency = field.split(":")
        if begins[:1] == ["hour"]:
            by_hour[account, on, f"{name}:{currency}"] += amount
        elif campaign or begins == ["unattributed"]:
            sold[account, on, f"{name}:{currency}"] += amount
        elif begins in (["orders"], ["amount"]) and name in counted_as:
            figure = "purchases" if begins == ["orders"] else "revenue"
            due[account, on, f"{counted_as[name]}{figure}:{currency}"] += amount
    assert sold == by_hour == due
