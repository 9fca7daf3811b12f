"""Waiting for conditions, all of it within one deadline, and while the run that is to bring them about is alive."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from tests.waiting import await_that

_ONE_S_MAX: Final = 75.0
"""How long one thing may take: a cluster that starts again on a busy machine, and then catches up."""


class Waiting:
    """Seconds since the start, and the end of all patience."""

    def __init__(self, whole_s: float, check: Callable[[], None]) -> None:
        """`whole_s`: after which nothing more is waited for. `check`: raises when waiting has no use any more."""
        self._start = time.monotonic()
        self._whole_s = whole_s
        self._check = check

    def elapsed_s(self) -> float:
        return time.monotonic() - self._start

    def until(self, holds: Callable[[], bool], what: Callable[[], str], within_s: float = _ONE_S_MAX) -> None:
        """Wait until it holds. Raises AssertionError that says `what` did not come about."""
        began = self.elapsed_s()

        def holds_in_time() -> bool:
            if holds():
                return True
            self._check()
            now = self.elapsed_s()
            assert now - began < within_s, f"not within {within_s:g} s: {what()}"
            assert now < self._whole_s, f"the chaos run has taken {self._whole_s:g} s; waiting for: {what()}"
            return False

        await_that(holds_in_time, what)
