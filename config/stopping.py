"""How a process is asked to end: by SIGTERM, Ctrl-C or a closed terminal, noticed where it can end cleanly."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Final

STOPPED_BY: Final = (signal.SIGTERM, signal.SIGINT)


@dataclass(slots=True)
class StopRequest:
    """Set by the handlers of the signals; sources end at their next batch."""

    requested: bool = False
    by: int | None = None
    """The signal that asked for it first."""


@contextmanager
def stop_signals(stop: StopRequest, signals: Sequence[signal.Signals] = STOPPED_BY) -> Iterator[None]:
    """The first of these signals sets `stop`, so that everything is written and closed; a second one ends at once."""

    def handle(number: int, frame: FrameType | None) -> None:
        del frame
        if stop.requested:
            raise KeyboardInterrupt
        stop.requested, stop.by = True, number

    kept: dict[signal.Signals, Callable[[int, FrameType | None], object] | int | None] = {}
    for number in signals:
        # Under nohup a closed terminal is no reason to end.
        if not (number is signal.SIGHUP and signal.getsignal(number) is signal.SIG_IGN):
            kept[number] = signal.signal(number, handle)
    try:
        yield
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)
