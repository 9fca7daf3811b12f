"""Whose order it is and what its state is: its winning event says so, whatever else was heard and when."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from state.changes import Assigned, TooLate, Withdrawn
from state.events import Order
from state.orders import Assignments, OrderGroup, PublishedOrders
from state.settings import ORDER_RETENTION_MS
from tests.reference.identity import states
from tests.state.random_facts import deliveries, orders
from tests.state.recount import order_as_reference
from tests.state.shop import HOUR, Shop, at, day, order

DAY = day("03-01")


def group() -> OrderGroup:
    return Shop().orders


def heard(by: OrderGroup, event: Order, *, resend: bool = False) -> Assignments:
    told = by.add(event, b"the line", 7, resend=resend)
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


def test_a_resumed_run_tells_the_winning_event_once_more() -> None:
    by = group()
    [first] = heard(by, order(time="03-01 14:00", status="CANCELLED"))
    [told] = heard(by, order(time="03-01 13:00"), resend=True)
    assert isinstance(told, Assigned)
    assert isinstance(first, Assigned)
    assert told == first._replace(resend=True)


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


def test_an_event_older_than_400_days_before_the_newest_comes_too_late() -> None:
    by = group()
    newest = at("03-01 12:00")
    heard(by, order(newest, newest))
    oldest = newest - ORDER_RETENTION_MS
    assert heard(by, order(oldest, oldest, order="o2"))
    late = by.add(order(oldest, oldest - 1, order="o3"), b"the line", 7)
    assert late == TooLate(b"the line", 7, "older than orders are kept (400 days)")
    assert heard(by, order(oldest, oldest - 1, order="o3", account="other"))


def test_orders_that_have_grown_too_old_leave() -> None:
    by = group()
    heard(by, order("03-01 12:00"))
    newest = at("03-01 12:00") + ORDER_RETENTION_MS + 24 * HOUR * 10
    heard(by, order(newest, newest, order="o2"))
    assert by.accounts["acme"].orders.keys() == {"o2"}


@settings(deadline=None)
@given(told=st.lists(orders(), max_size=10), data=st.data())
def test_an_order_is_at_the_contact_of_its_winning_event_and_at_no_other(
    told: list[Order], data: st.DataObject
) -> None:
    by = group()
    there: dict[tuple[str, str, str | None], Order] = {}
    for batch in data.draw(deliveries(told)):
        for event in batch:
            for item in heard(by, event, resend=data.draw(st.booleans())):
                if isinstance(item, Withdrawn):
                    del there[item.account, item.order, item.contact]
                else:
                    there[item.order.account, item.order.order, item.contact] = item.order
    assert {key: order_as_reference(event) for key, event in there.items()} == {
        (winner.account, winner.order, winner.contact): winner for winner in states(map(order_as_reference, told))
    }


@settings(deadline=None)
@given(told=st.lists(orders(), max_size=10))
def test_sequences_grow_with_every_change_of_an_order(told: list[Order]) -> None:
    by = group()
    latest: dict[tuple[str, str], int] = {}
    for event in told:
        for item in heard(by, event):
            if isinstance(item, Assigned):
                assert item.sequence > latest.get((event.account, event.order), 0)
                latest[event.account, event.order] = item.sequence


def test_a_decision_that_is_out_of_date_is_not_told() -> None:
    told = PublishedOrders()
    assert told.accept("acme", "o1", 2, DAY) == DAY
    assert told.accept("acme", "o1", 1, DAY) is None
    assert told.accept("acme", "o1", 2, DAY) == DAY, "the same assignment may be decided anew"
    assert told.accept("acme", "o1", 3, DAY) == DAY
    assert told.accept("other", "o1", 1, DAY) == DAY


def test_with_each_decision_it_is_told_under_which_day_the_row_stands() -> None:
    told = PublishedOrders()
    days = [
        told.accept("acme", "o1", 1, DAY),
        told.accept("acme", "o1", 2, DAY + 3),
        told.accept("acme", "o1", 2, DAY + 1),
    ]
    assert days == [DAY, DAY, DAY + 3]


def test_a_decision_that_is_out_of_date_moves_no_row() -> None:
    told = PublishedOrders()
    told.accept("acme", "o1", 2, DAY)
    told.accept("acme", "o1", 1, DAY + 5)
    assert told.accept("acme", "o1", 2, DAY + 1) == DAY


@settings(deadline=None)
@given(arrived=st.permutations(range(1, 8)), days=st.lists(st.integers(0, 3), min_size=8, max_size=8))
def test_the_last_decision_told_is_that_of_the_latest_assignment_and_its_row_is_in_one_day(
    arrived: list[int], days: list[int]
) -> None:
    told = PublishedOrders()
    rows: set[int] = set()
    shown = 0
    for sequence in arrived:
        old_day = told.accept("acme", "o1", sequence, DAY + days[sequence])
        if old_day is not None:
            rows.discard(old_day)
            rows.add(DAY + days[sequence])
            shown = sequence
    assert shown == 7
    assert rows == {DAY + days[7]}
