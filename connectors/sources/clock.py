"""A source of nothing but time: it wakes the sink that keeps the view even while no event comes."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from bytewax.inputs import DynamicSource, StatelessSourcePartition

from config.stopping import StopRequest

TICK_S: Final = 2.0
_AWAKE_EVERY: Final = timedelta(milliseconds=20)
"""Other sources cannot go on to an epoch before this one has; so it is never asleep for long."""


@dataclass(frozen=True, slots=True)
class Tick:
    """So much time has passed."""


class _Clock(StatelessSourcePartition[Tick]):
    def __init__(self, stop: StopRequest, *, is_silent: bool) -> None:
        self._stop = stop
        self._is_silent = is_silent
        self._last_s = time.monotonic()

    def next_batch(self) -> list[Tick]:
        if self._is_silent or self._stop.requested:
            raise StopIteration
        now_s = time.monotonic()
        if now_s - self._last_s < TICK_S:
            return []
        self._last_s = now_s
        return [Tick()]

    def next_awake(self) -> datetime | None:
        return datetime.now(UTC) + _AWAKE_EVERY


@dataclass(frozen=True, slots=True)
class Clock(DynamicSource[Tick]):
    """Ticks every `TICK_S` until a stop is requested. One worker ticks for all."""

    stop: StopRequest

    def build(self, step_id: str, worker_index: int, worker_count: int) -> _Clock:
        """The clock of a worker."""
        del step_id, worker_count
        return _Clock(self.stop, is_silent=worker_index != 0)
