"""Waiting for a condition: the one place in the tests where time passes by itself."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Final

PATIENCE_S: Final = 120.0
"""After which something that has to happen is taken to have failed."""
_POLL_S: Final = 0.002
_POLL_S_MAX: Final = 0.05
_POLL_SHARE: Final = 0.05
"""Of the time that was waited already: what takes long is not asked after all the time, and is known almost as soon."""


def await_that(holds: Callable[[], bool], what: str | Callable[[], str]) -> None:
    """Wait until it holds. Raises AssertionError that says `what` did not come about, and whatever `holds` raises."""
    begun = time.monotonic()
    while not holds():
        waited_s = time.monotonic() - begun
        assert waited_s < PATIENCE_S, f"never came: {what if isinstance(what, str) else what()}"
        time.sleep(_pause_s(waited_s))


async def await_in_loop(holds: Callable[[], bool], what: str) -> None:
    """`await_that`, which lets the event loop go on."""
    begun = time.monotonic()
    while not holds():
        waited_s = time.monotonic() - begun
        assert waited_s < PATIENCE_S, f"never came: {what}"
        await asyncio.sleep(_pause_s(waited_s))


def stand_still(seconds: float) -> None:
    """Hold up this thread, and the event loop that runs in it, as a machine does that has no processor for them."""
    time.sleep(seconds)


def _pause_s(waited_s: float) -> float:
    return min(_POLL_S_MAX, max(_POLL_S, _POLL_SHARE * waited_s))
