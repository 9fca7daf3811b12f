"""Those who follow `/v1/live` over the network: many at once, as raw connections in one event loop."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

from config.tokens_file import Role
from tests.api.serving import Served
from tests.waiting import await_in_loop

LINE_BYTES_MAX = 2**20


class LiveStream:
    """One reader. What it was told is in `told`; `is_open` until the server closes the connection."""

    def __init__(self, served: Served, role: Role = Role.ADMIN, account: str = "acme") -> None:
        self.told: list[tuple[str, Any]] = []
        self.status = 0
        self.head: dict[str, str] = {}
        self.is_open = True
        self._port = served.port
        self._token = served.tokens[account, role]
        self._task = asyncio.create_task(self._follow())

    @property
    def totals(self) -> dict[str, Any]:
        """What it was told last of today; empty: nothing yet."""
        return next((data for event, data in reversed(self.told) if event == "totals"), {})

    async def until(self, holds: Callable[[LiveStream], bool]) -> None:
        def is_so() -> bool:
            assert not self._task.done() or self._task.exception() is None, self._task.exception()
            return holds(self)

        await await_in_loop(is_so, "what is awaited of a live stream")

    async def close(self) -> None:
        self._task.cancel()
        await asyncio.wait([self._task])

    async def _follow(self) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port, limit=LINE_BYTES_MAX)
        try:
            said = ("GET /v1/live HTTP/1.1", "Host: x", "Accept-Encoding: gzip", f"Authorization: Bearer {self._token}")
            writer.write("".join(f"{line}\r\n" for line in (*said, "")).encode())
            await self._read_head(reader)
            await self._read_events(reader)
        except (ConnectionResetError, asyncio.IncompleteReadError):
            pass
        finally:
            self.is_open = False
            writer.close()

    async def _read_head(self, reader: asyncio.StreamReader) -> None:
        status, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().strip().split("\r\n")
        self.status = int(status.split(" ")[1])
        self.head = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}

    async def _read_events(self, reader: asyncio.StreamReader) -> None:
        """Each event is a chunk of its own, and its lines are none of HTTP's."""
        event = ""
        while line := await reader.readline():
            name, _, value = line.decode().rstrip("\n").partition(": ")
            match name:
                case "event":
                    event = value
                case "data":
                    self.told.append((event, json.loads(value)))
                case ":":
                    self.told.append(("", None))
                case _:
                    pass
