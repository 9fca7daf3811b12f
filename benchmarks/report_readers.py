"""Readers over HTTP whose questions are timed: each asks again when it is answered, or when the next one is due."""

from __future__ import annotations

import random
import re
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from typing import Final
from urllib.parse import urlsplit

_BUFFER_BYTES: Final = 4 * 1_048_576
_LENGTH: Final = re.compile(rb"\r\ncontent-length: *([0-9]+)", re.IGNORECASE)
_OK: Final = b"HTTP/1.1 200 "


class Reader(threading.Thread):
    """Asks for some paths in turns until it is told to stop, on one connection.

    With `every_s` its questions are due at random moments, so many seconds apart on average, whether or not the one
    before has been answered. A time counts from when the question was due: who waits for an earlier answer waits too.
    Without it a question is due as soon as the one before is answered.
    """

    def __init__(
        self, url: str, token: str, paths: Sequence[str], ending: threading.Event, seed: int, every_s: float = 0.0
    ) -> None:
        super().__init__(daemon=True)
        self._url, self._ending = url, ending
        self._connection, self._buffer = _connect(url), bytearray(_BUFFER_BYTES)
        self._requests = [(path, _request(url, token, path)) for path in paths]
        self._every_s, self._chance = every_s, random.Random(seed)
        self.times: dict[str, list[float]] = {path: [] for path in paths}
        """Path → seconds from when the question was due to the end of its answer."""
        self.answer_bytes = 0
        self.failure: str | None = None

    def run(self) -> None:
        """Ask."""
        try:
            for due in self._due():
                self._ask(due)
        except OSError as error:
            self.failure = str(error)
        finally:
            self._connection.close()

    def _ask(self, due: float) -> None:
        """For each path; the first is due at `due`, the others at once."""
        for path, request in self._requests:
            due = due or time.perf_counter()
            length = self._answer(request)
            self.times[path].append(time.perf_counter() - due)
            self.answer_bytes = max(self.answer_bytes, length)
            due = 0.0

    def _answer(self, request: bytes) -> int:
        """Ask and receive the answer into the buffer. Returns how long its body is, bytes."""
        # A server lets go of a connection that rests: its end is received, or a reset where the request came after it.
        try:
            received = self._first_bytes(request)
        except (BrokenPipeError, ConnectionResetError):
            received = 0
        if not received:
            self._connection.close()
            self._connection = _connect(self._url)
            received = self._first_bytes(request)
        return _receive(self._connection, self._buffer, received)

    def _first_bytes(self, request: bytes) -> int:
        """Ask, and receive what comes first. Returns how many bytes, 0 where the connection has ended."""
        self._connection.sendall(request)
        return self._connection.recv_into(self._buffer)

    def _due(self) -> Iterator[float]:
        """When the next question is due; 0: at once."""
        if not self._every_s:
            while not self._ending.is_set():
                yield 0.0
            return
        due = time.perf_counter()
        while True:
            due += self._chance.expovariate(1 / self._every_s)
            if self._ending.wait(max(0.0, due - time.perf_counter())):
                return
            yield due


def ask_once(url: str, token: str, path: str) -> None:
    """Ask, and wait for the answer. Raises `OSError` where there is none, or not the right one."""
    with _connect(url) as connection:
        connection.sendall(_request(url, token, path))
        _receive(connection, bytearray(_BUFFER_BYTES), 0)


def _request(url: str, token: str, path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: {urlsplit(url).netloc}\r\nAuthorization: Bearer {token}\r\n\r\n".encode()


def _connect(url: str) -> socket.socket:
    address = urlsplit(url)
    return socket.create_connection((address.hostname, address.port))


def _receive(connection: socket.socket, buffer: bytearray, filled: int) -> int:
    """Receive the rest of an answer, `filled` bytes of which have come. Returns how long its body is, bytes."""
    room, head_end, wanted = memoryview(buffer), -1, _BUFFER_BYTES
    while True:
        if head_end < 0 and (head_end := buffer.find(b"\r\n\r\n", 0, filled)) >= 0:
            found = _LENGTH.search(buffer, 0, head_end)
            if found is None or not buffer.startswith(_OK):
                raise ConnectionError(f"it answered {bytes(buffer[:200])!r}")
            wanted = head_end + 4 + int(found[1])
        if filled >= wanted:
            return filled - head_end - 4
        received = connection.recv_into(room[filled:wanted])
        if not received:
            raise ConnectionError("it closed the connection in the middle of an answer")
        filled += received
