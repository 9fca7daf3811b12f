"""What a key group of contacts keeps of an account: messages, orders with their last decisions, and people."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import msgspec

from state.attribution import Credit, Decision
from state.events import Order
from state.retention import NEVER, Retention
from state.timeline import Timeline


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

    def drop_order(self, contact: str, order: str) -> None:
        """An order is not at this contact any more."""
        orders = self.orders.get(contact)
        if orders is None or orders.pop(order, None) is None or orders:
            return
        del self.orders[contact]
        self.ordered_until.pop(contact, None)

    def note_orders(self) -> None:
        """Derive `ordered_until` and `ordered_latest` from `orders`."""
        for contact, orders in self.orders.items():
            for packed in orders.values():
                self.note_ordered(contact, unpack_order_at_contact(packed).order.ordered_at)

    def note_ordered(self, contact: str, ordered_at: int) -> None:
        """A contact has ordered at this instant."""
        if ordered_at > self.ordered_until.get(contact, NEVER):
            self.ordered_until[contact] = ordered_at
        self.ordered_latest = max(self.ordered_latest, ordered_at)
