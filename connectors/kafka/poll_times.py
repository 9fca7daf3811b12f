"""When the partitions of a worker are polled: all together, and the less often the more there is to do.

To take what was polled through the stages costs some 10 ms whatever it is, for nearly every key group is woken: a
worker that polls as often as it can is busy with that at any rate of events.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

PAUSE_MIN: Final = timedelta(milliseconds=20)
PAUSE_MAX: Final = timedelta(milliseconds=60)
REST: Final = 1
"""So long a worker rests, in times of what it worked, as far as `PAUSE_MAX` allows."""


class PollTimes:
    """The moments at which a worker's partitions are polled. Of its thread alone."""

    def __init__(
        self,
        worked_s: Callable[[], float] = time.thread_time,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`worked_s`: how long the worker's thread has worked, s."""
        self._worked_s = worked_s
        self._now = now
        self._worked_then_s = worked_s()
        self._next = now()

    def next(self) -> datetime:
        """The next of them; the same for whoever is polled at one of them."""
        now = self._now()
        if now >= self._next or self._next - now > PAUSE_MAX:  # also when the clock was put back
            worked_s = self._worked_s()
            period = timedelta(seconds=(1 + REST) * (worked_s - self._worked_then_s))
            self._worked_then_s = worked_s
            self._next = now + min(max(period, PAUSE_MIN), PAUSE_MAX)
        return self._next
