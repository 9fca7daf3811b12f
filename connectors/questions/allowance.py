"""How much of a worker's time questions may take: what the stream leaves, and a small share where it leaves nothing."""

from __future__ import annotations

from typing import Final

SHARE: Final = 1 / 20
"""Of a busy worker's time. What the engine needs to move a question about is not measured, and comes on top."""
SAVED_S_MAX: Final = 0.05
"""So much may be taken at once after a while without questions."""
ON_TIME_S: Final = 0.005
"""A worker that wakes the source so punctually has nothing else to do."""
MOVING_S: Final = 0.000_4
"""What the engine takes to move a question through the stages, about."""


class Allowance:
    """Seconds that may be spent on answering. Times are of the monotonic clock, in seconds."""

    def __init__(self, now_s: float) -> None:
        self._left_s = SAVED_S_MAX
        self._last_s = now_s
        self._due_s = now_s
        self._spent_since_s = 0.0

    def spend(self, cost_s: float) -> None:
        """Answering took so long."""
        self._left_s -= cost_s
        self._spent_since_s += cost_s

    def wakes_at(self, due_s: float) -> None:
        """The source has asked to be woken then."""
        self._due_s = due_s

    def allows(self, now_s: float, *, events_wait: bool = False) -> bool:
        """Whether the source, which is woken now, may hand questions on. `events_wait`: for questions, so that a worker
        may be punctual and have much to do.
        """
        late_s = now_s - self._due_s - self._spent_since_s
        self._left_s = min(SAVED_S_MAX, self._left_s + (now_s - self._last_s) * SHARE)
        self._last_s, self._spent_since_s = now_s, 0.0
        if late_s <= ON_TIME_S and not events_wait:
            # What was taken while there was time to spare is no debt.
            self._left_s = max(self._left_s, 0.0)
            return True
        return self._left_s > 0
