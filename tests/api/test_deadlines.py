"""A deadline of a connection that passed while the server stood still: what came meanwhile is read first."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

import uvicorn
from litestar.types import Receive, Scope, Send
from uvicorn.server import ServerState

from api.protocol import BoundedProtocol
from api.streams import OpenStreams
from config.http_limits import HttpLimits
from connectors.patience import LATE_S
from tests.waiting import PATIENCE_S, await_in_loop, stand_still

DEADLINE_S: Final = 1
LIMITS: Final = HttpLimits(
    headers_timeout_s=DEADLINE_S, body_timeout_s=DEADLINE_S, silent_reader_timeout_s=int(PATIENCE_S)
)
REQUEST: Final = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


async def said(scope: Scope, receive: Receive, send: Send) -> None:
    """An application that says hello."""
    del scope, receive
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"5")]})
    await send({"type": "http.response.body", "body": b"hello", "more_body": False})


class Connection:
    """Both its ends, in one thread: nothing is read while a test does not wait."""

    def __init__(self, protocol: BoundedProtocol, client: socket.socket) -> None:
        self.protocol = protocol
        self._client = client

    def say(self, words: bytes) -> None:
        self._client.sendall(words)

    async def hears(self, words: bytes) -> bool:
        """Whether they are said, and not the connection closed before."""
        heard = b""
        async with asyncio.timeout(PATIENCE_S):
            while words not in heard:
                piece = await asyncio.get_running_loop().sock_recv(self._client, 65_536)
                if not piece:
                    return False
                heard += piece
        return True


@asynccontextmanager
async def connected() -> AsyncIterator[Connection]:
    loop = asyncio.get_running_loop()
    app: Any = said
    config = uvicorn.Config(app, log_config=None, access_log=False, timeout_keep_alive=DEADLINE_S, lifespan="off")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        theirs = socket.create_connection(listening.getsockname())
        ours, _ = listening.accept()
    theirs.setblocking(False)
    with ours, theirs:
        _, protocol = await loop.connect_accepted_socket(
            lambda: BoundedProtocol(LIMITS, OpenStreams(), config=config, server_state=ServerState(), app_state={}),
            ours,
        )
        yield Connection(protocol, theirs)
        protocol.transport.abort()


def deadline_passes(when: Callable[[], asyncio.TimerHandle | None], give_up: Callable[[], None]) -> None:
    """As in a loop that stood still after it had looked at its connections, and before it looked at its clock."""
    timer = when()
    assert timer is not None
    stand_still(DEADLINE_S + 2 * LATE_S)
    timer.cancel()
    give_up()


def test_a_request_on_a_connection_that_was_kept_is_answered() -> None:
    async def ask() -> None:
        async with connected() as connection:
            connection.say(REQUEST)
            assert await connection.hears(b"hello")
            protocol = connection.protocol
            await await_in_loop(lambda: protocol.timeout_keep_alive_task is not None, "it is kept")
            connection.say(REQUEST)
            deadline_passes(lambda: protocol.timeout_keep_alive_task, protocol.timeout_keep_alive_handler)
            assert await connection.hears(b"hello")
            assert not await connection.hears(b"hello"), "it is let go when nothing more is asked"

    asyncio.run(ask())


def test_the_rest_of_a_request_is_read() -> None:
    async def ask() -> None:
        async with connected() as connection:
            connection.say(REQUEST[:10])
            protocol = connection.protocol
            await await_in_loop(lambda: protocol._arrived_bytes == 10, "its beginning is read")
            connection.say(REQUEST[10:])
            deadline_passes(lambda: protocol._reading_deadline, lambda: protocol._give_up_sender(DEADLINE_S))
            assert await connection.hears(b"hello")

    asyncio.run(ask())


def test_who_says_nothing_is_let_go_nevertheless() -> None:
    async def ask() -> None:
        async with connected() as connection:
            protocol = connection.protocol
            deadline_passes(lambda: protocol._reading_deadline, lambda: protocol._give_up_sender(DEADLINE_S))
            assert not await connection.hears(b"hello")

    asyncio.run(ask())
