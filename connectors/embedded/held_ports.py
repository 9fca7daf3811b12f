"""Ports of 127.0.0.1 for servers that are started by number: nobody else is given one of them before its server
listens, or while that is ended and started again."""

from __future__ import annotations

import socket
import sys
from typing import Final

_CAN_HOLD: Final = sys.platform == "linux"
"""There a port that is bound, by a socket that does not listen, is given to nobody who asks for any; those listen on it
who ask for this one with SO_REUSEADDR, as servers do. Elsewhere it is only one that was free a moment ago."""


def bound_port(port: int = 0) -> socket.socket:
    """A socket that has this port, or any, for itself alone. Raises `OSError` where somebody has it."""
    bound = socket.socket()
    try:
        bound.bind(("127.0.0.1", port))
    except OSError:
        bound.close()
        raise
    return bound


def hold(bound: socket.socket) -> None:
    """Let a server listen on the port of a bound socket, and nobody else have it until the socket is closed."""
    if _CAN_HOLD:
        # Only now: two that look for ports like this would both get it.
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    else:
        bound.close()
