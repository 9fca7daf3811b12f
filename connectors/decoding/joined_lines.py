"""A batch of lines on its way to the process that decodes it: in few objects, whatever it holds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from connectors.sources.raw_lines import Lines, WholeLines
from connectors.sources.record_places import RecordPlaces
from state.dead_letters import Oversized
from state.events import At


class JoinedLines(msgspec.Struct, frozen=True, array_like=True, tag="lines", gc=False):
    """A batch of lines, and when it was read."""

    source: str
    partition: int | None
    text: memoryview
    """Joined by newlines. What was received holds until the next frame."""
    count: int
    first_at: int | None
    """Where the first line stood, if the others follow it one by one; else `packed_ats`."""
    packed_ats: bytes
    """A list of where each stood, packed."""
    oversized: tuple[Oversized, ...]
    read_ms: int
    """Wall clock."""

    def lines(self) -> Lines:
        """The batch, line by line."""
        lines = bytes(self.text).split(b"\n") if self.count else []
        return Lines(self.source, self.partition, lines, self.ats(), self.oversized)

    def ats(self) -> Sequence[At]:
        """Where each line stood."""
        first = self.first_at
        return _unpack_ats(self.packed_ats) if first is None else range(first, first + self.count)


_pack_ats: Final[Callable[[list[At]], bytes]] = msgspec.msgpack.Encoder().encode
_unpack_ats: Final[Callable[[bytes], list[At]]] = msgspec.msgpack.Decoder(list[At]).decode
pack_lines_into: Final[Callable[[JoinedLines, bytearray], None]] = msgspec.msgpack.Encoder().encode_into


def joined(lines: Lines, read_ms: int) -> JoinedLines:
    """A batch, read at `read_ms`."""
    ats = lines.ats
    first = ats.start if isinstance(ats, range) and ats.step == 1 else None
    listed = b"" if first is not None else ats.packed() if isinstance(ats, RecordPlaces) else _pack_ats(list(ats))
    whole = lines.lines
    text = memoryview(whole.text if isinstance(whole, WholeLines) else b"\n".join(whole))
    return JoinedLines(lines.source, lines.partition, text, len(lines.lines), first, listed, lines.oversized, read_ms)
