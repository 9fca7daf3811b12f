"""What sources read: raw event lines with their positions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, overload

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


class WholeLines(Sequence[bytes]):
    """Lines that nobody may need one by one: as they stood, joined by newlines."""

    def __init__(self, text: bytes, count: int) -> None:
        self.text = text
        self._count = count

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, index: int) -> bytes: ...
    @overload
    def __getitem__(self, index: slice) -> list[bytes]: ...
    def __getitem__(self, index: int | slice) -> bytes | list[bytes]:
        return self._cut[index]

    @cached_property
    def _cut(self) -> list[bytes]:
        return self.text.split(b"\n")

    def some(self) -> tuple[bytes, bytes, bytes]:
        """The first line, one of the middle, and the last; without a cut."""
        text = self.text
        first, last, middle = text.find(b"\n"), text.rfind(b"\n") + 1, text.rfind(b"\n", 0, len(text) // 2) + 1
        end = text.find(b"\n", middle)
        return text[: first if first >= 0 else None], text[middle : end if end >= 0 else None], text[last:]


def some_of(lines: Sequence[bytes]) -> tuple[bytes, ...]:
    """A few lines, of which at least one is there."""
    return lines.some() if isinstance(lines, WholeLines) else (lines[0], lines[len(lines) // 2], lines[-1])


@dataclass(frozen=True, slots=True)
class Lines:
    """A batch of events as they were read: one non-blank line each, without the newline."""

    source: str
    """A topic's name, or a file's absolute path."""
    partition: int | None
    """The Kafka partition; None for a file."""
    lines: Sequence[bytes]
    ats: Sequence[At]
    """Where each line stood; parallel to `lines`."""
    oversized: tuple[Oversized, ...] = ()
