"""Reading and decoding in a process of its own: what a worker gives to it or asks of it, and the program that it runs.

Decoding costs about as much as all that is done with an event afterwards, and a process of Python uses one core.
"""

from __future__ import annotations

import gc
import os
import select
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Callable
from typing import Final

import msgspec

from config.child_process import python_environment, stop_signals_blocked
from config.crash_traces import leave_crash_traces
from connectors.decoding.decoder import Decoded
from connectors.decoding.decoder_choice import chosen_decode
from connectors.decoding.file_readers import FileReaders, ReadAndDecoded, chosen_cut
from connectors.decoding.joined_lines import JoinedLines, joined, pack_lines_into
from connectors.decoding.memory_frames import Frames
from connectors.files.asked_reading import Ask, ReadOn
from connectors.sources.raw_lines import Lines
from state.changes import UNKNOWN

_READY: Final = b""
"""The first frame that the process sends."""
_GRACE_S: Final = 10.0
_GC_THRESHOLDS: Final = (100_000, 50, 1_000)
"""A batch makes no cycles."""


class DecodingFailed(RuntimeError):
    """The decoding process has ended before its worker."""


Answer = Decoded | ReadAndDecoded

_encode_into: Final = msgspec.msgpack.Encoder().encode_into
_decode_decoded: Final[Callable[[memoryview], Answer]] = msgspec.msgpack.Decoder(Decoded).decode
_decode_reading: Final[Callable[[memoryview], Answer]] = msgspec.msgpack.Decoder(ReadAndDecoded).decode
_decode_request: Final[Callable[[memoryview], JoinedLines | ReadOn]] = msgspec.msgpack.Decoder(
    JoinedLines | ReadOn
).decode


class DecodingProcess:
    """Decodes batches, one after the other. Ends when the process that made it does, however that ends."""

    def __init__(self) -> None:
        """Starts it; it takes a second or two to be ready."""
        ours, theirs = socket.socketpair()
        self._frames = Frames(ours)
        self._packed = bytearray()
        with theirs:
            command = [sys.executable, "-m", "connectors.decoding.process"]
            # One to the whole group is the worker's to act on; it still needs what it has given to this process.
            with stop_signals_blocked():
                self._process = subprocess.Popen(command, stdin=theirs.fileno(), env=python_environment())
        self._readable = select.poll()
        self._readable.register(self._frames, select.POLLIN)
        self._is_ready = False
        self._asked: deque[tuple[int, Callable[[memoryview], Answer]]] = deque()
        self._answers: dict[int, Answer] = {}
        self._last_ticket = 0

    @property
    def is_ready(self) -> bool:
        """Whether it has started; until then nothing may be submitted. Raises `DecodingFailed`."""
        self._receive()
        return self._is_ready

    def submit(self, lines: Lines, read_ms: int = UNKNOWN) -> int:
        """Give a batch, read at `read_ms`. Returns the number to ask for it by. Raises `DecodingFailed`."""
        pack_lines_into(joined(lines, read_ms), self._packed)
        return self._send(_decode_decoded)

    def ask(self, ask: Ask, *, notes_time: bool = False) -> int:
        """Ask for what is to be read; closes the file that goes with it. `notes_time`: whether events know when they
        were read. The rest as of `submit`."""
        try:
            _encode_into(msgspec.structs.replace(ask.request, notes_time=notes_time), self._packed)
            return self._send(_decode_reading, ask.opened)
        finally:
            if ask.opened is not None:
                os.close(ask.opened)

    def _send(self, decode: Callable[[memoryview], Answer], passed: int | None = None) -> int:
        try:
            self._frames.send(self._packed, passed)
        except OSError as error:
            raise self._failed() from error
        self._last_ticket += 1
        self._asked.append((self._last_ticket, decode))
        return self._last_ticket

    def is_done(self, ticket: int) -> bool:
        """Whether a batch is decoded, or what was asked for is there. Raises `DecodingFailed`."""
        if ticket not in self._answers:
            self._receive()
        return ticket in self._answers

    def take(self, ticket: int) -> Answer:
        """What is done; once."""
        return self._answers.pop(ticket)

    def _receive(self) -> None:
        """Take what has arrived."""
        while self._readable.poll(0):
            frame = self._frames.receive()
            if frame is None:
                raise self._failed()
            if self._is_ready:
                ticket, decode = self._asked.popleft()
                self._answers[ticket] = decode(frame)
            else:
                assert not frame
                self._is_ready = True

    def _failed(self) -> DecodingFailed:
        self.close()
        return DecodingFailed(f"the decoding process ended (status {self._process.returncode})")

    def close(self) -> None:
        """End it. What it has not decoded is lost."""
        self._frames.close()
        if not self._is_ready:  # it may compile kernels, and would hear of this long after the worker had to end
            self._process.kill()
        try:
            self._process.wait(_GRACE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def main() -> None:
    """Do what is asked for on the socket that is stdin, until its other end is gone."""
    leave_crash_traces()
    gc.set_threshold(*_GC_THRESHOLDS)
    decode = chosen_decode()
    readers = FileReaders(decode, chosen_cut())
    frames = Frames(socket.socket(fileno=sys.stdin.fileno()))
    packed = bytearray()
    try:
        frames.send(_READY)
        while (frame := frames.receive()) is not None:
            request = _decode_request(frame)
            if isinstance(request, ReadOn):
                _encode_into(readers.read_on(request, frames.take_passed()), packed)
            else:
                _encode_into(decode(request), packed)
            frames.send(packed)
    except (BrokenPipeError, ConnectionResetError):
        pass  # the worker is gone, and nobody else waits for the answer
    finally:
        readers.close()
        frames.close()


if __name__ == "__main__":
    main()
