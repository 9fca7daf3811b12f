"""Frames of any size between two processes of this machine: in memory files, handed over through a socket.

Through a pipe, a writer waits until the reader has taken all but the last 64 KiB, and each piece of that wakes one of
them up. Here neither waits for the other: a frame is written whole, and what goes through the socket is its length.
"""

from __future__ import annotations

import os
import socket
import tempfile
from typing import Final

_LENGTH_BYTES: Final = 8


def send(channel: socket.socket, frame: bytes) -> None:
    """Hand a frame over. Raises `OSError` if the other end is gone."""
    file = _memory_file()
    try:
        rest = memoryview(frame)
        while rest:
            rest = rest[os.write(file, rest) :]
        socket.send_fds(channel, [len(frame).to_bytes(_LENGTH_BYTES, "big")], [file])
    finally:
        os.close(file)


def receive(channel: socket.socket) -> bytes | None:
    """The next frame, waited for; None if the other end is gone."""
    try:
        length, files, _, _ = socket.recv_fds(channel, _LENGTH_BYTES, 1)
    except ConnectionResetError:
        return None
    if not length:
        return None
    try:
        return _read(files[0], int.from_bytes(length, "big"))
    finally:
        os.close(files[0])


def _read(file: int, size: int) -> bytes:
    parts: list[bytes] = []
    read = 0
    while read < size:
        parts.append(os.pread(file, size - read, read))
        read += len(parts[-1])
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _memory_file() -> int:
    if hasattr(os, "memfd_create"):
        return os.memfd_create("lasttouch")
    # Elsewhere than on Linux: a file without a name.
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())
