"""Questions go first: while one is on its way, a worker that keeps up reads no more events.

What is read behind a question is decoded and counted before it is answered, for the stages take turns. Read a moment
later, the events are late by that moment, and the answer is early by all of their work.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Final

HELD_UP_S_MAX: Final = 0.06
"""What is not answered by then, perhaps never, holds nothing up any more. A poll may come so late anyway
(`connectors.kafka.poll_times.PAUSE_MAX`)."""


class Precedence:
    """Whether a worker's sources of events may be read. Of its thread alone."""

    def __init__(self, *, is_alone: bool, now_s: Callable[[], float] = time.monotonic) -> None:
        """`is_alone`: there is no other worker. A question may be answered by another one, which this one does not
        hear of, so that it would wait in vain. `now_s`: of a monotonic clock, s.
        """
        self._is_alone = is_alone
        self._now_s = now_s
        self._on_their_way: set[str] = set()
        self._held_up_since_s: float | None = None
        self._has_read = True

    @property
    def is_taken(self) -> bool:
        """Whether events are held up for questions."""
        return self._held_up_since_s is not None

    def handed_on(self, questions: Iterable[str]) -> None:
        """These questions, by id, are on their way through the stages."""
        if self._is_alone:
            self._on_their_way.update(questions)

    def answered(self, questions: Iterable[str]) -> None:
        """These have come out of the stages."""
        self._on_their_way.difference_update(questions)

    def lets_read(self) -> bool:
        """Whether events may be read now. Between two times that they may not, some are read: questions that come one
        after the other do not stop the stream."""
        if not self._on_their_way or not self._may_hold_up():
            self._held_up_since_s = None
            return True
        return False

    def _may_hold_up(self) -> bool:
        now_s = self._now_s()
        if self._held_up_since_s is None:
            if not self._has_read:
                return False
            self._held_up_since_s, self._has_read = now_s, False
        if now_s - self._held_up_since_s <= HELD_UP_S_MAX:
            return True
        self._on_their_way.clear()
        return False

    def has_read(self) -> None:
        """Events have been read."""
        self._has_read = True
