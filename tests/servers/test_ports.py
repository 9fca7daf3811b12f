"""A port that a test has asked for stays its own."""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable

import pytest

from tests.servers.ports import own_port, own_ports

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nothing holds a port for another process")


def _is_given_away(port: int) -> bool:
    """Whether whoever takes a port only for itself, as a look for a free one does, can have it."""
    with socket.socket() as other:
        try:
            other.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


@pytest.mark.parametrize("asked", [own_port, lambda: own_ports(3) + 1])
def test_nobody_else_has_it_and_servers_come_and_go(asked: Callable[[], int]) -> None:
    port = asked()
    assert not _is_given_away(port)
    for _ in range(2):
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port))
        with socket.create_server(("127.0.0.1", port)) as server, socket.create_connection(server.getsockname()):
            server.accept()[0].close()
        assert not _is_given_away(port)


def test_a_row_is_one_that_nobody_has() -> None:
    rows = [range(first, first + 4) for first in (own_ports(4) for _ in range(20))]
    assert len({port for row in rows for port in row}) == 80
