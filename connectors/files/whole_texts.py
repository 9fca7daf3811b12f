"""A byte stream as texts of many event lines, which are not cut where nothing has to be looked at line by line.

To cut lines and to join them again takes four times what it takes to see that all are usual.
"""

from __future__ import annotations

from typing import Final

from connectors.files.decompression import Readable
from connectors.files.line_chunks import Chunk, LineChunks, LinePosition, Text
from connectors.sources.raw_lines import BYTE_ORDER_MARK, MAX_EVENT_BYTES
from kernels.line_look import LineLook

_BEGUN_BYTES_MAX: Final = MAX_EVENT_BYTES + len(BYTE_ORDER_MARK) + 1
"""Of a line whose end was not read yet, and that may be an event: it has room before what is read next."""


class WholeTexts:
    """Gives what `LineChunks` would give."""

    def __init__(self, stream: Readable, position: LinePosition, chunk_bytes: int) -> None:
        self._stream = stream
        self._chunk_bytes = chunk_bytes
        self._chunks = LineChunks(stream, position, chunk_bytes=chunk_bytes)
        self._look = LineLook()
        self._room = bytearray(_BEGUN_BYTES_MAX + chunk_bytes)

    @property
    def position(self) -> LinePosition:
        """Behind all that `read` has returned."""
        return self._chunks.position

    def read(self) -> Text | Chunk | None:
        """What is next, perhaps no line; None at the end of the stream. Raises `UserError`."""
        begun = self._chunks.begun
        if begun is None:
            return self._chunks.read()
        piece = self._stream.read(self._chunk_bytes)
        cut = piece.rfind(b"\n")
        size = len(begun) + cut
        if cut >= 0 and (count := self._usual_lines(begun, piece, size)) is not None:
            first = self._chunks.line
            self._chunks.cut_elsewhere(len(piece), count, piece[cut + 1 :])
            return Text(memoryview(self._room)[:size], count, first)
        return self._chunks.cut(piece)

    def _usual_lines(self, begun: bytes, piece: bytes, size: int) -> int | None:
        """How many lines there are in `size` bytes, which are then in the room; None where one is unusual.

        The room never grows: the text that was given last may still be held, and stands in it.
        """
        if len(begun) > _BEGUN_BYTES_MAX:
            return None
        self._room[: len(begun)] = begun
        self._room[len(begun) : len(begun) + len(piece)] = piece
        if self._room.find(b"\r", 0, size) >= 0 or self._has_long_line(size):
            return None
        return self._look.count_objects(memoryview(self._room)[:size])

    def _has_long_line(self, size: int) -> bool:
        at = 0
        while size - at > MAX_EVENT_BYTES:
            at = self._room.rfind(b"\n", at, at + MAX_EVENT_BYTES + 1) + 1
            if at == 0:
                return True
        return False
