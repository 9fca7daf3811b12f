"""The partitions of a worker that are due together are read on together, and how far is noted for all of them at once.

The engine asks one after the other. Each would wait for Redis by itself; so the first one to be asked has all that are
due read on, and the others hand on what is there by then.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from connectors.decoding.decoder import DecodedItem
from connectors.sources.replay import ReadNotes


@dataclass(frozen=True, slots=True)
class Lot:
    """What a partition hands on together."""

    items: list[DecodedItem]
    position: Any
    """How far it reaches, as the partition itself says it."""
    to_note: Mapping[str, int]
    """The same for `ReadNotes`."""


class Member(Protocol):
    """A partition."""

    def is_due(self, now: datetime) -> bool:
        """Whether it would be read on if it were asked."""

    def read_on(self) -> Lot:
        """What is there to be handed on, perhaps nothing."""

    def hold(self, lot: Lot) -> None:
        """It is noted how far this reaches."""


class ReadTogether:
    """The partitions of a worker. Of its thread alone."""

    def __init__(self, notes: ReadNotes) -> None:
        self._notes = notes
        self._members: list[Member] = []

    def join(self, member: Member) -> None:
        """One more partition."""
        self._members.append(member)

    def leave(self, member: Member) -> None:
        """The partition is not read any more."""
        self._members.remove(member)

    def read_on(self, asked: Member) -> None:
        """Have `asked`, and whoever else is due, hold what comes next. Blocks until it is noted how far that reaches.

        The notes may be ahead of what was counted, never behind it: what is held when a run ends is read again.
        """
        now = datetime.now(UTC)
        lots = [(member, member.read_on()) for member in self._members if member is asked or member.is_due(now)]
        to_note = {unit: position for _, lot in lots for unit, position in lot.to_note.items()}
        if to_note:
            self._notes.read_to(to_note)
        for member, lot in lots:
            member.hold(lot)
