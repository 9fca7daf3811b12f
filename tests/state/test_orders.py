"""Whose order it is and what its state is: its winning event says so, whatever else was heard and when."""

from __future__ import annotations

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from state.addresses import Answer
from state.changes import Assigned, Forgotten, Heard, TooLate, Withdrawn
from state.events import Order, PartialOrder
from state.order_events import OrderEvent
from state.orders import TOO_LATE, Assignments, OrderGroup
from state.retention import FORGET_AFTER_MS_DEFAULT
from state.settings import ORDER_RETENTION_MS
from tests.reference.identity import states
from tests.state.random_facts import deliveries, orders, partial_orders
from tests.state.recount import event_as_reference, order_as_reference
from tests.state.shop import DAY, HOUR, Shop, at, order

NOW = at("2030-01-01T00:00:00Z")


def group(forget_after_ms: int = FORGET_AFTER_MS_DEFAULT) -> OrderGroup:
    return Shop(forget_after_ms=forget_after_ms).orders


def heard(by: OrderGroup, event: OrderEvent) -> Assignments:
    told = by.add(event, b"the line", 7, NOW)
    assert not isinstance(told, TooLate)
    return told


def test_the_first_event_brings_an_order_to_its_contact() -> None:
    [told] = heard(group(), order())
    assert isinstance(told, Assigned)
    assert (told.contact, told.order, told.resend) == ("ann", order(), False)


def test_a_later_event_brings_it_there_again_with_a_greater_sequence() -> None:
    by = group()
    [first] = heard(by, order(time="03-01 13:00"))
    [second] = heard(by, order(time="03-01 14:00", status="CANCELLED"))
    assert isinstance(first, Assigned)
    assert isinstance(second, Assigned)
    assert second.order.status == "CANCELLED"
    assert second.sequence > first.sequence


def test_an_earlier_event_or_the_same_one_tells_nothing() -> None:
    by = group()
    heard(by, order(time="03-01 14:00", status="CANCELLED"))
    assert heard(by, order(time="03-01 13:00")) == []
    assert heard(by, order(time="03-01 14:00", status="CANCELLED")) == []


def test_a_resumed_run_tells_of_an_order_once_more_as_it_is() -> None:
    by = group()
    [first] = heard(by, order(time="03-01 14:00", status="CANCELLED"))
    for name in ("o1", "never heard of", "o1"):
        by.request_resend("acme", name)
    by.request_resend("nobody", "o1")
    [told] = by.take_resends()
    assert isinstance(told, Assigned)
    assert isinstance(first, Assigned)
    assert told == msgspec.structs.replace(first, resend=True)
    assert by.take_resends() == []


def test_an_order_under_another_contact_leaves_the_first() -> None:
    by = group()
    heard(by, order(time="03-01 13:00"))
    left, came = heard(by, order(time="03-01 14:00", contact="bob"))
    assert isinstance(left, Withdrawn)
    assert (left.account, left.contact, left.order) == ("acme", "ann", "o1")
    assert isinstance(came, Assigned)
    assert came.contact == "bob"
    [stayed] = heard(by, order(time="03-01 15:00", contact="bob", status="CANCELLED"))
    assert isinstance(stayed, Assigned)
    assert stayed.contact == "bob"


def test_an_event_of_another_contact_that_is_out_of_date_moves_nothing() -> None:
    by = group()
    heard(by, order(time="03-01 14:00"))
    assert heard(by, order(time="03-01 13:00", contact="bob")) == []


def test_the_orders_of_two_accounts_are_kept_apart() -> None:
    by = group()
    heard(by, order(time="03-01 14:00"))
    [told] = heard(by, order(time="03-01 13:00", account="other", contact="bob"))
    assert isinstance(told, Assigned)
    assert told.contact == "bob"


def test_an_order_that_has_grown_too_old_is_forgotten_as_a_whole() -> None:
    by = group(forget_after_ms=0)
    heard(by, order("03-01 12:00"))
    newest = at("03-01 13:00") + ORDER_RETENTION_MS + 24 * HOUR * 10
    _, word = heard(by, order(newest, newest, order="o2"))
    assert word == Forgotten("acme", "ann", word.contact_group, "o1")
    assert dict(by.accounts["acme"].orders.items()).keys() == {"o2"}


def test_an_unknown_order_from_before_what_was_forgotten_comes_too_late() -> None:
    by = group(forget_after_ms=0)
    heard(by, order("03-01 12:00"))
    newest = at("03-01 13:00") + ORDER_RETENTION_MS + 24 * HOUR * 10
    heard(by, order(newest, newest, order="o2"))
    again = by.add(order("03-01 12:00", newest, refunded=5), b"the line", 7, NOW)
    assert again == TooLate(b"the line", 7, TOO_LATE)
    assert heard(by, order("03-01 13:01", order="o3")), "nothing so young was forgotten"
    assert heard(by, order("03-01 12:00", account="other"))


def test_an_order_is_kept_while_it_was_made_or_has_changed_lately() -> None:
    by = group(forget_after_ms=0)
    heard(by, order("03-01 12:00", order="made"))
    newest = at("03-01 12:00") + ORDER_RETENTION_MS
    heard(by, order(newest, newest, order="o2"))
    heard(by, order("03-01 12:00", newest, order="made", refunded=5))
    heard(by, order(newest + 24 * HOUR * 10, order="o3"))
    assert dict(by.accounts["acme"].orders.items()).keys() == {"made", "o2", "o3"}
    assert heard(by, order("03-01 12:00", newest + HOUR, order="made", refunded=6))


def test_history_of_any_age_is_taken_until_something_as_young_was_forgotten() -> None:
    by = group(forget_after_ms=0)
    heard(by, order("03-01 12:00"))
    assert heard(by, order("2001-01-01T00:00:00Z", order="o2"))


def test_answers_for_an_order_that_never_came_have_an_end_and_those_of_one_that_is_kept_have_none() -> None:
    by = group(forget_after_ms=0)
    asked_at = at("03-01 12:00")
    heard(by, order(asked_at, contact=None, email="ann@shop.example"))
    for name in ("o1", "never"):
        by.answer(Answer("acme", name, "an address", "ann", 0, asked_at))
    heard(by, order(asked_at, asked_at + ORDER_RETENTION_MS + 5 * DAY, refunded=5))
    newest = asked_at + ORDER_RETENTION_MS + 10 * DAY
    heard(by, order(newest, order="o2"))
    assert by.accounts["acme"].answers.keys() == {"o1"}


def test_an_event_of_an_order_that_is_not_known_yet_tells_only_that_it_was_read() -> None:
    by = group()
    [told] = heard(by, PartialOrder("acme", "o1", at("03-01 12:00"), status="DELIVERED"))
    assert isinstance(told, Heard)
    assert told.time == at("03-01 12:00")
    [known] = heard(by, order("03-01 11:00", "03-01 11:30", status="IN_PROGRESS"))
    assert isinstance(known, Assigned)
    assert known.order.status == "DELIVERED"


def test_a_partial_event_without_ordered_at_is_never_too_late() -> None:
    by = group(forget_after_ms=0)
    heard(by, order("03-01 12:00"))
    heard(by, order(at("03-01 12:00") + ORDER_RETENTION_MS + 10 * DAY, order="o2"))
    partial = PartialOrder("acme", "o1", at("03-01 12:00"), status="CANCELLED")
    assert isinstance(by.add(partial, b"", 7, NOW), list)
    dated = msgspec.structs.replace(partial, order="o3", ordered_at=at("03-01 12:00"))
    assert by.add(dated, b"the line", 7, NOW) == TooLate(b"the line", 7, TOO_LATE)


@settings(deadline=None)
@given(told=st.lists(st.one_of(orders(), partial_orders()), max_size=12), data=st.data())
def test_an_order_is_at_the_contact_of_its_state_and_at_no_other(told: list[OrderEvent], data: st.DataObject) -> None:
    by = group()
    there: dict[tuple[str, str, str | None], Order] = {}
    for batch in data.draw(deliveries(told)):
        for event in batch:
            for item in heard(by, event):
                if isinstance(item, Withdrawn):
                    del there[item.account, item.order, item.contact]
                elif isinstance(item, Assigned):
                    there[item.order.account, item.order.order, item.contact] = item.order
    assert {key: order_as_reference(event) for key, event in there.items()} == {
        (winner.account, winner.order, winner.contact): winner
        for winner in states([event_as_reference(event) for event in told])
    }


@settings(deadline=None)
@given(told=st.lists(st.one_of(orders(), partial_orders()), max_size=12))
def test_sequences_grow_with_every_change_of_an_order(told: list[OrderEvent]) -> None:
    by = group()
    latest: dict[tuple[str, str], int] = {}
    for event in told:
        for item in heard(by, event):
            if isinstance(item, Assigned):
                assert item.sequence > latest.get((event.account, event.order), 0)
                latest[event.account, event.order] = item.sequence
