"""Random facts of the shop: few ids and times, so that they meet, and so few that no bound of the state is met."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeVar

from hypothesis import strategies as st

from state.events import Order, PartialOrder, TouchReceived
from tests.reference.settings_tables import EVENTS, WINDOWS_MS, settings_members
from tests.state.shop import DAY, HOUR, MINUTE, Fact, at, order, touch

TOUCHES_MAX: Final = 16
"""No more times and messages than are kept of a contact."""

BASE: Final = at("03-01 22:00")
TIMES: Final = (
    *(0, 1, -1, *[HOUR, DAY + HOUR, -MINUTE, -HOUR, -2 * HOUR] * 4),
    *(beyond - window for window in WINDOWS_MS for beyond in (-1, 0, 1)),
)
CHANNELS: Final = (*["email"] * 4, *EVENTS)

_Item = TypeVar("_Item")

_ids = st.sampled_from((*["a"] * 9, "b", "\x1e\x1f", "\x1b1", "ї"))
_accounts = st.sampled_from((*["acme"] * 7, "тест"))
_contacts = st.sampled_from((*["ann"] * 7, "bob"))


def settings_tables() -> st.SearchStrategy[Mapping[str, Any]]:
    """The settings of a file; more often than not they exclude a tag that touches have."""
    given = settings_members().map(lambda table: {name: value for name, value in table.items() if value is not None})
    return st.one_of(given, given.map(lambda table: {**table, "excluded_tags": ["service"]}))


@st.composite
def touches(draw: st.DrawFn) -> TouchReceived:
    channel = draw(st.sampled_from(CHANNELS))
    return touch(
        draw(st.sampled_from((*EVENTS[channel], "opened", "sent"))),
        BASE + draw(st.sampled_from(TIMES)),
        account=draw(_accounts),
        contact=draw(_contacts),
        channel=channel,
        campaign=draw(_ids),
        message=draw(_ids),
        tags=draw(st.sampled_from((*[None] * 6, [], ["service"], ["service", "vip"], ["vip", "тест"]))),
        automated=draw(st.sampled_from((None, None, False, True))),
    )


@st.composite
def orders(draw: st.DrawFn) -> Order:
    number = draw(st.sampled_from((0, 0, 0, 1, 1, 2)))
    ordered_at = BASE + (0, -HOUR, DAY)[number]
    amount = draw(st.integers(0, 3))
    return order(
        ordered_at,
        ordered_at + draw(st.integers(0, 3)) * HOUR,
        account=draw(_accounts),
        order=f"o{number}",
        contact=draw(st.one_of(*[_contacts] * 5, st.none())),
        status=draw(st.sampled_from((*["DELIVERED"] * 5, *["IN_PROGRESS"] * 2, "INITIALIZED", "CANCELLED"))),
        amount=amount,
        currency=("EUR", "JPY", "EUR")[number],
        refunded=draw(st.sampled_from((None, None, 0, amount))),
    )


@st.composite
def partial_orders(draw: st.DrawFn) -> PartialOrder:
    """An event that names some fields of one of these orders, as often at the very instant of a whole event."""
    whole = draw(orders())
    named = draw(st.sets(st.sampled_from(("contact", "status", "ordered_at", "amount", "refunded", "email", "items"))))
    values: dict[str, Any] = {
        "contact": whole.contact,
        "status": whole.status,
        "ordered_at": whole.ordered_at,
        "amount": whole.amount,
        "refunded": min(whole.amount, draw(st.integers(0, 2))),
        "email": draw(st.sampled_from(("ann@shop.example", "bob@shop.example"))),
        "items": draw(st.sampled_from(("[]", "[1]"))),
    }
    given = {name: value for name, value in values.items() if name in named}
    if named & {"amount", "refunded"}:
        given["currency"] = draw(st.sampled_from((whole.currency, whole.currency, "USD")))
    return PartialOrder(whole.account, whole.order, whole.time, **given)


@st.composite
def fact_sets(draw: st.DrawFn) -> list[Fact]:
    """Orders first, so that what is decided of them has to change; as often many touches as few."""
    ordered: list[Fact] = draw(st.lists(orders(), min_size=draw(st.integers(0, 2)), max_size=6))
    ordered += draw(st.lists(partial_orders(), max_size=2))
    return [*ordered, *draw(st.lists(touches(), min_size=draw(st.integers(0, TOUCHES_MAX)), max_size=TOUCHES_MAX))]


@st.composite
def deliveries(draw: st.DrawFn, facts: Sequence[_Item]) -> list[list[_Item]]:
    """The facts in some order, some of them more than once, in batches."""
    again = draw(st.lists(st.sampled_from(facts), max_size=6)) if facts else []
    arrived = draw(st.permutations([*facts, *again]))
    cuts = sorted(draw(st.lists(st.integers(0, len(arrived)), max_size=4)))
    return [list(arrived[start:end]) for start, end in zip([0, *cuts], [*cuts, len(arrived)], strict=True)]
