"""A signal that asks a process to end before it has come so far that it can end in order: it is kept until then.

A command imports for a second before it begins. By itself Python would end there by the signal or with a traceback,
whatever the command ends with when it is asked to.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

STOPPED_BY: Final = (signal.SIGTERM, signal.SIGINT)

_Handler = Callable[[int, FrameType | None], object] | int | None


class _Early:
    """The signal that has come, and what would have been done about it."""

    def __init__(self) -> None:
        self.number: int | None = None
        self._before: dict[signal.Signals, _Handler] = {}

    def begin(self) -> None:
        self.number = None
        self._before = {number: signal.signal(number, self._handle) for number in STOPPED_BY}

    def end(self) -> None:
        before, self._before = self._before, {}
        for number, handler in before.items():
            signal.signal(number, handler)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        del frame
        if self.number is not None:
            # Whoever asks twice does not want to wait.
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
        self.number = number


_EARLY: Final = _Early()
"""One for the process, as handlers are."""


@contextmanager
def early_signals_kept() -> Iterator[None]:
    """The first signal is kept for who takes it; a second one ends the process at once."""
    _EARLY.begin()
    try:
        yield
    finally:
        _EARLY.end()


def take_early_signal() -> int | None:
    """The one that was kept, once. For who ends in order by itself, when its own handlers are in place."""
    number, _EARLY.number = _EARLY.number, None
    return number


def let_signals_act() -> None:
    """Keep none from here on, for what loses nothing when it is cut off. The one that was kept acts now."""
    _EARLY.end()
    number = take_early_signal()
    if number is not None:
        signal.raise_signal(number)
