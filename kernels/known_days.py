"""The days of a time zone that orders were made on, as kernels look them up."""

from __future__ import annotations

from bisect import bisect_left
from functools import lru_cache
from typing import Final

import numpy as np

from kernels.layout import Numbers
from state.times import DAY_MS, day_reader

_DAYS_MOST: Final = 2_048
"""Of the 400 that orders are kept, more than enough; with more, it begins anew."""


class KnownDays:
    """Days on which the clock is not changed, so that an hour of them is found by a division."""

    def __init__(self, zone: str) -> None:
        self._reader = day_reader(zone)
        self._begins: list[int] = []
        self._ordinals: list[int] = []
        self._asked: set[int] = set()
        """Days that are known, or of no use."""
        self.numbers: Numbers = np.empty(0, np.int64)
        """Of each when it begins (ms) and its ordinal, ascending; another array when there is one more."""

    def add(self, ms: int) -> None:
        """Know the day of an instant from now on."""
        day = self._reader.day(ms)
        if day in self._asked:
            return
        if len(self._asked) >= _DAYS_MOST:
            self._begins, self._ordinals, self._asked = [], [], set()
        self._asked.add(day)
        span = self._reader.span(ms)
        if span.end - span.begin == DAY_MS:
            place = bisect_left(self._begins, span.begin)
            self._begins.insert(place, span.begin)
            self._ordinals.insert(place, day)
            self.numbers = np.array([self._begins, self._ordinals], np.int64).T.ravel()


@lru_cache(maxsize=1_024)
def known_days(zone: str) -> KnownDays:
    """The one `KnownDays` of a time zone."""
    return KnownDays(zone)
