"""When the key groups of a worker emit their totals: at once where that costs little, else together."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)
EMIT_EVERY_S_MAX: Final = 5.0
BUSY_SHARE: Final = 0.7
"""A worker whose thread works for more of the time has little to spare."""
BUSY_OVER_S: Final = 5.0
"""So long it is looked at: a worker that has just taken a snapshot is not busy for that."""


class Shares(NamedTuple):
    """How much of the time may go into emitting. To write what is emitted takes about three times as long."""

    idle: float = 1 / 12
    busy: float = 1 / 60


SHARES: Final = Shares()


class Pace:
    """When the key groups of a worker emit their totals: as soon as they change, but once in a round each.

    A round is so long that emitting takes a small share of it, so that a worker that has much to emit emits it at once;
    the smaller, the less time the worker has to spare.
    """

    def __init__(
        self,
        shares: Shares = SHARES,
        worked_s: Callable[[], float] = time.thread_time,
    ) -> None:
        """`worked_s`: how long this worker's thread has worked, s."""
        self._shares = shares
        self._worked_s = worked_s
        self._round = 0
        self._began = _LONG_AGO
        self._share = shares.busy
        self._looked_at: datetime | None = None
        self._worked_then_s = 0.0
        self._cost_s = 0.0

    @property
    def round_ends(self) -> datetime:
        """As it is to be expected by now: what is still emitted in the round puts it off."""
        return self._began + timedelta(seconds=min(self._cost_s / self._share, EMIT_EVERY_S_MAX))

    def round_to_emit_in(self, emitted_in: int, now: datetime) -> int | None:
        """The round that a key group may emit in, which did last in `emitted_in` (0: never). None: it has to wait."""
        if not self._began <= now < self.round_ends:  # also when the clock was put back
            self._begin_round(now)
        return self._round if emitted_in < self._round else None

    def _begin_round(self, now: datetime) -> None:
        self._round, self._began, self._cost_s = self._round + 1, now, 0.0
        passed_s = BUSY_OVER_S if self._looked_at is None else (now - self._looked_at).total_seconds()
        if 0 <= passed_s < BUSY_OVER_S:
            return
        worked_s = self._worked_s()
        if self._looked_at is not None:
            is_busy = worked_s - self._worked_then_s > BUSY_SHARE * passed_s
            self._share = self._shares.busy if is_busy else self._shares.idle
        self._looked_at, self._worked_then_s = now, worked_s

    @contextmanager
    def emitting(self) -> Iterator[None]:
        """A key group emits inside: what that takes is noted."""
        began_s = self._worked_s()
        yield
        self._cost_s += self._worked_s() - began_s
