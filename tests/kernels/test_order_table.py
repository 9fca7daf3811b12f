"""Orders in a table are as orders in a dictionary, to whatever comes (`state.kept_orders`)."""

from __future__ import annotations

from typing import Any, Final

import pytest

from kernels.loading import load
from kernels.tables import Tables
from state.changes import Assigned, whole_message
from state.events import Order, PartialOrder
from state.kept_orders import KeptOrderDict, KeptOrders, TakenOrders
from state.key_groups import GROUPS
from state.order_batches import OrderBatch, OrderReceived, pack_order_batch
from state.order_events import OrderEvent
from state.packed_words import NO_WORDS
from state.retention import FOREVER, NEVER
from tests.examples import examples
from tests.kernels.order_steps import walk
from tests.state.shop import HOUR, at, order

TABLES: Final = Tables(load())
MADE: Final = at("03-01 12:00")


@pytest.mark.hypothesis  # it is a property, whose examples are drawn step by step
@pytest.mark.parametrize("seed", range(4))
def test_it_tells_and_keeps_what_python_does_whatever_comes_in_any_order(seed: int) -> None:
    walk(TABLES, examples(1_000), seed)


def empty() -> KeptOrders:
    return TABLES.orders(KeptOrderDict().packed(), "acme", GROUPS)


def took(
    orders: KeptOrders, *events: OrderEvent, floor: int = NEVER, erased_until: int = NEVER, until: int = FOREVER
) -> TakenOrders:
    received = [OrderReceived(event, b"a line", 1) for event in events]
    return orders.take([pack_order_batch(OrderBatch("acme", "orders", 3, 5, received))], floor, erased_until, until)


def told(taken: TakenOrders) -> list[tuple[str, str, int]]:
    """Order, status and sequence of what is told, in this order."""
    messages = [whole_message(word.packed) for word in taken.words.each()]
    return [(one.order.order, one.order.status, one.sequence) for one in messages if isinstance(one, Assigned)]


def left(taken: TakenOrders) -> list[OrderEvent]:
    return [received.order for _, received in taken.left]


def later(hours: int, **more: Any) -> Order:
    return order(MADE, MADE + hours * HOUR, **more)


def test_an_order_on_its_way_to_its_customer_is_told_at_each_step() -> None:
    steps = [later(0, status="INITIALIZED"), later(1, status="IN_PROGRESS"), later(2)]
    assert told(took(empty(), *steps)) == [
        ("o1", "INITIALIZED", MADE),
        ("o1", "IN_PROGRESS", MADE + HOUR),
        ("o1", "DELIVERED", MADE + 2 * HOUR),
    ]


def test_what_is_read_twice_or_is_older_than_what_is_known_tells_nothing() -> None:
    orders = empty()
    took(orders, later(2))
    taken = took(orders, later(2), later(1, status="IN_PROGRESS"))
    assert taken == TakenOrders(NO_WORDS, [], MADE + 2 * HOUR)


@pytest.mark.parametrize(
    "rare",
    [
        later(1, contact=None, email="ann@example.com"),
        later(1, contact="bob"),
        later(1, contact="erased-" + 32 * "0"),
        later(1, email="\x00erased\x0000ff"),
        later(0, amount=7),
        PartialOrder("acme", "o1", MADE + HOUR, status="CANCELLED"),
    ],
    ids=["nobody's", "another's", "an erased one's", "hashed", "at the same time", "partial"],
)
def test_what_is_rare_is_left_and_all_later_events_of_its_order_behind_it(rare: OrderEvent) -> None:
    taken = took(empty(), later(0), rare, later(2), later(2, order="o2"))
    assert [one[0] for one in told(taken)] == ["o1", "o2"]
    assert left(taken) == [rare, later(2)]
    head, _ = taken.left[0]
    assert (head.account, head.source, head.partition, head.read_ms) == ("acme", "orders", 3, 5)


def test_an_order_from_before_what_was_let_go_of_is_left_unless_it_is_known() -> None:
    orders = empty()
    took(orders, later(0))
    taken = took(orders, later(1), later(1, order="o2"), floor=MADE + 1)
    assert left(taken) == [later(1, order="o2")]
    assert len(taken.words) == 1


def test_what_an_erasure_may_touch_is_left() -> None:
    taken = took(empty(), later(1), later(2, order="o2"), erased_until=MADE + HOUR)
    assert left(taken) == [later(1)]
    assert told(taken) == [("o2", "DELIVERED", MADE + 2 * HOUR)]


def test_where_something_may_have_to_be_let_go_of_the_rest_is_left() -> None:
    taken = took(empty(), later(0), later(2, order="o2"), later(1, order="o3"), until=MADE + HOUR)
    assert left(taken) == [later(2, order="o2"), later(1, order="o3")]
    assert taken.newest == MADE


def test_its_orders_are_packed_as_those_of_a_dictionary_are() -> None:
    many = [later(number, order=f"o{number}") for number in range(300)]
    orders = empty()
    took(orders, *many)
    again = TABLES.orders(orders.packed(), "acme", GROUPS)
    assert dict(again.items()) == dict(orders.items())
    assert len(again) == 300
