"""What a key group of contacts keeps of an account: messages, orders with their last decisions, and people."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import msgspec

from state.attribution import Credit, Decision
from state.events import Order
from state.timeline import Timeline
from state.times import DAY_MS

NEVER: Final = -(2**62)
SWEEP_EVERY_MS: Final = 5 * DAY_MS
"""Event time between two sweeps of a key group; a sweep reads everything in it, so it must be rare."""
HISTORY_KEPT: Final = 20
"""Changes of a decision that `explain` can tell of (contract §8)."""


class DecisionChange(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A decision as it was told once."""

    at_ms: int
    """Wall clock."""
    cause: str
    """What changed: `order`, `touch`, `settings` or `erasure`."""
    status: str
    reason: str
    credit: Credit | None
    expected: Credit | None = None


class OrderAtContact(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An order at its contact, with what was decided last."""

    sequence: int
    moved: bool
    order: Order
    decision: Decision
    remembered: Credit | None
    """The touch it was credited to or expected at last, if it is at none."""
    history: tuple[DecisionChange, ...] = ()
    """What was told of it, oldest first; the one thing here that depends on arrival (contract §8)."""

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
    clock: int = NEVER
    """ms: the newest event of the account that this group has seen; retention goes by it."""
    swept: int = NEVER
    """ms: where the clock stood when what is too old was let go last."""
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

    def note_orders(self) -> None:
        """Derive `ordered_until` and `ordered_latest` from `orders`."""
        for contact, orders in self.orders.items():
            for packed in orders.values():
                self.note_ordered(contact, unpack_order_at_contact(packed).order.ordered_at)

    def note_ordered(self, contact: str, ordered_at: int) -> None:
        """A contact has ordered at this instant."""
        self.ordered_until[contact] = max(self.ordered_until.get(contact, NEVER), ordered_at)
        self.ordered_latest = max(self.ordered_latest, ordered_at)


def with_history(placed: OrderAtContact, cause: str, now_ms: int) -> OrderAtContact:
    """With what is told now added to its history, if it differs from what was told last."""
    last = placed.history[-1] if placed.history else None
    status, decision = placed.order.status, placed.decision
    told = DecisionChange(now_ms, cause, status, decision.reason, decision.credit, decision.expected)
    if last is not None and msgspec.structs.replace(told, at_ms=last.at_ms, cause=last.cause) == last:
        return placed
    return msgspec.structs.replace(placed, history=(*placed.history, told)[-HISTORY_KEPT:])
