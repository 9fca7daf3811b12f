"""What is derived from the orders of a contact, however they came, changed and left."""

from __future__ import annotations

from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from state import facts
from state.attribution import Decision
from state.events import Order
from state.facts import AccountFacts, OrderAtContact
from state.settings import DEFAULT
from state.timeline import of_file

NAMES: Final = tuple(f"o{number}" for number in range(6))
INSTANTS: Final = st.integers(-3, 3)
KEPT_OR_DROPPED: Final = st.lists(st.tuples(st.sampled_from(NAMES), INSTANTS | st.none()), max_size=30)
"""(order, when it was made; None: it leaves), one after the other."""


def placed(name: str, ordered_at: int) -> OrderAtContact:
    order = Order("acme", name, "ann", "DELIVERED", 100, "EUR", ordered_at, ordered_at)
    return OrderAtContact(1, order, Decision("no_eligible_touch", None), None)


def empty() -> AccountFacts:
    return AccountFacts(of_file(DEFAULT))


def since(known: AccountFacts, ms: int) -> dict[str, int]:
    found = known.orders_since("ann", ms)
    assert len({one.order.order for one in found}) == len(found)
    return {one.order.order: one.order.ordered_at for one in found}


@pytest.mark.parametrize("many", [1, 3, 100])
@given(changes=KEPT_OR_DROPPED, ms=INSTANTS)
def test_orders_made_since_an_instant_are_found_with_few_orders_and_with_many(
    many: int, changes: list[tuple[str, int | None]], ms: int
) -> None:
    model: dict[str, int] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(facts, "MANY_ORDERS", many)
        known = empty()
        for name, ordered_at in changes:
            if ordered_at is None:
                model.pop(name, None)
                known.drop_order("ann", name)
                continue
            before = placed(name, model[name]) if name in model else None
            known.keep_order("ann", before, placed(name, ordered_at))
            model[name] = ordered_at
        expected = {name: ordered_at for name, ordered_at in model.items() if ordered_at >= ms}
        assert since(known, ms) == expected
        assert known.ordered_until.get("ann", -4) >= max(model.values(), default=-4)

        restored = empty()
        restored.orders.update(known.orders)
        restored.note_orders()
        assert since(restored, ms) == expected
        assert restored.ordered_until == ({"ann": max(model.values())} if model else {})
