"""Files of lines in every compression, and runs of the source over them that can be stopped or killed."""

from __future__ import annotations

import gzip
import os
import pickle
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Final

import msgspec
import pytest
import zstandard

from config.stopping import StopRequest
from connectors.decoding.decoder import Decoded
from connectors.decoding.file_readers import FileReaders, ReadAndDecoded
from connectors.decoding.joined_lines import JoinedLines
from connectors.files import source as source_module
from connectors.files.asked_reading import AskingPartition, ReadOn
from connectors.files.line_chunks import CHUNK_BYTES
from connectors.files.positions import PlainState
from connectors.files.source import JsonLinesSource
from connectors.files.whole_texts import WholeTexts
from connectors.sources.positioned import PositionedPartition
from connectors.sources.raw_lines import Lines
from connectors.sources.replay import SourceItem
from state.dead_letters import Oversized

ASKED: Final = 3
"""Requests that are on their way together."""

Pack = Callable[[Sequence[bytes]], bytes]
"""Several pieces of content → a file's bytes, each piece a gzip member or zstd frame of its own."""


def plain(pieces: Sequence[bytes]) -> bytes:
    return b"".join(pieces)


def gzipped(pieces: Sequence[bytes]) -> bytes:
    return b"".join(gzip.compress(piece, 1) for piece in pieces)


def zstandardized(pieces: Sequence[bytes]) -> bytes:
    return b"".join(zstandard.ZstdCompressor().compress(piece) for piece in pieces)


PACKS: Mapping[str, Pack] = {".jsonl": plain, ".jsonl.gz": gzipped, ".jsonl.zst": zstandardized}


@dataclass
class Way:
    """How the partitions of a source are read."""

    is_beside: bool = False
    """As by a decoding process, which large files are left to; else by themselves."""
    own_batches: int = 0
    """What a partition reads before that is ready."""


WAY: Final = Way()
"""How all are read."""


@pytest.fixture(scope="module", params=["here", "beside", "beside from the second chunk on"], autouse=True)
def way(request: pytest.FixtureRequest) -> Iterator[None]:
    """Of a module that imports this all tests are run each way."""
    WAY.is_beside = request.param != "here"
    WAY.own_batches = 2 if "second" in request.param else 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(source_module, "LARGE_BYTES", 0)
        yield
    WAY.is_beside = False


class Reader:
    """Reads a partition to what it was told to, one chunk after the other."""

    def __init__(self, part: PositionedPartition[PlainState]) -> None:
        assert isinstance(part, AskingPartition)
        self._part, self._asking = part, part
        self._lines: list[Lines] = []
        self._process = FileReaders(self._decode, WholeTexts)
        self._asked: deque[tuple[bytes, int | None]] = deque()
        self._batches = 0

    def _decode(self, lines: JoinedLines) -> Decoded:
        self._lines.append(lines.lines())
        return Decoded()

    def next_batch(self) -> list[SourceItem]:
        """What the partition gives next, wherever it is read."""
        self._batches += 1
        items: list[SourceItem] = []
        while WAY.is_beside and self._batches > WAY.own_batches:
            while len(self._asked) < ASKED and (ask := self._asking.ask()) is not None:
                self._asked.append((msgspec.msgpack.encode(ask.request), ask.opened))
            if not self._asked:
                break
            request, opened = self._asked.popleft()
            answer = self._process.read_on(msgspec.msgpack.decode(request, type=ReadOn), opened)
            answer = msgspec.msgpack.decode(msgspec.msgpack.encode(answer), type=ReadAndDecoded)
            items += [each for each in self._lines if each.lines or each.oversized]
            self._lines.clear()
            items += self._asking.taken(answer.reading)
            if answer.reading.is_read and (items or not answer.reading.progress.ended):
                return items
        return items or list(self._part.next_batch())

    def close(self) -> None:
        self._process.close()
        for _, opened in self._asked:
            if opened is not None:
                os.close(opened)
        self._part.close()


@dataclass
class Notes:
    """The notes of earlier runs in memory; as in Redis, they only ever grow."""

    positions: dict[str, int] = field(default_factory=dict)

    def high_water(self, unit: str) -> int:
        return self.positions.get(unit, 0)

    def read_to(self, positions: Mapping[str, int]) -> None:
        for unit, position in positions.items():
            self.positions[unit] = max(position, self.high_water(unit))


@dataclass
class Store:
    """What outlives a run: the partitions' states, as pickled as the engine's recovery store has them."""

    states: dict[str, bytes] = field(default_factory=dict)
    notes: Notes = field(default_factory=Notes)

    def run(
        self, *files: Path, chunk_bytes: int = CHUNK_BYTES, batches: int | None = None, keep: bool = True
    ) -> list[SourceItem]:
        """What a run gives out; it ends after so many batches of each partition, and may be forgotten."""
        stop = StopRequest()
        source = JsonLinesSource(files, notes=self.notes, stop=stop, chunk_bytes=chunk_bytes)
        items: list[SourceItem] = []
        for name in source.list_parts():
            state = self.states.get(name)
            part = source.build_part("files", name, pickle.loads(state) if state else None)
            with closing(Reader(part)) as reader:
                with suppress(StopIteration):
                    for _ in count() if batches is None else range(batches):
                        items += reader.next_batch()
                        self.notes.read_to(part.to_note(part.position()))
                if keep:
                    self.states[name] = pickle.dumps(part.snapshot())
        return items


def events(items: Sequence[SourceItem]) -> Iterator[tuple[int | tuple[int, int], bytes | Oversized]]:
    """Each line with its number, over-long ones too."""
    for item in items:
        if isinstance(item, Lines):
            assert len(item.lines) == len(item.ats)
            assert item.partition is None
            yield from zip(item.ats, item.lines, strict=True)
            yield from ((long.at, long) for long in item.oversized)


def expected(content: bytes) -> list[tuple[int, bytes]]:
    """What the content holds, read the simple way."""
    numbered = enumerate((line.removesuffix(b"\r") for line in content.split(b"\n")), 1)
    return [(number, line) for number, line in numbered if line.strip(b" \t\r")]
