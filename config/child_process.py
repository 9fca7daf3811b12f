"""How a process of this program starts another: with its own modules, whatever packages the current folder has."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from config.early_signals import STOPPED_BY


def python_environment() -> dict[str, str]:
    """The environment for a child that runs Python: it imports from where this process does, and from nowhere else."""
    path = os.pathsep.join(os.path.abspath(folder) for folder in sys.path)  # noqa: PTH100 - "" is the current folder
    return {**os.environ, "PYTHONPATH": path, "PYTHONSAFEPATH": "1"}


@contextmanager
def stop_signals_blocked() -> Iterator[None]:
    """A child that is started inside begins with the signals blocked that ask it to end.

    They reach the whole group, perhaps while it still imports, and wait until it has handlers. It is this process that
    ends it.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, STOPPED_BY)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def unblock_stop_signals() -> None:
    """In a child that was started so: its handlers are in place."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPED_BY)
