"""Files of lines in every compression, and runs of the source over them that can be stopped or killed."""

from __future__ import annotations

import gzip
import pickle
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import zstandard

from config.stopping import StopRequest
from connectors.files.line_chunks import CHUNK_BYTES
from connectors.files.source import JsonLinesSource
from connectors.sources.raw_lines import Lines
from connectors.sources.replay import SourceItem
from state.dead_letters import Oversized

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
            with closing(source.build_part("files", name, pickle.loads(state) if state else None)) as part:
                with suppress(StopIteration):
                    for _ in count() if batches is None else range(batches):
                        items += part.next_batch()
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
