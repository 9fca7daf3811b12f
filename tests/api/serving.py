"""A real `lasttouch serve`, as those see it who reach it over the network."""

from __future__ import annotations

import json
import os
import signal
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

import httpx
import psutil
import uvicorn
from litestar.types import ASGIApp

from config.tokens_file import Role
from tests.api.asking import Tokens, make_tokens
from tests.servers.commands import own_environment, start_command
from tests.waiting import PATIENCE_S, await_that

COMMAND: Final = ("serve", "--port", "0")


class Served:
    """One server process. Its log is kept in the folder."""

    def __init__(self, folder: Path, redis_url: str, tokens: Tokens, environment: Mapping[str, str]) -> None:
        self.tokens = tokens
        self._log = folder / "serve.log"
        told = {"LASTTOUCH_TOKENS": str(folder / "tokens.toml"), "LASTTOUCH_REDIS_URL": redis_url, **environment}
        address, address_end = os.pipe()
        with open(address, encoding="utf-8") as said, self._log.open("ab") as log:  # noqa: PTH123 - a descriptor
            self.process = start_command(COMMAND, own_environment() | told, address_end, log.fileno())
            os.close(address_end)
            self.url = said.readline().strip()
        assert self.url.startswith("http://127.0.0.1:"), self.log
        self.port = int(self.url.rpartition(":")[2])
        self.client = self._new_client()

    @property
    def as_seen(self) -> psutil.Process:
        """What the machine tells of the process."""
        return psutil.Process(self.process.pid)

    @property
    def log(self) -> str:
        return self._log.read_text()

    def requests_logged(self) -> list[dict[str, Any]]:
        lines = [json.loads(line) for line in self.log.splitlines()]
        return [line for line in lines if line["event"] == "request"]

    def get(self, path: str, role: Role = Role.ADMIN, **more: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.tokens['acme', role]}", **more.pop("headers", {})}
        return self.client.get(path, headers=headers, **more)

    def forget_connections(self) -> None:
        """Close those that are kept for the next request."""
        self.client.close()
        self.client = self._new_client()
        await_connections(self, 0)

    def _new_client(self) -> httpx.Client:
        """It uses no connection again that the server may be about to let go of, which it does after five seconds."""
        return httpx.Client(base_url=self.url, timeout=PATIENCE_S, limits=httpx.Limits(keepalive_expiry=2.0))

    def connect(self, receive_buffer: int | None = None) -> socket.socket:
        """A connection that says nothing yet; `receive_buffer`: how many bytes come to it before it reads any."""
        connection = socket.socket()
        connection.settimeout(PATIENCE_S)
        if receive_buffer is not None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        connection.connect(("127.0.0.1", self.port))
        return connection

    def answer_to(self, *pieces: bytes) -> bytes:
        """All that comes back on a connection that says this, until it is closed."""
        with closing(self.connect()) as connection:
            try:
                for piece in pieces:
                    connection.sendall(piece)
            except OSError:
                pass  # it was closed in the middle: what it said before that can be read
            return read_to_end(connection)

    def end(self) -> int:
        """Its exit status after SIGTERM."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE_S)


def read_to_end(connection: socket.socket) -> bytes:
    """What comes until the connection is closed, or reset."""
    came = bytearray()
    try:
        while piece := connection.recv(65_536):
            came += piece
    except ConnectionResetError:
        pass
    return bytes(came)


@contextmanager
def serving(folder: Path, redis_url: str, **environment: str) -> Iterator[Served]:
    """A server that is ended at the end, if it has not ended by itself."""
    tokens_file = folder / "tokens.toml"
    served = Served(folder, redis_url, {} if tokens_file.exists() else make_tokens(tokens_file), environment)
    try:
        yield served
    finally:
        served.client.close()
        if served.process.poll() is None:
            served.process.kill()
            served.process.wait(PATIENCE_S)


def memory_bytes(served: Served) -> int:
    """What the process has in memory."""
    return int(served.as_seen.memory_info().rss)


def await_connections(served: Served, count: int) -> None:
    """Wait until the server holds so many connections."""

    def held() -> int:
        return sum(one.status == psutil.CONN_ESTABLISHED for one in served.as_seen.net_connections("tcp"))

    await_that(lambda: held() == count, lambda: f"{count} connections, but {held()}")


@contextmanager
def listening(app: ASGIApp) -> Iterator[str]:
    """The address of an application that is served in a thread, for clients that need one."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, access_log=False, ws="none"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        await_that(lambda: server.started, "the server's start")
        host, port = server.servers[0].sockets[0].getsockname()
        yield f"http://{host}:{port}"
    finally:
        server.should_exit = True
        thread.join()
