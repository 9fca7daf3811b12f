"""How far a worker that catches up has read, by the times at which records were written."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable
from typing import Final

from confluent_kafka import TIMESTAMP_NOT_AVAILABLE, Message

SILENT_S_MAX: Final = 1.0
"""A topic partition that is not read to its end and brings nothing for so long, its broker may be away, is not waited
for until it brings something."""
EVER: Final = sys.maxsize
_NOTHING: Final = 0


def written_ms(message: Message) -> int:
    """When a record was written, as its producer or broker says, ms since 1970; less than 0: nobody has said."""
    kind, written = message.timestamp()
    return -1 if kind == TIMESTAMP_NOT_AVAILABLE else written


class Watermark:
    """The least of the times up to which the topic partitions of a worker are read that others wait for.

    Those that are read to their end, say nothing of time or have nothing to say are not waited for. Of the worker's
    thread alone.
    """

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s = now_s
        self._read_to: dict[str, int] = {}
        self._silent_since_s: dict[str, float] = {}

    def begin(self, unit: str) -> None:
        """A topic partition is about to be read."""
        self._read_to.setdefault(unit, _NOTHING)

    def read(self, unit: str, last_ms: int) -> None:
        """A poll has brought records, of which the last was written then."""
        self._silent_since_s.pop(unit, None)
        self._read_to[unit] = max(self._read_to.get(unit, _NOTHING), last_ms) if last_ms >= 0 else EVER

    def read_nothing(self, unit: str) -> None:
        """A poll has brought nothing of it."""
        if unit not in self._read_to:
            return
        now_s = self._now_s()
        if now_s - self._silent_since_s.setdefault(unit, now_s) > SILENT_S_MAX:
            self.ended([unit])

    def ended(self, units: Iterable[str]) -> None:
        """These are read to their ends, or are read no more."""
        for unit in units:
            self._read_to.pop(unit, None)
            self._silent_since_s.pop(unit, None)

    def value_ms(self) -> int:
        """What was written up to then is read; `EVER`: nothing is to be waited for."""
        return min(self._read_to.values(), default=EVER)
