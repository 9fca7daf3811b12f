"""Waiting for others within a time limit: what this process itself stood still for is not held against them.

A process that was stopped, or was given no processor, finds when it goes on that its limit has passed, though what it
waited for came long ago and only needs to be looked at.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import Any, Final, TypeVar

LOOK_S: Final = 0.25
"""A wait is made of looks of this length at most."""
LATE_S: Final = 0.25
"""A look that ends so much later than it was to was a standstill."""
STANDSTILLS_MOST: Final = 3
"""Those after it count: where a process hardly gets on at all, waiting still ends."""

_Answer = TypeVar("_Answer")


def despite_standstill(ask: Callable[[], _Answer], timeout_s: float, failure: type[Exception]) -> _Answer:
    """What `ask` returns, which raises `failure` after `timeout_s`. It is called again where this process stood still
    meanwhile; raises what it raises then."""
    began = time.monotonic()
    try:
        return ask()
    except failure:
        if time.monotonic() - began <= timeout_s + LATE_S:
            raise
    return ask()


class Patience:
    """A time limit for one or several waits after one another. For one thread or coroutine."""

    def __init__(self, timeout_s: float) -> None:
        self._left_s = timeout_s
        self._standstills = 0

    @property
    def is_over(self) -> bool:
        """Whether the limit has been reached."""
        return self._left_s <= 0

    async def wait(self, futures: Collection[asyncio.Future[Any]]) -> bool:
        """Whether one of them is done in time. Cancels none."""
        while True:
            with self._look() as look_s:
                done, _ = await asyncio.wait(futures, timeout=look_s, return_when=asyncio.FIRST_COMPLETED)
            if done or self.is_over:
                return bool(done)

    async def pause(self, seconds: float) -> None:
        """Let others go on for so long."""
        with self._look(seconds) as look_s:
            await asyncio.sleep(look_s)

    def wait_for(self, condition: threading.Condition, holds: Callable[[], bool]) -> bool:
        """Whether it holds in time. The thread has the condition's lock, and looks when it is notified."""
        while True:
            with self._look() as look_s:
                does_hold = condition.wait_for(holds, look_s)
            if does_hold or self.is_over:
                return does_hold

    def pause_in_thread(self, seconds: float) -> None:
        """Hold up the thread for so long."""
        with self._look(seconds) as look_s:
            time.sleep(look_s)

    @contextmanager
    def _look(self, look_s: float = LOOK_S) -> Iterator[float]:
        """How long to wait inside, at most; what it took counts, unless it was a standstill."""
        asked_s, begun = max(0.0, min(look_s, self._left_s)), time.monotonic()
        yield asked_s
        took_s = time.monotonic() - begun
        if took_s > asked_s + LATE_S and self._standstills < STANDSTILLS_MOST:
            self._standstills += 1
        else:
            self._left_s -= took_s
