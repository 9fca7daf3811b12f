"""What sources hand to the dataflow: raw event lines with their positions, and two control messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

MAX_EVENT_BYTES: Final = 1_048_576
"""The longest event that is read as one (contract §6.3); of a longer one only a head is kept."""

OVERSIZED_HEAD_BYTES: Final = 65_536

PARTITIONS: Final[tuple[str, ...]] = tuple(f"{number:02d}" for number in range(8))
"""Virtual source partitions. Files and topic partitions are dealt to them, because the engine refuses to resume
when a partition that the recovery store knows is missing; so their number is fixed for the life of a store."""


At = int | tuple[int, int]
"""A file: the line's number, from 1. Kafka: the record's offset, or (offset, line within the record, from 1)."""


@dataclass(frozen=True, slots=True)
class Oversized:
    """An event longer than `MAX_EVENT_BYTES`: its first 64 KiB, its length in bytes and its SHA-256 (hex)."""

    at: At
    head: bytes
    length: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Lines:
    """A batch of events as they were read: one non-blank line each, without the newline."""

    source: str
    """A topic's name, or a file's absolute path."""
    partition: int | None
    """The Kafka partition; None for a file."""
    lines: list[bytes]
    ats: Sequence[At]
    """Where each line stood; parallel to `lines`."""
    oversized: tuple[Oversized, ...] = ()


@dataclass(frozen=True, slots=True)
class Start:
    """The first thing said in a run, by the partition `PARTITIONS[0]`: every key group wakes up."""

    rebuild: bool
    """True: the view in Redis is lost or foreign, so all that the state holds is to be told again."""


@dataclass(frozen=True, slots=True)
class Passed:
    """Said once by each source partition, when it has read as far as any earlier run is known to have read."""

    partition: str


SourceItem = Lines | Start | Passed


class ReadNotes(Protocol):
    """How far any run has read, kept outside the recovery store, so that a resumed run knows what it repeats."""

    def furthest(self, unit: str) -> int:
        """The next position of `unit` ("topic:partition", or a file's path) after all that was ever read; 0: none."""

    def read_to(self, positions: Mapping[str, int]) -> None:
        """Note next positions, before what lies before them is handed on. Blocks while the store is away."""


@dataclass(slots=True)
class StopRequest:
    """Set by the handlers of SIGTERM and SIGINT; sources end at their next batch."""

    requested: bool = False
