"""How far back an account's facts are kept: a day of wall clock behind what has been read (contract §2).

Retention counts back from the event time that a key group had reached a day of wall clock ago, so that whatever arrives
within a day of each other is counted in full, in any order. What is too late to be taken goes by what was really let go
of: until then history of any age is taken.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from state.times import DAY_MS

NEVER: Final = -(2**62)
FOREVER: Final = 2**62
FORGET_AFTER_MS_DEFAULT: Final = DAY_MS
"""Wall clock that forgetting runs behind, where the operator says nothing else."""
SWEEP_EVERY_MS: Final = 5 * DAY_MS
"""Event time between two sweeps of a key group; a sweep reads everything in it, so it must be rare."""
MARKS_MOST: Final = 12
"""Marks for the time that forgetting runs behind; between two of them so much longer is kept."""

Mark = tuple[int, int]
"""(ms of wall clock, ms of event time that had been reached then)"""


@dataclass(slots=True)
class Retention:
    """What one key group has read of an account and let go of. All in ms."""

    clock: int = NEVER
    """Event time of the newest event."""
    floor: int = NEVER
    """Event time: all facts that were let go of are older."""
    swept: int = NEVER
    """Event time that had been reached long enough ago when facts were let go of last."""
    marks: tuple[Mark, ...] = ()
    """Ascending; the first is the newest that is old enough, or there is none of those."""

    def advance(self, time: int, now_ms: int, forget_after_ms: int) -> None:
        """An event of this time has been read at this hour of the wall clock."""
        if time <= self.clock:
            return
        self.clock = time
        if not forget_after_ms:
            return
        marks = self.marks
        if not marks or now_ms - marks[-1][0] >= forget_after_ms // MARKS_MOST:
            ripe = [mark for mark in marks if mark[0] <= now_ms - forget_after_ms]
            self.marks = (*ripe[-1:], *marks[len(ripe) :], (now_ms, time))

    def reached(self, now_ms: int, forget_after_ms: int) -> int:
        """The event time that had been reached long enough ago; `NEVER` where nothing had been read by then."""
        if not forget_after_ms:
            return self.clock
        marks, until = self.marks, now_ms - forget_after_ms
        if not marks or marks[0][0] > until:
            return NEVER
        return max(clock for wall, clock in marks if wall <= until)

    def due(self, now_ms: int, forget_after_ms: int) -> int | None:
        """The event time to count a retention back from, if it is time to let go of facts; None: it is not."""
        reached = self.reached(now_ms, forget_after_ms)
        if reached == NEVER:
            return None
        if self.swept == NEVER:
            self.swept = reached
        if not self._is_due(reached):
            return None
        self.swept = reached
        return reached

    def lets_go_after(self, now_ms: int, forget_after_ms: int) -> int:
        """ms: while no event is newer, `due` finds nothing to let go of at this hour. `NEVER`: any event may be due."""
        if not forget_after_ms:
            until = NEVER if self.swept == NEVER else self.swept + SWEEP_EVERY_MS
            return until if until >= self.clock else NEVER
        return NEVER if self._is_due(self.reached(now_ms, forget_after_ms)) else FOREVER

    def _is_due(self, reached: int) -> bool:
        """Whether so much has been reached (ms) since facts were let go of last that it is time to do so again."""
        return NEVER not in {reached, self.swept} and self.swept < reached - SWEEP_EVERY_MS

    def let_go(self, time: int) -> None:
        """A fact of this time was let go of: nothing as old can be told from it any more."""
        self.floor = max(self.floor, time + 1)
