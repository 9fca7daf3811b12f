"""How many of the events that were read last did not fit, and when that is too many to go on."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping
from typing import Final

from config.errors import UserError

WINDOW_EVENTS: Final = 10_000
"""The share is that of the last so many events, by whole batches."""
EVENTS_MIN: Final = 100
"""Of fewer, no share says anything."""


class TooManyRefused(UserError):
    """More events were refused than the run was told to bear."""


class RefusedShare:
    """Counts the events of one worker; bounded by the window."""

    def __init__(self, share_max: float, letters: str) -> None:
        """`share_max`: 0 … 1, above which the run is to stop. `letters`: where the dead letters are."""
        self._share_max = share_max
        self._letters = letters
        self._batches: deque[tuple[int, Counter[str]]] = deque()
        self._events = 0
        self._refused: Counter[str] = Counter()

    def add(self, events: int, refused: Mapping[str, int]) -> None:
        """A batch was read: its events, and those refused by kind (`state.bad_events.BadEvent.kind`)."""
        if not events:
            return
        self._batches.append((events, Counter(refused)))
        self._events += events
        self._refused.update(refused)
        while self._events - self._batches[0][0] >= WINDOW_EVENTS:
            gone, kinds = self._batches.popleft()
            self._events -= gone
            self._refused -= kinds

    def is_exceeded(self) -> bool:
        """Whether more were refused than may be."""
        return self._events >= EVENTS_MIN and self._refused.total() > self._share_max * self._events

    def failure(self) -> TooManyRefused:
        """The one line for it."""
        kind, _ = self._refused.most_common(1)[0]
        share = 100 * self._refused.total() / self._events
        return TooManyRefused(
            f"--dead-letters-max: {share:.1f} % of the last {self._events} events were refused, more than "
            f"{100 * self._share_max:g} %, most often {kind}; the dead letters are in {self._letters}: mend what sends "
            "these events, or raise the limit"
        )
