"""What was published of each order last, and what the next decision changes: the one writer of an order's figures.

Two contacts, on two workers, may both have decided an order that moved, and their decisions arrive in any order: what
was assigned later counts. An order goes from where it counted to where it counts in one difference, so that whoever
looks sees it counted once, at every instant.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Final

import msgspec

from state.attribution import Reason
from state.changes import Forgotten, Outcome, unpack_outcome, whole_outcome
from state.contact_messages import no_tables
from state.decision_history import CAUSES, NO_HISTORY, DecisionChange, DecisionHistory, without_message
from state.ledger import CountChange, Counted, counted
from state.packed_values import COMING_COUNT, ValueDict, items_in, unpack_values
from state.packed_words import pack_list, unpack_list
from state.publication import DROPPED, OTHERS, Publication, PublishedHere, PublishedOfAccount, PublishedTablesFor


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
pack_outcome: Final[Callable[[Outcome | Forgotten], bytes]] = _pack
_REASONS: Final = tuple(map(str, Reason))


class PublishedOrders:
    """What was published of the orders of one key group."""

    def __init__(self, tables: PublishedTablesFor = no_tables) -> None:
        """`tables`: where what is known of many orders is kept."""
        self._tables_for = tables
        self._has_tables = False
        self._latest = ""
        """The account whose table was asked last."""
        self.orders: dict[str, PublishedOfAccount] = {}
        """Account → order → packed `PublishedOrder`."""
        self.corrections: Counter[str] = Counter()
        """Credits taken back or moved since `take_corrections`, by what changed (`state.decision_history.CAUSES`)."""

    def restore(self, account: str, packed: bytes) -> None:
        """What `packed` of an account's orders gave."""
        tables = self._tables_for(items_in(packed))
        if tables is None:
            self.orders[account] = ValueDict(unpack_values(packed))
        else:
            self.orders[account], self._has_tables = tables.published(account, packed), True

    def publish(self, outcomes: Sequence[Outcome | Forgotten | bytes], now_ms: int, told: Publication) -> None:
        """Publish decisions, and let go of what was forgotten; what becomes of them is added to `told`.

        `now_ms`: the wall clock.
        """
        if self._has_tables or self._tables_for(COMING_COUNT * len(outcomes)) is not None:
            packed = [one if isinstance(one, bytes) else pack_outcome(one) for one in outcomes]
            self.publish_packed(pack_list(packed), now_ms, told)
        else:
            self._publish_each(map(whole_outcome, outcomes), now_ms, told)

    def publish_packed(self, outcomes: bytes, now_ms: int, told: Publication) -> None:
        """The same of a packed list of packed ones: by tables, and what these leave, and is in none, one by one."""
        packed = unpack_list(outcomes)
        self._move_to_table(packed)
        if not self._has_tables:
            self._publish_each(map(unpack_outcome, packed), now_ms, told)
            return
        days, number = [OTHERS] * len(packed), 0
        account, is_found = self._latest, False
        while number < len(packed):
            known = self.orders.get(account)
            if known is not None and not isinstance(known, ValueDict):
                here = known.publish(outcomes, len(packed), now_ms, is_found=is_found)
                days, is_found, self._latest = here.days, True, account
                self._note(account, here, told)
                if here.published == len(packed):
                    told.rows += zip(packed, days, strict=True)
                    return
            if OTHERS not in days[number:]:
                break
            number = days.index(OTHERS, number) + 1
            account = _account_of(unpack_outcome(packed[number - 1]))
        for number, day in enumerate(days):
            if day < DROPPED:
                days[number] = self._publish_whole(unpack_outcome(packed[number]), now_ms, told)
        told.rows += [row for row in zip(packed, days, strict=True) if row[1] != DROPPED]

    def _move_to_table(self, packed: Sequence[bytes]) -> None:
        """Where many decisions come together, have those of the first one's account in a table before they come."""
        tables = self._tables_for(COMING_COUNT * len(packed))
        if packed and tables is not None:
            account = _account_of(unpack_outcome(packed[0]))
            known = self.orders.setdefault(account, ValueDict())
            if isinstance(known, ValueDict):
                self.orders[account], self._has_tables = tables.published(account, known.packed()), True

    def _note(self, account: str, here: PublishedHere, told: Publication) -> None:
        if here.entries:
            told.entries.append((account, here.entries))
        for read_ms, events in here.read:
            told.note_read(account, read_ms, events)
        for cause, moved in zip(CAUSES, here.corrections, strict=True):
            if moved:
                self.corrections[cause] += moved
        for reason, decided in zip(_REASONS, here.decided, strict=True):
            if decided:
                told.decided[reason] += decided

    def _publish_each(self, outcomes: Iterable[Outcome | Forgotten], now_ms: int, told: Publication) -> None:
        for outcome in outcomes:
            day = self._publish_whole(outcome, now_ms, told)
            if day != DROPPED and isinstance(outcome, Outcome):
                told.rows.append((outcome, day))

    def _publish_whole(self, outcome: Outcome | Forgotten, now_ms: int, told: Publication) -> int:
        """Publish a decision. The day that its order's row stands under until then; `DROPPED`: it is not published."""
        if isinstance(outcome, Forgotten):
            self.forget(outcome)
            return DROPPED
        old_day = self.accept(outcome, now_ms, told.counted)
        if old_day is None:
            return DROPPED
        if outcome.publishes_record:
            told.decided[outcome.decision.reason] += 1
        told.note_read(outcome.order.account, outcome.read_ms, 1)
        return old_day

    def accept(self, outcome: Outcome, now_ms: int, changes: list[CountChange]) -> int | None:
        """Take a decision; what the order counts for by it is added to `changes`. `now_ms`: the wall clock.

        The day that the order's row stands under until then (the decision's, if it is new); None: it is out of date.
        """
        order = outcome.order
        known = self.orders.setdefault(order.account, ValueDict())
        packed = known.get(order.order, b"")
        before = unpack_published_order(packed) if packed else None
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
        if before is None and isinstance(known, ValueDict) and self._tables_for(len(known)) is not None:
            self.restore(order.account, known.packed())
        return outcome.day if before is None else before.day

    def take_corrections(self) -> Counter[str]:
        """The corrections since the last call."""
        taken, self.corrections = self.corrections, Counter()
        return taken

    def forget(self, forgotten: Forgotten) -> None:
        """An order that has grown too old; what it counted stays counted (contract §2)."""
        known = self.orders.get(forgotten.account)
        if known is not None:
            known.pop(forgotten.order, b"")

    def day(self, account: str, order: str) -> int | None:
        """The day the order's row stands under; None: it has none."""
        packed = self._packed(account, order)
        return unpack_published_order(packed).day if packed else None

    def history(self, account: str, order: str) -> tuple[DecisionChange, ...]:
        """What was published of an order, oldest first."""
        packed = self._packed(account, order)
        return unpack_published_order(packed).history.all() if packed else ()

    def _packed(self, account: str, order: str) -> bytes:
        known = self.orders.get(account)
        return b"" if known is None else known.get(order, b"")


def _account_of(outcome: Outcome | Forgotten) -> str:
    return outcome.account if isinstance(outcome, Forgotten) else outcome.order.account


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
