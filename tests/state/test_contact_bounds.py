"""What is kept of a contact is bounded; what a bound pushes out takes nothing back that was credited or counted."""

from __future__ import annotations

from typing import Any

from state.contacts import TOO_LATE
from state.events import TouchReceived
from state.messages import LATEST_TIMES_KEPT, MESSAGES_MOST
from state.orders import TOO_LATE as ORDER_TOO_LATE
from state.settings import ORDER_RETENTION_MS, TOUCH_RETENTION_MS, Settings
from tests.state.shop import DAY, HOUR, MINUTE, Shop, at, channel, order, touch

NOON = at("03-01 12:00")


def newer_messages(count: int, since: int = NOON + HOUR) -> list[TouchReceived]:
    """So many messages, first touched after the order of noon was made."""
    return [touch("sent", since + number * MINUTE, campaign="news", message=f"n{number}") for number in range(count)]


def more_clicks(count: int) -> list[TouchReceived]:
    """So many clicks on message m1 after the order of noon was made."""
    return [touch("clicked", NOON + HOUR + number * MINUTE) for number in range(count)]


def sold(**more: Any) -> Shop:
    """A shop in which the second click on m1 earned the order of noon."""
    shop = Shop(**more)
    shop.receive(touch("clicked", "02-28 15:00"), touch("clicked", "03-01 11:00"), order(NOON))
    assert shop.credited() == "email/spring/m1"
    return shop


def touched_at(shop: Shop) -> int | None:
    credit = shop.outcomes["acme", "o1"].decision.credit
    return credit.touched_at if credit else None


def test_a_message_that_newer_ones_push_out_is_counted_as_such_and_keeps_its_figures() -> None:
    shop = sold()
    shop.receive(*newer_messages(MESSAGES_MOST))
    assert shop.pushed_out == {"message": 1}
    assert shop.too_late == []
    assert (shop.total("sent"), shop.total("clicked"), shop.total("revenue:EUR")) == (MESSAGES_MOST, 1, 1000)


def test_the_order_it_earned_stays_its_own_when_more_is_heard_of_the_order() -> None:
    shop = sold()
    shop.receive(*newer_messages(MESSAGES_MOST))
    shop.receive(order(NOON, "03-05 12:00", refunded=400))
    assert shop.credited() == "email/spring/m1"
    assert shop.total("revenue:EUR", campaign="spring") == 1000
    assert shop.total("amount:refunded:EUR") == 400


def test_and_when_the_order_is_cancelled_and_delivered_again() -> None:
    shop = sold()
    shop.receive(*newer_messages(MESSAGES_MOST))
    shop.receive(order(NOON, "03-05 12:00", status="CANCELLED"))
    assert shop.credited() == "not_delivered"
    shop.receive(order(NOON, "03-06 12:00", status="DELIVERED"))
    assert shop.credited() == "email/spring/m1"


def test_a_touch_of_a_message_that_was_pushed_out_does_not_take_its_credit_back() -> None:
    shop = sold()
    shop.receive(*newer_messages(MESSAGES_MOST))
    shop.receive(touch("opened", NOON + 5 * HOUR))
    shop.receive(order(NOON, "03-05 12:00", refunded=400))
    assert shop.credited() == "email/spring/m1"
    assert shop.total("revenue:EUR", campaign="spring") == 1000


def test_a_click_that_later_ones_push_out_keeps_the_order_it_earned() -> None:
    shop = sold()
    shop.receive(*more_clicks(LATEST_TIMES_KEPT))
    assert shop.pushed_out == {"time": 1}
    shop.receive(order(NOON, "03-05 12:00", refunded=400))
    assert shop.credited() == "email/spring/m1"
    assert touched_at(shop) == at("03-01 11:00")


def test_a_message_older_than_all_that_are_kept_comes_too_late_and_counts_nothing() -> None:
    shop = Shop()
    shop.receive(*newer_messages(MESSAGES_MOST), order(NOON))
    late = touch("clicked", "03-01 11:00")
    shop.receive(late)
    [letter] = shop.too_late
    assert (letter.raw, letter.at) == (late[2], late[3])
    assert "64 messages a channel" in letter.detail
    assert shop.total("clicked") == 0
    assert shop.credited() == "no_eligible_touch"


def test_messages_of_another_channel_push_nothing_out() -> None:
    shop = sold()
    shop.receive(*newer_messages(MESSAGES_MOST - 1), touch("delivered", NOON + DAY, channel="sms", message="s1"))
    assert not shop.pushed_out


def test_a_click_between_the_first_and_the_latest_that_are_kept_comes_too_late() -> None:
    shop = Shop()
    shop.receive(touch("clicked", "02-20 11:00"), *more_clicks(LATEST_TIMES_KEPT))
    shop.receive(touch("clicked", "02-25 11:00"))
    assert [letter.detail for letter in shop.too_late] == [
        "beyond what is kept of a contact (64 messages a channel, 17 times an event)"
    ]
    assert shop.total("clicked") == 1


def test_a_touch_from_before_those_that_were_let_go_of_comes_too_late() -> None:
    shop = Shop(forget_after_ms=0)
    shop.receive(touch("clicked", NOON))
    shop.receive(touch("clicked", NOON + TOUCH_RETENTION_MS + 10 * DAY, contact="bob"))
    late, kept = touch("sent", NOON, message="m2"), touch("sent", NOON + 1, message="m3")
    shop.receive(late, kept)
    assert [(letter.raw, letter.detail) for letter in shop.too_late] == [(late[2], TOO_LATE)]
    assert shop.total("sent") == 1


def test_a_touch_of_any_age_is_taken_while_nothing_so_young_was_let_go_of() -> None:
    shop = Shop(forget_after_ms=0)
    shop.receive(touch("clicked", NOON), touch("clicked", NOON - 1_000 * DAY, contact="bob"))
    assert shop.too_late == []
    assert shop.total("clicked") == 2


def test_the_clock_of_one_account_makes_nothing_too_late_for_another() -> None:
    shop = Shop(forget_after_ms=0)
    shop.receive(touch("clicked", NOON))
    shop.receive(touch("clicked", NOON + TOUCH_RETENTION_MS + 10 * DAY, contact="bob"))
    shop.receive(touch("clicked", NOON - DAY, account="other"))
    assert shop.too_late == []


def test_an_order_moves_the_clock_too() -> None:
    shop = Shop(forget_after_ms=0)
    shop.receive(touch("clicked", NOON), order(NOON, NOON + TOUCH_RETENTION_MS + 10 * DAY))
    shop.receive(touch("clicked", NOON - 1))
    assert len(shop.too_late) == 1


def test_touches_that_grow_too_old_leave_and_what_they_earned_and_counted_stays() -> None:
    shop = sold(forget_after_ms=0)
    months_later = NOON + TOUCH_RETENTION_MS + 10 * DAY
    shop.receive(touch("clicked", months_later, contact="bob"))
    assert shop.contacts.accounts["acme"].messages.missing(["ann", "bob"]) == ["ann"]
    assert shop.pushed_out == {"touch": 2}
    shop.receive(order(NOON, months_later, refunded=400))
    assert shop.credited() == "email/spring/m1"
    assert (shop.total("clicked"), shop.total("revenue:EUR")) == (2, 1000)


def test_an_order_stays_with_its_contact_until_the_stage_by_order_forgets_it() -> None:
    """A touch 415 days later moves the clock of the contact only; a late refund is a change of the same order."""
    shop = sold(forget_after_ms=0)
    shop.receive(touch("clicked", NOON + 415 * DAY, contact="bob"))
    shop.receive(order(NOON, NOON + 416 * DAY, refunded=400))
    assert shop.credited() == "email/spring/m1"
    assert (shop.total("purchases:EUR"), shop.total("revenue:EUR")) == (1, 1000)


def test_orders_that_grow_too_old_leave_as_a_whole_and_stay_counted() -> None:
    shop = sold(forget_after_ms=0)
    next_year = NOON + ORDER_RETENTION_MS + 10 * DAY
    shop.receive(order(next_year, order="o2", contact="bob"))
    assert shop.contacts.accounts["acme"].orders.packed.keys() == {"bob"}
    kept = (shop.orders.accounts["acme"].orders, shop.published.orders["acme"])
    assert [dict(orders.items()).keys() for orders in kept] == [{"o2"}, {"o2"}]
    assert shop.pushed_out["order"] == 1
    shop.receive(order(NOON, next_year, refunded=400))
    assert [letter.detail for letter in shop.too_late] == [ORDER_TOO_LATE]
    assert (shop.total("orders:DELIVERED:EUR"), shop.total("revenue:EUR")) == (2, 1000)


def test_a_window_as_long_as_the_retention_reaches_back_to_its_first_millisecond() -> None:
    shop = Shop(Settings(channels={"email": channel("clicked", "90d")}))
    shop.receive(touch("clicked", NOON - TOUCH_RETENTION_MS), order(NOON, NOON))
    assert shop.credited() == "email/spring/m1"
    shop = Shop(Settings(channels={"email": channel("clicked", "90d")}))
    shop.receive(order(NOON, NOON), touch("clicked", NOON - TOUCH_RETENTION_MS))
    assert shop.credited() == "email/spring/m1"
