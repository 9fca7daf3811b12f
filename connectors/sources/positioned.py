"""Sources that can be read ahead of: their partitions say how far they are without being asked to keep it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, TypeVar

from bytewax.inputs import FixedPartitionedSource, StatefulSourcePartition

from connectors.sources.replay import ReadNotes, SourceItem

State = TypeVar("State")
"""What the recovery store keeps of a partition."""


class PositionedPartition(StatefulSourcePartition[SourceItem, State]):
    """A source partition that can say how far it is without being asked to keep it."""

    @abstractmethod
    def position(self) -> Any:  # noqa: ANN401 - means something to the partition alone
        """How far it has read; a value that does not change any more."""

    @abstractmethod
    def to_note(self, position: Any) -> Mapping[str, int]:  # noqa: ANN401 - what `position` gave
        """What is to be noted (`ReadNotes`) before all up to `position` is handed on, and was not asked for before."""

    @abstractmethod
    def snapshot_at(self, position: Any) -> State:  # noqa: ANN401 - what `position` gave
        """The state for the recovery store if all up to `position` has been handed on, and nothing after it."""

    def snapshot(self) -> State:
        """The state after all that was read."""
        return self.snapshot_at(self.position())


class PositionedSource(FixedPartitionedSource[SourceItem, State]):
    """A source of such partitions."""

    @property
    @abstractmethod
    def notes(self) -> ReadNotes:
        """Where it is noted how far they are read."""

    @abstractmethod
    def build_part(self, step_id: str, for_part: str, resume_state: State | None) -> PositionedPartition[State]: ...
