"""What sources read: raw event lines with their positions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from state import dead_letters
from state.dead_letters import Oversized
from state.events import At

MAX_EVENT_BYTES: Final = dead_letters.MAX_EVENT_BYTES
"""The longest event that is read as one (contract §6.3); of a longer one only a head is kept."""

OVERSIZED_HEAD_BYTES: Final = 65_536

BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
"""Skipped at the start of a file or a record (contract §8)."""

SOURCE_PARTITIONS: Final[tuple[str, ...]] = tuple(f"{number:02d}" for number in range(8))
"""Virtual source partitions. Files and topic partitions are dealt to them, because the engine refuses to resume
when a partition that the recovery store knows is missing; so their number is fixed for the life of a store."""


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
