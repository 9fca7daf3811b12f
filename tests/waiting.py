"""Waiting for a condition: the one place in the tests where time passes by itself."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Final

PATIENCE_S: Final = 120.0
"""After which something that has to happen is taken to have failed."""
_POLL_S: Final = 0.002


def await_that(holds: Callable[[], bool], what: str | Callable[[], str]) -> None:
    """Wait until it holds. Raises AssertionError that says `what` did not come about, and whatever `holds` raises."""
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline, f"never came: {what if isinstance(what, str) else what()}"
        time.sleep(_POLL_S)


async def await_in_loop(holds: Callable[[], bool], what: str) -> None:
    """`await_that`, which lets the event loop go on."""
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline, f"never came: {what}"
        await asyncio.sleep(_POLL_S)
