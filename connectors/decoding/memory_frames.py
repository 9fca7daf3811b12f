"""Frames of any size between two processes of this machine: in memory files, handed over through a socket.

Through a pipe, a writer waits until the reader has taken all but the last 64 KiB, and each piece of that wakes one of
them up. Here neither waits for the other: a frame is written whole, and what goes through the socket is its length.

Whoever has read a frame has its file, and writes a later frame into it: memory that is new to a process costs it
several times what copying does.
"""

from __future__ import annotations

import os
import socket
import tempfile
from typing import Final

SPARE_FILES_MAX: Final = 8
SPARE_BYTES_MAX: Final = 16_777_216
"""A longer frame has a file and memory of its own, which are given back to the system when it is read."""

_LENGTH_BYTES: Final = 8


class Frames:
    """One end of a socket. Where each frame is answered, the same files go to and fro."""

    def __init__(self, channel: socket.socket) -> None:
        """`channel` is closed by `close`."""
        self._channel = channel
        self._spare: list[int] = []
        self._passed: list[int] = []
        self._room = memoryview(bytearray(SPARE_BYTES_MAX))

    def fileno(self) -> int:
        """What becomes readable when a frame has come, or the other end is gone."""
        return self._channel.fileno()

    def send(self, frame: bytes | bytearray, passed: int | None = None) -> None:
        """Hand a frame over, and with it a duplicate of an open file if its descriptor is `passed`. Raises `OSError` if
        the other end is gone."""
        file = self._spare.pop() if self._spare else _memory_file()
        try:
            rest = memoryview(frame)
            while rest:
                rest = rest[os.pwrite(file, rest, len(frame) - len(rest)) :]
            files = [file] if passed is None else [file, passed]
            socket.send_fds(self._channel, [len(frame).to_bytes(_LENGTH_BYTES, "big")], files)
        finally:
            os.close(file)

    def receive(self) -> memoryview | None:
        """The next frame, waited for, which holds until the one after it; None if the other end is gone."""
        self._close_passed()
        try:
            length, files, _, _ = socket.recv_fds(self._channel, _LENGTH_BYTES, 2)
        except ConnectionResetError:
            return None
        if not length:
            return None
        self._passed += files[1:]
        file, size = files[0], int.from_bytes(length, "big")
        frame = self._room[:size] if size <= SPARE_BYTES_MAX else memoryview(bytearray(size))
        try:
            _read(file, frame)
        finally:
            self._keep(file, size)
        return frame

    def take_passed(self) -> int | None:
        """The descriptor of the file that came with the last frame, to be closed by the caller; once."""
        return self._passed.pop() if self._passed else None

    def _close_passed(self) -> None:
        while self._passed:
            os.close(self._passed.pop())

    def _keep(self, file: int, size: int) -> None:
        if size <= SPARE_BYTES_MAX and len(self._spare) < SPARE_FILES_MAX:
            self._spare.append(file)
        else:
            os.close(file)

    def close(self) -> None:
        """Send and receive nothing more; what was sent can still be received at the other end."""
        self._channel.close()
        self._close_passed()
        while self._spare:
            os.close(self._spare.pop())


def _read(file: int, frame: memoryview) -> None:
    read = 0
    while read < len(frame):
        read += os.preadv(file, [frame[read:]], read)


def _memory_file() -> int:
    if hasattr(os, "memfd_create"):
        return os.memfd_create("lasttouch")
    # Elsewhere than on Linux: a file without a name.
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())
