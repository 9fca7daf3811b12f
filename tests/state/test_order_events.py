"""The state of an order is its greatest whole event, overlaid by the partial ones above it (contract §9)."""

from __future__ import annotations

from itertools import permutations
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from state.events import Order, PartialOrder
from state.order_events import NO_EVENTS, OrderEvent, OrderEvents
from tests.examples import examples
from tests.reference.identity import states
from tests.state.random_facts import orders, partial_orders
from tests.state.recount import event_as_reference, order_as_reference
from tests.state.shop import HOUR, at, order

NOON = at("03-01 12:00")
WHOLE = order(NOON, NOON, status="IN_PROGRESS")


def partial(hours: int, **given: Any) -> PartialOrder:
    return PartialOrder("acme", "o1", NOON + hours * HOUR, **given)


def of(*events: OrderEvent) -> OrderEvents:
    """What is kept of these events, which is the same in whatever order they come."""
    found = []
    for arrived in permutations(events):
        kept = NO_EVENTS
        for event in (*arrived, *arrived[:1]):
            kept = kept.with_event(event)
        found.append(kept)
    assert all(kept == found[0] for kept in found)
    return found[0]


def test_a_delivery_that_overtakes_its_order_gives_the_same_in_the_end() -> None:
    state = of(partial(1, status="DELIVERED"), WHOLE).state()
    assert (state.status, state.time, state.amount) == ("DELIVERED", NOON + HOUR, WHOLE.amount)


def test_a_partial_event_below_the_greatest_whole_one_changes_nothing() -> None:
    later = order(NOON, NOON + 2 * HOUR, status="CANCELLED")
    assert of(WHOLE, partial(1, status="DELIVERED"), later) == OrderEvents(later)


def test_a_partial_event_that_equals_a_whole_one_in_all_that_ranks_them_comes_above_it() -> None:
    same = partial(0, status="IN_PROGRESS", amount=WHOLE.amount, currency="EUR", contact="ann", first_name="Ann")
    assert of(WHOLE, same).state().first_name == "Ann"


def test_a_refund_counts_in_the_orders_currency_alone_and_never_above_the_amount() -> None:
    assert of(WHOLE, partial(1, refunded=5, currency="USD")).state().refunded is None
    to_dollars = partial(2, amount=3, currency="USD")
    assert of(WHOLE, partial(1, refunded=5, currency="USD"), to_dollars).state().refunded == 3


def test_a_field_that_is_not_given_stays_as_it_was() -> None:
    state = of(WHOLE, partial(1, status="DELIVERED"), partial(2, items="[1]"), partial(3, contact="bob")).state()
    assert (state.status, state.items, state.contact, state.time) == ("DELIVERED", "[1]", "bob", NOON + 3 * HOUR)


def test_partial_events_alone_are_no_order_yet() -> None:
    assert of(partial(1, status="DELIVERED")).whole is None


def test_of_many_partial_events_only_those_are_kept_that_any_later_event_may_need() -> None:
    kept = NO_EVENTS.with_event(WHOLE)
    for hours in range(1, 200):
        status = ("IN_PROGRESS", "DELIVERED")[hours % 2]
        kept = kept.with_event(partial(hours, status=status, refunded=hours, currency=("EUR", "USD", "JPY")[hours % 3]))
    assert len(kept.partials) == 3
    assert kept.state().time == NOON + 199 * HOUR


@settings(deadline=None, max_examples=examples(300))
@given(told=st.lists(st.one_of(orders(), partial_orders(), partial_orders()), max_size=9), data=st.data())
def test_what_is_kept_depends_on_the_set_of_events_alone_and_gives_the_state_of_the_reference(
    told: list[OrderEvent], data: st.DataObject
) -> None:
    kept: dict[tuple[str, str], OrderEvents] = {}
    for event in [*data.draw(st.permutations(told)), *told[:2]]:
        key = event.account, event.order
        kept[key] = kept.get(key, NO_EVENTS).with_event(event)
    expected = {(state.account, state.order): state for state in states(map(event_as_reference, told))}
    known = {key: events for key, events in kept.items() if events.whole is not None}
    assert {key: order_as_reference(events.state()) for key, events in known.items()} == expected
    assert all(isinstance(events.whole, Order) for events in known.values())
    again: dict[tuple[str, str], OrderEvents] = {}
    for event in told:
        key = event.account, event.order
        again[key] = again.get(key, NO_EVENTS).with_event(event)
    assert again == kept
