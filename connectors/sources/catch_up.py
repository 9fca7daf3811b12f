"""How far a source is: whether it has read again all that an earlier run had read, and whether it has caught up."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Final

QUIET_S: Final = 5.0
"""How long nothing must arrive before a note that was not reached is taken for one of a topic that was made anew."""
FIRST_FETCH_S: Final = 1.0
"""Until then an empty poll says only that no fetch has come back yet."""

MonotonicSeconds = Callable[[], float]
"""Seconds that never go back."""
Progress = Callable[[str, bool], None]
"""Told of a virtual partition, and whether it has caught up."""


class CatchUp:
    """Next positions by unit: those to be reached, and how far each unit is."""

    def __init__(
        self, to_reach: Mapping[str, int], positions: Mapping[str, int], now: MonotonicSeconds = time.monotonic
    ) -> None:
        self._behind = {unit: goal for unit, goal in to_reach.items() if positions.get(unit, 0) < goal}
        self._now = now
        self._quiet_since: float | None = None

    def is_passed(self, read: Mapping[str, int], broker_answers: Callable[[], bool]) -> bool:
        """Take account of one poll: the next positions that it brought by unit, none if it came back empty.

        True once all is reached, or after `QUIET_S` in which nothing of what is behind arrived and the last word is
        that the broker answers: silence of a broker that is away says nothing.
        """
        arrived = self._behind.keys() & read.keys()
        for unit in arrived:
            if read[unit] >= self._behind[unit]:
                del self._behind[unit]
        if not self._behind:
            return True
        if arrived:
            self._quiet_since = None
        # Only an empty poll proves that nothing more lies in the client's queue.
        return not read and self._is_silent(broker_answers)

    def _is_silent(self, broker_answers: Callable[[], bool]) -> bool:
        now = self._now()
        if self._quiet_since is None:
            self._quiet_since = now
        if now - self._quiet_since < QUIET_S:
            return False
        self._quiet_since = None
        return broker_answers()


class ProgressReport:
    """Tells of each change between catching up and caught up, and of nothing else."""

    def __init__(self, partition: str, tell: Progress | None, now: MonotonicSeconds = time.monotonic) -> None:
        self._partition = partition
        self._tell = tell
        self._now = now
        self._has_fetched = False
        self._first_fetch_by = now() + FIRST_FETCH_S
        self._caught_up: bool | None = None

    def nothing_to_read(self) -> None:
        """There is nothing, and there never will be in this run."""
        self._set(caught_up=True)

    def polled(self, records: int, records_max: int, *, has_passed: bool) -> None:
        """Take account of one poll. A full one means that more lies ready, an empty one that nothing does."""
        self._has_fetched = self._has_fetched or records > 0
        if not has_passed or records == records_max:
            self._set(caught_up=False)
        elif records == 0 and (self._has_fetched or self._now() >= self._first_fetch_by):
            self._set(caught_up=True)

    def _set(self, *, caught_up: bool) -> None:
        if caught_up == self._caught_up:
            return
        self._caught_up = caught_up
        if self._tell is not None:
            self._tell(self._partition, caught_up)
