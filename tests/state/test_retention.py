"""Years of history in any order are counted in full: forgetting runs a day of wall clock behind (contract §2)."""

from __future__ import annotations

import pytest

from state.retention import MARKS_MOST, NEVER, Retention
from tests.state.shop import DAY, HOUR, Fact, Shop, at, order, touch

FIRST = at("01-01 12:00")
DAYS = 365


def history() -> tuple[list[Fact], list[Fact]]:
    """A click and an order of each day of a year, an hour apart."""
    noons = [FIRST + number * DAY for number in range(DAYS)]
    clicks: list[Fact] = [touch("clicked", noon - HOUR, message=f"m{noon}", contact=f"c{noon}") for noon in noons]
    orders: list[Fact] = [order(noon, order=f"o{noon}", contact=f"c{noon}") for noon in noons]
    return clicks, orders


@pytest.mark.parametrize("arrival", ["oldest first", "newest first", "touches, then orders", "orders, then touches"])
def test_a_year_of_history_is_counted_in_full_in_whatever_order_it_is_read(arrival: str) -> None:
    clicks, orders = history()
    pairs = [fact for pair in zip(clicks, orders, strict=True) for fact in pair]
    shop = Shop()
    arrived = {
        "oldest first": pairs,
        "newest first": pairs[::-1],
        "touches, then orders": clicks + orders,
        "orders, then touches": orders + clicks,
    }
    for fact in arrived[arrival]:
        shop.now_ms += DAY // (2 * DAYS) - 1
        shop.receive(fact)
    assert shop.too_late == []
    assert (shop.total("clicked"), shop.total("purchases:EUR", campaign="spring")) == (DAYS, DAYS)


def test_a_sorted_history_is_forgotten_at_once_where_it_is_asked_for() -> None:
    clicks, orders = history()
    shop = Shop(forget_after_ms=0)
    for click, bought in zip(clicks, orders, strict=True):
        shop.receive(click, bought)
    assert shop.total("purchases:EUR", campaign="spring") == DAYS
    assert len(shop.contacts.accounts["acme"].messages) <= 97


def test_a_day_after_it_was_read_history_is_forgotten() -> None:
    clicks, _ = history()
    shop = Shop()
    shop.receive(*clicks)
    assert len(shop.contacts.accounts["acme"].messages) == DAYS
    shop.now_ms += DAY + 2 * HOUR
    shop.receive(touch("clicked", FIRST + 366 * DAY, message="next"))
    shop.now_ms += 6 * DAY
    shop.receive(touch("clicked", FIRST + 372 * DAY, message="and next"))
    assert len(shop.contacts.accounts["acme"].messages) == DAYS + 1, "the first time, it is only noted how far it was"
    for days in range(1, 30):
        shop.now_ms += DAY
        shop.receive(touch("clicked", FIRST + (372 + days) * DAY, message=f"day {days}"))
    assert len(shop.contacts.accounts["acme"].messages) < 100


def test_the_clock_of_a_day_ago_is_never_newer_than_it_was() -> None:
    retention = Retention()
    for hour in range(100):
        retention.advance(hour * DAY, hour * HOUR, DAY)
        reached = retention.reached(hour * HOUR, DAY)
        assert reached == NEVER if hour < 24 else (hour - 26) * DAY <= reached <= (hour - 24) * DAY
        assert len(retention.marks) <= MARKS_MOST + 2


def test_an_account_that_was_idle_for_long_still_knows_what_it_had_reached() -> None:
    retention = Retention()
    retention.advance(5 * DAY, 0, DAY)
    retention.advance(6 * DAY, 100 * DAY, DAY)
    assert retention.reached(100 * DAY, DAY) == 5 * DAY
    assert retention.reached(102 * DAY, DAY) == 6 * DAY


def test_a_wall_clock_that_is_set_back_forgets_nothing_too_early() -> None:
    retention = Retention()
    retention.advance(5 * DAY, 10 * DAY, DAY)
    retention.advance(6 * DAY, 2 * DAY, DAY)
    assert retention.reached(3 * DAY, DAY) == NEVER
