"""Ports of 127.0.0.1 for what a test starts by number: nobody else is given one of them before it listens, or while it
is killed and started again."""

from __future__ import annotations

import atexit
import random
import socket
import sys
from contextlib import ExitStack
from typing import Final

_HELD: Final = ExitStack()
"""Until this process ends: a test run asks for some dozens."""
atexit.register(_HELD.close)
_TRIES: Final = 100
_RANDOM: Final = random.SystemRandom()


def own_port() -> int:
    """A port that stays this process's to give away. Until somebody listens there, connections to it are refused.

    It is bound by a socket that does not listen. Linux gives it to nobody who asks for any port, and lets those listen
    on it who ask for this one with SO_REUSEADDR, as servers do; elsewhere it is only one that was free a moment ago.
    """
    holding = _bound(0)
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
                row = [bound.enter_context(_bound(port)) for port in range(first, first + count)]
            except OSError:
                continue
            bound.pop_all()
        for holding in row:
            _hold(holding)
        return first
    raise AssertionError("no ports are free")


def _bound(port: int) -> socket.socket:
    bound = socket.socket()
    try:
        bound.bind(("127.0.0.1", port))
    except OSError:
        bound.close()
        raise
    return bound


def _hold(bound: socket.socket) -> None:
    if sys.platform == "linux":
        # Only then: two that look for ports like this would both get it.
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        _HELD.enter_context(bound)
    else:
        bound.close()
