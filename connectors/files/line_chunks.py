"""A byte stream as chunks of event lines with their numbers, at the cost of one split per chunk."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from connectors.files.decompression import Readable
from connectors.sources.raw_lines import BYTE_ORDER_MARK, MAX_EVENT_BYTES, OVERSIZED_HEAD_BYTES
from state.dead_letters import Oversized

CHUNK_BYTES: Final = 4_194_304
"""What is read together: a stage's calls cost as much for few events as for many."""
_PIECE_BYTES: Final = MAX_EVENT_BYTES
"""A line inside a piece is then never too long, so only a piece's first line has to be looked at."""
_JSON_BLANKS: Final = b" \t\r"
_AROUND_BYTES: Final = len(BYTE_ORDER_MARK) + 1


@dataclass(frozen=True, slots=True)
class LinePosition:
    """Where reading goes on in a stream.

    `offset` (bytes) and `line` (from 1) are those of the next line. `tail_bytes` is the length of the line
    before it if that one was given although no newline closed it, because the file ended there; else 0.
    """

    offset: int = 0
    line: int = 1
    tail_bytes: int = 0

    @property
    def read_from(self) -> int:
        """The offset (bytes) at which the stream has to stand: an unclosed line may have become longer."""
        return self.offset - self.tail_bytes


AT_START: Final = LinePosition()


class Chunk(NamedTuple):
    """Non-blank lines without their newlines, their numbers, and lines that were too long."""

    lines: list[bytes]
    ats: Sequence[int]
    oversized: tuple[Oversized, ...] = ()


@dataclass(frozen=True, slots=True)
class Text:
    """Lines of a file that are neither blank nor too long, one behind the other."""

    text: memoryview
    """Joined by newlines; holds until the next one is read."""
    count: int
    first_at: int


class LineChunks:
    """Cuts a stream that stands at `position.read_from` into chunks, each of one piece or of several.

    A byte order mark at the start of the stream is skipped. A carriage return before a newline belongs to the
    newline. Blank lines are left out, but counted. A line
    that was unclosed at the end of the file last time is given again only if it has become longer.
    """

    def __init__(self, stream: Readable, position: LinePosition, chunk_bytes: int = CHUNK_BYTES) -> None:
        """`chunk_bytes`: that a chunk is read of, at least."""
        assert chunk_bytes >= 1
        self._stream = stream
        self._chunk_bytes = chunk_bytes
        self._read_to = position.read_from
        self._given_bytes = position.tail_bytes
        self._line = position.line - (1 if position.tail_bytes else 0)
        self._carry = b""
        self._long: _LongLine | None = None
        self._ended = False
        self.position = position
        """Behind all that `read` has returned."""

    def read(self) -> Chunk | None:
        """The next chunk, which may be empty; None at the end of the stream. Raises `UserError`."""
        until = self._read_to + self._chunk_bytes
        read: list[Chunk] = []
        while self._read_to < until and (chunk := self._read_piece()) is not None:
            read.append(chunk)
        return _together(read) if read else None

    @property
    def line(self) -> int:
        """The number of the next line."""
        return self._line

    @property
    def begun(self) -> bytes | None:
        """The start of the next line, as far as it is read. None: lines are to be looked at one by one here."""
        looks_closer = self._ended or self._long is not None or self._given_bytes or self._line == 1
        return None if looks_closer else self._carry

    def cut_elsewhere(self, read_bytes: int, count: int, begun: bytes) -> None:
        """What was begun, and `read_bytes` behind it, held `count` lines that are given already, and then `begun`."""
        self._read_to += read_bytes
        self._line += count
        self._carry = begun
        self.position = LinePosition(self._read_to - len(begun), self._line)

    def cut(self, piece: bytes) -> Chunk | None:
        """`read`, of what somebody else has read of the stream: nothing at its end."""
        if len(piece) <= _PIECE_BYTES:
            return self._cut_piece(piece)
        pieces = (piece[at : at + _PIECE_BYTES] for at in range(0, len(piece), _PIECE_BYTES))
        return _together([chunk for each in pieces if (chunk := self._cut_piece(each)) is not None])

    def _read_piece(self) -> Chunk | None:
        if self._ended:  # what a growing file gets after its end was seen is for the next run
            return None
        return self._cut_piece(self._stream.read(min(self._chunk_bytes, _PIECE_BYTES)))

    def _cut_piece(self, piece: bytes) -> Chunk | None:
        if not piece:
            return self._end()
        self._read_to += len(piece)
        if self._long is not None:
            return self._on_with_long_line(self._long, piece)
        return self._split(piece)

    def _split(self, piece: bytes) -> Chunk:
        lines = piece.split(b"\n")
        lines[0] = self._carry + lines[0]
        self._carry = lines.pop()
        if not lines:
            # A few bytes more than an event may have: they can still be a byte order mark and the newline's return.
            if len(self._carry) > MAX_EVENT_BYTES + _AROUND_BYTES:
                self._long = self._new_long_line()
                self._long.feed(self._carry)
                self._carry = b""
            return Chunk([], ())
        if self._given_bytes:
            self._drop_what_was_given(lines)
        first = self._line
        self._line += len(lines)
        self.position = LinePosition(self._read_to - len(self._carry), self._line)
        if not lines:
            return Chunk([], ())
        if first == 1:
            lines[0] = lines[0].removeprefix(BYTE_ORDER_MARK)
        if b"\r" in piece or lines[0].endswith(b"\r"):
            lines = [line.removesuffix(b"\r") for line in lines]
        if len(lines[0]) > MAX_EVENT_BYTES:
            long = _LongLine()
            long.feed(lines[0])
            rest = _non_blank(lines[1:], first + 1)
            return rest._replace(oversized=(long.finish(first),))
        return _non_blank(lines, first)

    def _drop_what_was_given(self, lines: list[bytes]) -> None:
        if len(lines[0]) == self._given_bytes:
            del lines[0]
            self._line += 1
        self._given_bytes = 0

    def _on_with_long_line(self, long: _LongLine, piece: bytes) -> Chunk:
        cut = piece.find(b"\n")
        if cut < 0:
            long.feed(piece)
            return Chunk([], ())
        long.feed(piece[:cut])
        self._long = None
        oversized = self._finished(long)
        rest = piece[cut + 1 :]
        self.position = LinePosition(self._read_to - len(rest), self._line)
        return self._split(rest)._replace(oversized=oversized)

    def _new_long_line(self) -> _LongLine:
        return _LongLine(BYTE_ORDER_MARK if self._line == 1 else b"")

    def _finished(self, long: _LongLine) -> tuple[Oversized, ...]:
        at = self._line
        self._line += 1
        given, self._given_bytes = self._given_bytes, 0
        return () if long.raw_bytes == given else (long.finish(at),)

    def _end(self) -> Chunk | None:
        """The last line, if no newline closes it."""
        self._ended = True
        long, carry = self._long, self._carry
        self._long, self._carry = None, b""
        if long is not None:
            oversized = self._finished(long)
            self.position = LinePosition(self._read_to, self._line, long.raw_bytes)
            return Chunk([], (), oversized) if oversized else None
        if not carry:
            return None
        lines = [carry]
        if self._given_bytes:
            self._drop_what_was_given(lines)
        at = self._line
        self._line += len(lines)
        self.position = LinePosition(self._read_to, self._line, len(carry))
        if not lines:
            return None
        line = carry.removeprefix(BYTE_ORDER_MARK if at == 1 else b"").removesuffix(b"\r")
        if len(line) > MAX_EVENT_BYTES:
            long = _LongLine()
            long.feed(line)
            return Chunk([], (), (long.finish(at),))
        return _non_blank([line], at)


def _together(chunks: list[Chunk]) -> Chunk:
    if len(chunks) == 1:
        return chunks[0]
    lines = [line for chunk in chunks for line in chunk.lines]
    ats: Sequence[int] = [at for chunk in chunks for at in chunk.ats]
    if ats and ats[-1] - ats[0] == len(ats) - 1:
        ats = range(ats[0], ats[-1] + 1)
    return Chunk(lines, ats, tuple(long for chunk in chunks for long in chunk.oversized))


def _non_blank(lines: list[bytes], first: int) -> Chunk:
    # A blank line sorts before all that start with a visible character: one look at the least line tells.
    if not lines or min(lines)[:1] > b" ":
        return Chunk(lines, range(first, first + len(lines)))
    kept = [(at, line) for at, line in enumerate(lines, first) if line.strip(_JSON_BLANKS)]
    return Chunk([line for _, line in kept], [at for at, _ in kept])


class _LongLine:
    """A line that is too long to be kept, taken in pieces."""

    def __init__(self, skipped: bytes = b"") -> None:
        """`skipped`: what is left out where the line begins with it."""
        self._skipped = skipped
        self._sha256 = hashlib.sha256()
        self._head = b""
        self._length = 0
        self._held = b""
        self.raw_bytes = 0

    def feed(self, data: bytes) -> None:
        """Take the next part; a carriage return at its end is held back, for it may belong to the newline."""
        self.raw_bytes += len(data)
        data, self._skipped = data.removeprefix(self._skipped), b""
        data = self._held + data
        self._held = b"\r" if data.endswith(b"\r") else b""
        data = data.removesuffix(b"\r")
        self._sha256.update(data)
        self._length += len(data)
        if len(self._head) < OVERSIZED_HEAD_BYTES:
            self._head = (self._head + data)[:OVERSIZED_HEAD_BYTES]

    def finish(self, at: int) -> Oversized:
        """What is kept of the line, when its end has been reached."""
        return Oversized(at, self._head, self._length, self._sha256.hexdigest())
