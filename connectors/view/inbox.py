"""What the stream hands to the writer of a sink partition: gathered, bounded, and in the order it was given."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Final

from connectors.metrics.stream import ReadTimes, add_read_times
from connectors.view.account_writes import AccountWrites

WAITING_MAX: Final = 200_000
"""Fields and rows that may wait for the writer; more, and the stream waits until it has taken them."""


@dataclass(slots=True)
class Delivery:
    """What was given since the last delivery. Of several writes to a field only the last is in it."""

    writes: dict[str, AccountWrites] = field(default_factory=dict)
    """By account."""
    passed: set[str] = field(default_factory=set)
    """Who has passed its barrier (`connectors.sources.barriers`)."""
    has_tick: bool = False
    read: ReadTimes = field(default_factory=dict)
    """When the events were read that this comes of."""
    closes_epoch: bool = False
    """Nothing of the epoch comes after this."""

    def size(self) -> int:
        """Fields and rows."""
        return sum(writes.size() for writes in self.writes.values())


class Inbox:
    """Between the stream's thread, which gives, and the writer's thread, which takes.

    What the writer raised comes out of the stream's next call, and of every one after it.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._delivery = Delivery()
        self._is_idle = True
        self._is_awaited = False
        self._closed_epochs: list[bytes] = []
        self._is_closed = False
        self._error: BaseException | None = None

    def give(self, delivery: Delivery) -> None:
        """Hand a delivery over; waits while more than `WAITING_MAX` fields and rows wait to be taken."""
        with self._changed:
            self._raise_error()
            waiting = self._delivery
            if waiting.writes:
                merge(waiting.writes, delivery.writes)
            else:
                waiting.writes = delivery.writes
            waiting.passed |= delivery.passed
            waiting.has_tick |= delivery.has_tick
            add_read_times(waiting.read, delivery.read)
            self._is_idle = self._is_idle and not (delivery.writes or delivery.passed or delivery.has_tick)
            self._changed.notify_all()
            if waiting.size() > WAITING_MAX:
                self._is_awaited = True
                self._changed.wait_for(lambda: self._delivery is not waiting or self._error is not None)
            self._raise_error()

    def close_epoch(self) -> bytes:
        """The epoch is complete: what the writer answers once everything of it is done."""
        with self._changed:
            self._raise_error()
            self._delivery.closes_epoch, self._is_idle, self._is_awaited = True, False, True
            self._changed.notify_all()
            self._changed.wait_for(lambda: bool(self._closed_epochs) or self._error is not None)
            self._raise_error()
            return self._closed_epochs.pop()

    def _raise_error(self) -> None:
        if self._error is not None:
            raise self._error

    def waiting(self) -> int:
        """Fields and rows that wait to be taken."""
        with self._changed:
            return self._delivery.size()

    def close(self) -> None:
        """Nothing more is given, and nothing is taken."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()

    def take(self) -> Delivery | None:
        """All that was given since the last call; waits for something. None: it is closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_closed or not self._is_idle)
            if self._is_closed:
                return None
            taken, self._delivery, self._is_idle, self._is_awaited = self._delivery, Delivery(), True, False
            self._changed.notify_all()
            return taken

    def gather(self, seconds: float) -> None:
        """Let more come together, unless the stream waits for it to be taken."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_closed or self._is_awaited, seconds)

    def epoch_closed(self, answer: bytes) -> None:
        """Everything of an epoch is done."""
        with self._changed:
            self._closed_epochs.append(answer)
            self._changed.notify_all()

    def fail(self, error: BaseException) -> None:
        """The writer has ended."""
        with self._changed:
            self._error = error
            self._changed.notify_all()


def merge(held: dict[str, AccountWrites], later: dict[str, AccountWrites]) -> None:
    """Add later writes to those that are held."""
    for account, writes in later.items():
        known = held.get(account)
        if known is None:
            held[account] = writes
        else:
            known.merge(writes)
