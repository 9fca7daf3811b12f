"""How often somebody may ask: a bucket for each that fills steadily, and gives as long as there is something in it."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final, NamedTuple

KEYS_MAX: Final = 20_000
"""Buckets that are kept; the one that was not asked for longest makes room, and is full when it comes back."""


class Taken(NamedTuple):
    """What came of one request."""

    is_allowed: bool
    remaining: int
    """How many more are allowed at once."""
    retry_after_s: int
    """When the next one is allowed, in whole seconds; 0: at once."""
    full_after_s: int
    """When the bucket is as full as it can be."""


class Rates:
    """A bucket for each key; not for use by several threads."""

    def __init__(self, per_s: float, burst: int, now: Callable[[], float] = time.monotonic) -> None:
        self._per_s = per_s
        self._burst = burst
        self._now = now
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        """By key: how much was in it, and when."""

    def take(self, key: str) -> Taken:
        """One request of this key."""
        now = self._now()
        held, since = self._buckets.pop(key, (float(self._burst), now))
        held = min(self._burst, held + (now - since) * self._per_s)
        is_allowed = held >= 1
        held -= is_allowed
        self._buckets[key] = held, now
        if len(self._buckets) > KEYS_MAX:
            self._buckets.popitem(last=False)
        return Taken(
            is_allowed,
            remaining=int(held),
            retry_after_s=0 if held >= 1 else math.ceil((1 - held) / self._per_s),
            full_after_s=math.ceil((self._burst - held) / self._per_s),
        )
