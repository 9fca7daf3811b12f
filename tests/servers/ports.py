"""Ports of 127.0.0.1 for what a test starts by number: nobody else is given one of them before it listens, or while it
is killed and started again."""

from __future__ import annotations

import atexit
import random
import socket
from contextlib import ExitStack
from typing import Final

from connectors.embedded.held_ports import bound_port, hold

_HELD: Final = ExitStack()
"""Until this process ends: a test run asks for some dozens."""
atexit.register(_HELD.close)
_TRIES: Final = 100
_RANDOM: Final = random.SystemRandom()


def own_port() -> int:
    """A port that stays this process's to give away. Until somebody listens there, connections to it are refused.

    Elsewhere than on Linux it is only one that was free a moment ago.
    """
    holding = bound_port()
    port = int(holding.getsockname()[1])
    _hold(holding)
    return port


def own_ports(count: int) -> int:
    """The first of so many such ports in a row."""
    for _ in range(_TRIES):
        # Below those that Linux gives to whoever asks for any. Other processes of tests look here, too.
        first = _RANDOM.randrange(21_000, 29_000 - count)
        with ExitStack() as bound:
            try:
                row = [bound.enter_context(bound_port(port)) for port in range(first, first + count)]
            except OSError:
                continue
            bound.pop_all()
        for holding in row:
            _hold(holding)
        return first
    raise AssertionError("no ports are free")


def _hold(bound: socket.socket) -> None:
    hold(bound)
    _HELD.enter_context(bound)
