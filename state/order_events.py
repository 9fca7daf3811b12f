"""The events of one order: how they rank, what is kept of them, and the state they add up to (contract §2, §9).

Kept is what any later event may need: the greatest whole event, and of the partial ones above it those that are the
greatest to name some field. A greater whole event drops the partial ones below it; a partial one below the greatest
whole one changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from state import money
from state.events import STATUSES, Order, PartialOrder

OrderEvent = Order | PartialOrder
Rank = tuple[int, int, int, str, bool]
"""Time, status, amount by decimal value, contact, whether it is partial."""

_STATUS_RANKS: Final = {status: rank for rank, status in enumerate(STATUSES)}
_NOT_GIVEN: Final = -1
"""Below every status and every amount."""

PERSONAL: Final = ("email", "phone", "external_customer_id", "first_name", "last_name")
_OVERLAID: Final = ("contact", "status", "ordered_at", "items", *PERSONAL)
"""Fields of which the last one given counts; `amount` and `refunded` go with their currency."""


def rank(event: OrderEvent) -> Rank:
    """What makes one event of an order outrank another, but for a tie in all of this."""
    status = _NOT_GIVEN if event.status is None else _STATUS_RANKS[event.status]
    amount = _NOT_GIVEN
    if event.amount is not None and event.currency is not None:
        amount = money.comparable(event.amount, event.currency)
    return event.time, status, amount, event.contact or "", isinstance(event, PartialOrder)


def outranks(event: OrderEvent, other: OrderEvent) -> bool:
    """Whether `event` comes above `other`; equal in everything that ranks them: the greater canonical JSON (§8)."""
    if event.time != other.time:
        return event.time > other.time
    mine, theirs = rank(event), rank(other)
    return canonical(event) > canonical(other) if mine == theirs else mine > theirs


def canonical(event: OrderEvent) -> bytes:
    """The known fields as JSON, keys sorted."""
    named: dict[str, object] = {field: getattr(event, field) for field in event.__struct_fields__}
    if event.items is not None:
        named["items"] = msgspec.Raw(event.items.encode())
    return msgspec.json.encode({field: value for field, value in named.items() if value is not None}, order="sorted")


class OrderEvents(msgspec.Struct, frozen=True, gc=False):
    """What is kept of an order's events."""

    whole: Order | None
    """The greatest whole event; None: the order is not known yet."""
    partials: tuple[PartialOrder, ...] = ()
    """Ascending, all above `whole`."""

    def ascending(self) -> tuple[OrderEvent, ...]:
        """All of them; there is at least one."""
        return self.partials if self.whole is None else (self.whole, *self.partials)

    def newest(self) -> int:
        """ms: the time of the last event."""
        if self.whole is None or self.partials:
            return self.partials[-1].time
        return self.whole.time

    def with_event(self, event: OrderEvent) -> OrderEvents:
        """With one event more; the same object where it changes nothing."""
        if isinstance(event, PartialOrder):
            return self._with_partial(event)
        if self.whole is not None and not outranks(event, self.whole):
            return self
        above = tuple(partial for partial in self.partials if outranks(partial, event)) if self.partials else ()
        return OrderEvents(event, above)

    def _with_partial(self, event: PartialOrder) -> OrderEvents:
        if event in self.partials or (self.whole is not None and not outranks(event, self.whole)):
            return self
        below = [partial for partial in self.partials if outranks(event, partial)]
        ascending = (*below, event, *self.partials[len(below) :])
        kept = _last_to_name_something(ascending)
        return self if event not in kept else OrderEvents(self.whole, kept)

    def state(self) -> Order:
        """The greatest whole event, overlaid field by field by the partial ones. Of an order that is known."""
        whole = self.whole
        assert whole is not None
        if not self.partials:
            return whole
        given: dict[str, object] = {"time": self.newest()}
        amount, currency = whole.amount, whole.currency
        refunds = {} if whole.refunded is None else {whole.currency: whole.refunded}
        for partial in self.partials:
            for field in _OVERLAID:
                value = getattr(partial, field)
                if value is not None:
                    given[field] = value
            if partial.currency is not None:
                if partial.amount is not None:
                    amount, currency = partial.amount, partial.currency
                if partial.refunded is not None:
                    refunds[partial.currency] = partial.refunded
        refunded = min(refunds[currency], amount) if currency in refunds else None
        return msgspec.structs.replace(whole, **given, amount=amount, currency=currency, refunded=refunded)


def of_ascending(events: Iterable[OrderEvent]) -> OrderEvents:
    """What `OrderEvents.ascending` gave, perhaps rewritten."""
    found = tuple(events)
    whole = found[0] if isinstance(found[0], Order) else None
    return OrderEvents(whole, tuple(event for event in found if isinstance(event, PartialOrder)))


NO_EVENTS: Final = OrderEvents(None)


def _last_to_name_something(ascending: tuple[PartialOrder, ...]) -> tuple[PartialOrder, ...]:
    """Without the events of which every field is named by a greater one; the last one stays, for its time."""
    named: set[str] = set()
    kept: list[PartialOrder] = []
    for partial in reversed(ascending):
        names = set(_named_fields(partial))
        if not kept or not names <= named:
            kept.append(partial)
        named |= names
    return tuple(reversed(kept))


def _named_fields(partial: PartialOrder) -> Iterator[str]:
    """What a partial event may change; `refunded` in each currency is a field of its own."""
    for field in (*_OVERLAID, "amount"):
        if getattr(partial, field) is not None:
            yield field
    if partial.refunded is not None:
        yield f"refunded {partial.currency}"
