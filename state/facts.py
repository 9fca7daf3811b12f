"""What a key group of contacts keeps of an account: messages, orders with their last decisions, and people."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

import msgspec

from state.attribution import Credit, Decision
from state.events import Order
from state.retention import NEVER, Retention
from state.timeline import Timeline

MANY_ORDERS: Final = 32
"""With so many orders of a contact, those that a touch can matter to are found without a look at each."""


class OrderAtContact(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An order at its contact, with what was decided last."""

    sequence: int
    order: Order
    decision: Decision
    remembered: Credit | None
    """The touch it was credited to or expected at last, if it is at none."""

    @property
    def candidate(self) -> Credit | None:
        """The touch that stays a candidate even if its message has left the state."""
        return self.decision.touch or self.remembered


pack_order_at_contact: Final[Callable[[OrderAtContact], bytes]] = msgspec.msgpack.Encoder().encode
unpack_order_at_contact: Final[Callable[[bytes], OrderAtContact]] = msgspec.msgpack.Decoder(OrderAtContact).decode


@dataclass(slots=True)
class AccountFacts:
    """What a group knows of one account."""

    timeline: Timeline
    retention: Retention = field(default_factory=Retention)
    """How far its touches go back. Orders stay until the stage by order says that they are forgotten."""
    messages: dict[str, bytes] = field(default_factory=dict)
    """Contact → packed messages (`state.messages`)."""
    orders: dict[str, dict[str, bytes]] = field(default_factory=dict)
    """Contact ("" for nobody) → order → packed `OrderAtContact`."""
    people: dict[str, bytes] = field(default_factory=dict)
    """Contact → what it declared of itself (`state.people`)."""
    ordered_until: dict[str, int] = field(default_factory=dict)
    """Contact → the latest `ordered_at` of its orders: a later touch cannot matter to them. Derived from `orders`."""
    ordered_latest: int = NEVER
    """The latest of these, or later: most touches are past it, and need no look at their contact's."""
    _by_time: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    """Contact with many orders → (`ordered_at`, order), ascending. Derived likewise."""

    def orders_since(self, contact: str, since: int) -> list[OrderAtContact]:
        """The orders of a contact that were made at `since` (ms) or later."""
        known = self.orders.get(contact, {})
        by_time = self._by_time.get(contact)
        if by_time is not None:
            later = by_time[bisect_left(by_time, (since, "")) :]
            return [unpack_order_at_contact(known[order]) for _, order in later]
        placed = map(unpack_order_at_contact, known.values())
        return [one for one in placed if one.order.ordered_at >= since]

    def keep_order(self, contact: str, before: OrderAtContact | None, after: OrderAtContact) -> None:
        """An order at this contact; `before`: as it was there."""
        order = after.order
        orders = self.orders.setdefault(contact, {})
        orders[order.order] = pack_order_at_contact(after)
        if before is not None:
            if before.order.ordered_at == order.ordered_at:
                return
            self._unlist(contact, before.order)
        self._note_latest(contact, order.ordered_at)
        by_time = self._by_time.get(contact)
        if by_time is not None:
            insort(by_time, (order.ordered_at, order.order))
        elif len(orders) >= MANY_ORDERS:
            self._by_time[contact] = _by_time(orders)

    def drop_order(self, contact: str, order: str) -> None:
        """An order is not at this contact any more."""
        orders = self.orders.get(contact)
        packed = None if orders is None else orders.pop(order, None)
        if orders is None or packed is None:
            return
        if orders:
            self._unlist(contact, unpack_order_at_contact(packed).order)
            return
        del self.orders[contact]
        self.ordered_until.pop(contact, None)
        self._by_time.pop(contact, None)

    def note_orders(self) -> None:
        """Derive from `orders` what is derived from them."""
        for contact, orders in self.orders.items():
            by_time = _by_time(orders)
            self._note_latest(contact, by_time[-1][0])
            if len(orders) >= MANY_ORDERS:
                self._by_time[contact] = by_time

    def _note_latest(self, contact: str, ordered_at: int) -> None:
        if ordered_at > self.ordered_until.get(contact, NEVER):
            self.ordered_until[contact] = ordered_at
        self.ordered_latest = max(self.ordered_latest, ordered_at)

    def _unlist(self, contact: str, order: Order) -> None:
        by_time = self._by_time.get(contact)
        if by_time is not None:
            del by_time[bisect_left(by_time, (order.ordered_at, order.order))]


def _by_time(orders: Mapping[str, bytes]) -> list[tuple[int, str]]:
    """(`ordered_at`, order) of packed orders, ascending."""
    placed = map(unpack_order_at_contact, orders.values())
    return sorted((one.order.ordered_at, one.order.order) for one in placed)
