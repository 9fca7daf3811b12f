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

from state.changes import Forgotten, Outcome
from state.decision_history import NO_HISTORY, DecisionChange, DecisionHistory, without_message
from state.ledger import CountChange, Counted, counted


class PublishedOrder(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What was published of an order last."""

    sequence: int
    """Of the assignment it was decided under."""
    contact: str | None
    counted: Counted
    """As it was counted, so that it can be taken back whatever is counted otherwise since."""
    history: DecisionHistory = NO_HISTORY
    """What was published of it; the one thing here that depends on arrival (contract §8)."""

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
    """Credits taken back or moved since `take_corrections`, by what changed (`state.decision_history.CAUSES`)."""

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
        return () if packed is None else unpack_published_order(packed).history.all()


def _history(before: PublishedOrder | None, outcome: Outcome, now_ms: int) -> DecisionHistory:
    """With what is published now, if it differs from what was published last. An erasure leaves nothing of it."""
    history = NO_HISTORY if before is None or outcome.cause == "erasure" else before.history
    if before is not None and before.contact != outcome.order.contact:
        history = history.without_messages()
    return history.with_decision(now_ms, outcome.cause, outcome.order.status, outcome.decision)


def _is_correction(before: PublishedOrder, outcome: Outcome) -> bool:
    """Whether a credit leaves the touch it was at. An erasure's new name for a message moves nothing."""
    credit, now = before.history.last_credit(), outcome.decision.credit
    if credit is None:
        return False
    if now is not None and outcome.cause == "erasure":
        credit, now = without_message(credit), without_message(now)
    return credit != now
