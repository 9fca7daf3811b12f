"""How far a source is: whether it has read again all that an earlier run had read, whether it has caught up, and
whether it keeps up from then on.

All are decided by positions. A process or a server that stood still for a while has read no more for that.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from typing import Final

ASK_AFTER_S: Final = 1.0
"""A source that has not come to its end for so long is asked how far it would have to read."""
BEHIND_AFTER_S: Final = 4.0
"""What was there when it was asked is read within so long, or the source is behind. A burst, or a pause of the dataflow
while it stores a snapshot, is worked off sooner."""
_GAP_S_MAX: Final = 1.0
"""As much time as counts between two polls: a process that stood still for longer could not read."""

Progress = Callable[[str, bool], None]
"""Told of a virtual partition, and whether it has caught up."""


class CatchUp:
    """Next positions by unit that are to be reached."""

    def __init__(self, to_reach: Mapping[str, int]) -> None:
        self._to_reach = dict(to_reach)

    def is_passed(self, positions: Mapping[str, int], not_read_to_end: Collection[str]) -> bool:
        """Whether each unit is where it has to be, or else at its end: then it is another one than it was."""
        self._to_reach = {
            unit: goal
            for unit, goal in self._to_reach.items()
            if positions.get(unit, 0) < goal and unit in not_read_to_end
        }
        return not self._to_reach


class KeepingUp:
    """Whether a source that has caught up reads what comes as it comes, however much comes at once."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._last_s = now()
        self._waited_s = 0.0
        self._goals: dict[str, int] = {}
        """Ends (next offsets) by unit, as they were at one moment, of which something is unread."""

    def polled(
        self, *, reached: Callable[[str], int], is_at_end: bool, ends: Callable[[], Mapping[str, int] | None]
    ) -> bool:
        """Take account of one poll. Returns False where something is unread that was there `BEHIND_AFTER_S` ago.

        `reached`: the next offset of a unit that is to be read. `is_at_end`: all units are known to be read to their
        ends. `ends`: asks where they are, or gives an answer that has come; called where that has to be known.
        """
        now_s = self._now()
        gap_s, self._last_s = min(now_s - self._last_s, _GAP_S_MAX), now_s
        had_goals = bool(self._goals)
        self._goals = {} if is_at_end else _unread(self._goals, reached)
        if is_at_end or (had_goals and not self._goals):
            self._waited_s = 0.0
            return True
        self._waited_s += gap_s
        if not self._goals:
            if self._waited_s >= ASK_AFTER_S and (goals := _unread(ends() or {}, reached)):
                self._goals, self._waited_s = goals, 0.0
            return True
        if self._waited_s <= BEHIND_AFTER_S:
            return True
        self._goals, self._waited_s = {}, 0.0
        return False


def _unread(ends: Mapping[str, int], reached: Callable[[str], int]) -> dict[str, int]:
    return {unit: end for unit, end in ends.items() if reached(unit) < end}


class ProgressReport:
    """Tells of each change between catching up and caught up, and of nothing else."""

    def __init__(self, partition: str, tell: Progress | None) -> None:
        self._partition = partition
        self._tell = tell
        self._caught_up: bool | None = None

    @property
    def is_caught_up(self) -> bool:
        """What was told last."""
        return self._caught_up is True

    def polled(self, *, has_passed: bool, is_full: bool, is_at_end: bool) -> None:
        """Take account of one poll of a source that has not caught up. `is_full`: it brought as much as it can, so more
        lies ready."""
        if is_full or not has_passed:
            self._set(caught_up=False)
        elif is_at_end:
            self._set(caught_up=True)

    def fell_behind(self) -> None:
        """It had caught up, and does not keep up (`KeepingUp`)."""
        self._set(caught_up=False)

    def _set(self, *, caught_up: bool) -> None:
        if caught_up == self._caught_up:
            return
        self._caught_up = caught_up
        if self._tell is not None:
            self._tell(self._partition, caught_up)
