"""Files that the decoding process reads for its worker: chunk by chunk, each when it is asked for."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Final

import msgspec

from config.errors import UserError
from config.kernels_switch import kernels_are_on
from connectors.decoding.decoder import Decoded
from connectors.decoding.decoder_choice import Decode
from connectors.decoding.joined_lines import JoinedLines, joined
from connectors.files.asked_reading import Reading, ReadOn
from connectors.files.file_reader import Cut, FileReader
from connectors.files.line_chunks import Chunk, LineChunks, Text
from connectors.files.positions import UNREAD
from connectors.sources.raw_lines import Lines
from state.changes import UNKNOWN

_NOTHING: Final = Decoded()


class ReadAndDecoded(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What came of a `ReadOn`."""

    reading: Reading
    decoded: Decoded


class FileReaders:
    """One of each file that is being read: of each partition of the worker one at a time."""

    def __init__(self, decode: Decode, cut: Cut[Chunk | Text]) -> None:
        self._decode = decode
        self._cut = cut
        self._readers: dict[str, FileReader[Chunk | Text]] = {}
        self._on_disk = (0, 0)

    def read_on(self, request: ReadOn, opened: int | None) -> ReadAndDecoded:
        """Do what is asked for. `opened`: the descriptor of the file, if it comes open with the request."""
        try:
            return self._read_on(request, opened)
        except UserError as error:
            self._forget(request.source)
            return ReadAndDecoded(Reading(UNREAD, error=str(error)), _NOTHING)

    def close(self) -> None:
        """Close all files."""
        for source in list(self._readers):
            self._forget(source)

    def _read_on(self, request: ReadOn, opened: int | None) -> ReadAndDecoded:
        source = request.source
        if request.left is not None:
            self._forget(source)
            self._readers[source] = FileReader.going_on(source, request.left, opened, self._cut, self._note)
        reader = self._readers.get(source)
        if reader is None:
            return ReadAndDecoded(Reading(UNREAD, is_behind_end=True), _NOTHING)
        if not reader.is_positioned:
            is_positioned = reader.advance()
            return ReadAndDecoded(Reading(reader.progress, is_positioned, is_read=False), _NOTHING)
        chunk = reader.read()
        reading = Reading(reader.progress, on_disk=self._on_disk)
        if chunk is None:
            self._forget(source)
            return ReadAndDecoded(reading, _NOTHING)
        read_ms = time.time_ns() // 1_000_000 if request.notes_time else UNKNOWN
        return ReadAndDecoded(reading, self._decode(_joined(source, chunk, read_ms)))

    def _forget(self, source: str) -> None:
        reader = self._readers.pop(source, None)
        if reader is not None:
            reader.close()

    def _note(self, path: Path, read_bytes: int, size_bytes: int) -> None:
        self._on_disk = (read_bytes, size_bytes)


def chosen_cut() -> Cut[Chunk | Text]:
    """What makes chunks for kernels, which read whole texts, or for Python, which reads line by line."""
    if not kernels_are_on():
        return LineChunks
    from connectors.files.whole_texts import WholeTexts

    return WholeTexts


def _joined(source: str, chunk: Chunk | Text, read_ms: int) -> JoinedLines:
    if isinstance(chunk, Text):
        return JoinedLines(source, None, chunk.text, chunk.count, chunk.first_at, b"", (), read_ms)
    return joined(Lines(source, None, chunk.lines, chunk.ats, chunk.oversized), read_ms)
