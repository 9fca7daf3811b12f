"""What was published of each order last, and what the next decision changes: the one writer of an order's figures.

Two contacts, on two workers, may both have decided an order that moved, and their decisions arrive in any order: what
was assigned later counts. An order goes from where it counted to where it counts in one difference, so that whoever
looks sees it counted once, at every instant.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

import msgspec

from state.attribution import Credit
from state.changes import Forgotten, Outcome
from state.ledger import CountChange, Counted, counted

HISTORY_KEPT: Final = 20
"""Changes of a decision that `explain` can tell of (contract §8)."""


class DecisionChange(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A decision as it was published once."""

    at_ms: int
    """Wall clock."""
    cause: str
    """What changed: `order`, `touch`, `settings`, `identity` (a declaration of an address) or `erasure`."""
    status: str
    reason: str
    credit: Credit | None
    """Of an order that has moved since, without the id of the message, which was another contact's."""
    expected: Credit | None = None
    """Likewise."""


class PublishedOrder(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What was published of an order last."""

    sequence: int
    """Of the assignment it was decided under."""
    contact: str | None
    counted: Counted
    """As it was counted, so that it can be taken back whatever is counted otherwise since."""
    history: tuple[DecisionChange, ...] = ()
    """What was published of it, oldest first; the one thing here that depends on arrival (contract §8)."""

    @property
    def day(self) -> int:
        """The day that its row stands under, an ordinal."""
        return self.counted.kind.day


_pack: Final = msgspec.msgpack.Encoder().encode
unpack_published_order: Final = msgspec.msgpack.Decoder(PublishedOrder).decode


@dataclass(slots=True)
class PublishedOrders:
    """What was published of the orders of one key group."""

    orders: dict[str, dict[str, bytes]] = field(default_factory=dict)
    """Account → order → packed `PublishedOrder`."""
    corrections: Counter[str] = field(default_factory=Counter)
    """Credits taken back or moved since `take_corrections`, by what changed (`DecisionChange.cause`)."""

    def accept(self, outcome: Outcome, now_ms: int, changes: list[CountChange]) -> int | None:
        """Take a decision; what the order counts for by it is added to `changes`. `now_ms`: the wall clock.

        The day that the order's row stands under until then (the decision's, if it is new); None: it is out of date.
        """
        order = outcome.order
        known = self.orders.setdefault(order.account, {})
        packed = known.get(order.order)
        before = None if packed is None else unpack_published_order(packed)
        if before is not None and outcome.sequence < before.sequence:
            return None
        counts = counted(order, outcome.decision, outcome.day, outcome.hour)
        if before is None:
            changes.append((order.account, counts, 1))
        elif before.counted != counts:
            changes += (order.account, before.counted, -1), (order.account, counts, 1)
        if before is not None and _is_correction(before, outcome):
            self.corrections[outcome.cause] += 1
        history = _history(before, outcome, now_ms)
        known[order.order] = _pack(PublishedOrder(outcome.sequence, order.contact, counts, history))
        return outcome.day if before is None else before.day

    def take_corrections(self) -> Counter[str]:
        """The corrections since the last call."""
        taken, self.corrections = self.corrections, Counter()
        return taken

    def forget(self, forgotten: Forgotten) -> None:
        """An order that has grown too old; what it counted stays counted (contract §2)."""
        self.orders.get(forgotten.account, {}).pop(forgotten.order, None)

    def day(self, account: str, order: str) -> int | None:
        """The day the order's row stands under; None: it has none."""
        packed = self.orders.get(account, {}).get(order)
        return None if packed is None else unpack_published_order(packed).day

    def history(self, account: str, order: str) -> tuple[DecisionChange, ...]:
        """What was published of an order, oldest first."""
        packed = self.orders.get(account, {}).get(order)
        return () if packed is None else unpack_published_order(packed).history


def _history(before: PublishedOrder | None, outcome: Outcome, now_ms: int) -> tuple[DecisionChange, ...]:
    """With what is published now, if it differs from what was published last. An erasure leaves nothing of it."""
    history = () if before is None or outcome.cause == "erasure" else before.history
    if before is not None and before.contact != outcome.order.contact:
        history = tuple(map(_without_message, history))
    decision = outcome.decision
    told = outcome.order.status, decision.reason, decision.credit, decision.expected
    if history:
        last = history[-1]
        if told == (last.status, last.reason, last.credit, last.expected):
            return history
    return (*history, DecisionChange(now_ms, outcome.cause, *told))[-HISTORY_KEPT:]


def _is_correction(before: PublishedOrder, outcome: Outcome) -> bool:
    """Whether a credit leaves the touch it was at. An erasure's new name for a message moves nothing."""
    credit = before.history[-1].credit if before.history else None
    if credit is None:
        return False
    now = outcome.decision.credit
    if now is not None and outcome.cause == "erasure":
        credit, now = _of_any_contact(credit), _of_any_contact(now)
    return credit != now


def _without_message(change: DecisionChange) -> DecisionChange:
    credit, expected = map(_of_any_contact, (change.credit, change.expected))
    return msgspec.structs.replace(change, credit=credit, expected=expected)


def _of_any_contact(credit: Credit | None) -> Credit | None:
    return None if credit is None else msgspec.structs.replace(credit, message="")
