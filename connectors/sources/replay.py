"""How a run that resumes knows what it repeats: the notes of how far any run has read, and two control messages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from connectors.sources.raw_lines import Lines
from state.key_groups import GROUPS


@dataclass(frozen=True, slots=True)
class Start:
    """The first thing said in a run, by the partition `SOURCE_PARTITIONS[0]`: every key group wakes up."""

    rebuild: bool
    """True: the view in Redis is lost or foreign, so all that the state holds is emitted: `EmitGroup` follows."""


@dataclass(frozen=True, slots=True)
class EmitGroup:
    """A key group of contacts emits all of its orders.

    `SOURCE_PARTITIONS[0]` says it of each group, and of one at a time, so that the orders of a few groups are under way
    at once and not all (a worker that is behind takes those that have come meanwhile together); of all of them before
    its `ReplayFinished`, so that readers see nothing half built.
    """

    number: int


EMIT_ALL: Final = tuple(map(EmitGroup, range(GROUPS)))
"""What follows a `Start` that is to rebuild, each in a batch of its own."""


@dataclass(frozen=True, slots=True)
class ReplayFinished:
    """Said once by each source partition, when it has read as far as any earlier run is known to have read."""

    partition: str


@dataclass(frozen=True, slots=True)
class Resend:
    """An order whose record or row was published after the last snapshot that is stored."""

    account: str
    order: str


@dataclass(frozen=True, slots=True)
class RowAt:
    """A row that was written after the last snapshot that is stored, and the day (ordinal) that it stands under."""

    account: str
    order: str
    day: int


@dataclass(frozen=True, slots=True)
class ResendListed:
    """Everything that was published since the last snapshot has been said."""


ResendItem = Resend | RowAt | ResendListed

SourceItem = Lines | Start | ReplayFinished
"""What a source hands to the dataflow."""


class ReadNotes(Protocol):
    """How far any run has read, kept outside the recovery store, so that a resumed run knows what it repeats."""

    def high_water(self, unit: str) -> int:
        """The next position of `unit` ("topic:partition", or a file's path) after all that was ever read; 0: none."""

    def read_to(self, positions: Mapping[str, int]) -> None:
        """Note next positions, before what lies before them is handed on. Blocks while the store is away."""
