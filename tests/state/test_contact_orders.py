"""The orders of a contact are found however they came, changed and left, be there one of them or many."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from state import contact_orders
from state.attribution import Decision
from state.contact_orders import ContactOrderDict, ContactOrders, OrderAtContact
from state.events import Order
from tests.message_tables import message_tables

NAMES: Final = tuple(f"o{number}" for number in range(6))
INSTANTS: Final = st.integers(-3, 3)
KEPT_OR_DROPPED: Final = st.lists(st.tuples(st.sampled_from(NAMES), INSTANTS | st.none()), max_size=30)
"""(order, when it was made; None: it leaves), one after the other."""


def placed(name: str, ordered_at: int) -> OrderAtContact:
    order = Order("acme", name, "ann", "DELIVERED", 100, "EUR", ordered_at, ordered_at)
    return OrderAtContact(1, order, Decision("no_eligible_touch", None), None)


def made_at(found: list[OrderAtContact]) -> dict[str, int]:
    """Order → when it was made, of orders that are each found once."""
    assert len({one.order.order for one in found}) == len(found)
    return {one.order.order: one.order.ordered_at for one in found}


def nothing_in_a_table() -> ContactOrders:
    tables = message_tables(0)
    return ContactOrderDict() if tables is None else tables.orders_at_contacts(ContactOrderDict())


EMPTY: Final = (ContactOrderDict, nothing_in_a_table)


def kept_after(orders: ContactOrders, changes: list[tuple[str, int | None]]) -> dict[str, int]:
    """Keep and drop orders; what should be kept then."""
    model = dict[str, int]()
    for name, ordered_at in changes:
        before = orders.find("ann", name)
        assert before == (placed(name, model[name]) if name in model else None)
        if ordered_at is None:
            model.pop(name, None)
            orders.drop("ann", name)
        else:
            orders.keep("ann", before, placed(name, ordered_at))
            model[name] = ordered_at
    return model


@pytest.mark.parametrize("empty", EMPTY)
@pytest.mark.parametrize("many", [2, 3, 100])
@given(changes=KEPT_OR_DROPPED, ms=INSTANTS)
def test_orders_made_since_an_instant_are_found_with_few_orders_and_with_many(
    empty: Callable[[], ContactOrders], many: int, changes: list[tuple[str, int | None]], ms: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(contact_orders, "MANY_ORDERS", many)
        orders = empty()
        model = kept_after(orders, changes)
        expected = {name: ordered_at for name, ordered_at in model.items() if ordered_at >= ms}
        restored = ContactOrderDict.restored(orders.packed)
        for known in (orders, restored):
            assert made_at(known.of("ann")) == model
            since = [made_at(found) for _, found in known.since_all({"ann": ms, "bob": ms})]
            assert since == ([expected] if expected else [])
            assert known.latest >= max(model.values(), default=known.latest)


@pytest.mark.parametrize("empty", EMPTY)
@given(changes=KEPT_OR_DROPPED)
def test_an_order_that_stands_alone_is_kept_without_a_dictionary_and_no_order_leaves_nothing(
    empty: Callable[[], ContactOrders], changes: list[tuple[str, int | None]]
) -> None:
    orders = empty()
    model = kept_after(orders, changes)
    forms = {0: type(None), 1: bytes}
    assert type(orders.packed.get("ann")) is forms.get(len(model), dict)
