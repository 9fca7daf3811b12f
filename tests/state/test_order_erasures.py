"""A person asks to be forgotten: what becomes of the orders that name them, and of those that do not (contract §1)."""

from __future__ import annotations

from state.addresses import Answer, addresses
from state.changes import Assigned
from state.erasures import is_pseudonym
from state.events import Order, PartialOrder
from state.key_groups import key_group
from state.order_state import unpack_order_state
from state.orders import OrderGroup
from tests.state.shop import GROUPS, SECRET, Shop, at, order

ANN = "ann@shop.example"
NAMED = order("03-01 12:00", contact=None, email=ANN, first_name="Ann", phone="+380501234567")
ERASED_AT = at("03-10 00:00")
HOME = key_group("acme", "ann", GROUPS)


def group(*events: Order | PartialOrder) -> OrderGroup:
    by = Shop().orders
    for event in events:
        by.add(event, b"the line", 7, at("2030-01-01T00:00:00Z"))
    return by


def owned(by: OrderGroup, contact: str = "ann", email: str = ANN) -> None:
    [address] = addresses(SECRET, order(contact=None, email=email))
    by.answer(Answer("acme", "o1", address, contact, HOME, NAMED.time))


def shown(by: OrderGroup) -> Order:
    return unpack_order_state(by.accounts["acme"].orders.get("o1", b"")).order()


def kept(by: OrderGroup) -> bytes:
    return by.accounts["acme"].orders.get("o1", b"")


def test_an_order_that_names_nobody_is_the_erased_contacts_whose_address_it_has() -> None:
    by = group(NAMED)
    owned(by)
    by.erase("acme", "ann", ERASED_AT)
    assert is_pseudonym(shown(by).contact or "")
    assert (shown(by).email, shown(by).phone, shown(by).first_name) == (None, None, None)
    assert not any(text in kept(by) for text in (b"ann@", b"Ann", b"+380"))


def test_and_so_it_is_where_the_erasure_was_known_first() -> None:
    by, later = group(NAMED), group(NAMED)
    by.erase("acme", "ann", ERASED_AT)
    owned(by)
    owned(later)
    later.erase("acme", "ann", ERASED_AT)
    assert shown(by) == shown(later)
    assert unpack_order_state(kept(by)).events == unpack_order_state(kept(later)).events


def test_an_event_after_the_erasure_begins_anew() -> None:
    by = group(NAMED)
    owned(by)
    by.erase("acme", "ann", NAMED.time - 1)
    assert (shown(by).contact, shown(by).email) == ("ann", ANN)


def test_an_address_that_another_contact_declares_later_takes_the_order_along() -> None:
    by = group(NAMED)
    owned(by)
    by.erase("acme", "ann", ERASED_AT)
    owned(by, "bob")
    assert shown(by).contact == "bob"
    assert shown(by).email is None, "what the erased had said is gone"


def test_a_partial_event_of_the_erased_loses_its_names_too() -> None:
    partial = PartialOrder("acme", "o1", NAMED.time + 1, last_name="Smith", status="CANCELLED")
    by = group(NAMED, partial)
    owned(by)
    by.erase("acme", "ann", ERASED_AT)
    assert (shown(by).status, shown(by).last_name) == ("CANCELLED", None)
    assert b"Smith" not in kept(by)
    assert is_pseudonym(shown(by).contact or "")


def test_an_erasure_is_no_move() -> None:
    by = group(order("03-01 12:00"))
    [_, told] = by.erase("acme", "ann", ERASED_AT)
    assert isinstance(told, Assigned)
    assert told.cause == "erasure"
    assert not unpack_order_state(kept(by)).moved


def test_an_order_that_finds_its_first_contact_has_not_moved_and_one_that_leaves_it_has() -> None:
    by = group(NAMED)
    owned(by)
    assert not unpack_order_state(kept(by)).moved
    owned(by, "bob")
    assert unpack_order_state(kept(by)).moved


def test_a_contact_whom_the_shop_calls_erased_is_none() -> None:
    by = group(order("03-01 12:00", contact="erased-at-their-wish-42", email=ANN, first_name="Ann"))
    assert (shown(by).contact, shown(by).email, shown(by).first_name) == ("erased-at-their-wish-42", ANN, "Ann")
