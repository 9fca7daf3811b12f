"""The time of what a sender gives no time of: when it came, so that the last of one request wins (intake.md §3)."""

from __future__ import annotations

from collections import Counter


class ReceivedTimes:
    """The receipt of one request, one ms later with each further element of the same order."""

    def __init__(self, received_ms: int) -> None:
        self._received_ms = received_ms
        self._orders: Counter[str] = Counter()

    def next_of(self, order: str) -> int:
        """ms of one more element of an order."""
        time = self._received_ms + self._orders[order]
        self._orders[order] += 1
        return time
