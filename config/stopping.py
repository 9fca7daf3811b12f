"""How a process is asked to end: by SIGTERM, Ctrl-C or a closed terminal, noticed where it can end cleanly."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Final

from config.early_signals import STOPPED_BY, take_early_signal

INTERRUPTED_STATUS: Final = 128 + signal.SIGINT
"""As shells have it."""
_POLL_S: Final = 0.1


@dataclass(slots=True)
class StopRequest:
    """Set by the handlers of the signals; sources end at their next batch."""

    requested: bool = False
    by: int | None = None
    """The signal that asked for it first."""


@contextmanager
def stop_signals(stop: StopRequest, signals: Sequence[signal.Signals] = STOPPED_BY) -> Iterator[None]:
    """The first of these signals sets `stop`, so that everything is written and closed; a second one ends at once.

    The first may have come before (`config.early_signals`).
    """

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
    early = take_early_signal()
    if early is not None and not stop.requested:
        stop.requested, stop.by = True, early
    try:
        yield
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)


@contextmanager
def ends_within(seconds: float, stop: StopRequest, status: Callable[[int | None], int]) -> Iterator[None]:
    """Once a stop is requested, what is inside has so long to end; then the process ends, wherever it is.

    For what may hang in a call to a server that is away, and loses nothing by it. `status`: the exit status for the
    signal that asked for the stop.
    """
    is_over = threading.Event()

    def watch() -> None:
        while not stop.requested:
            if is_over.wait(_POLL_S):
                return
        if is_over.wait(seconds):
            return
        # Only here: every command imports this module, and few of them log.
        import structlog

        structlog.get_logger().warning("stopped before all was written; the next start repeats it", waited_s=seconds)
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(status(stop.by))

    threading.Thread(target=watch, name="end-in-time", daemon=True).start()
    try:
        yield
    finally:
        is_over.set()
