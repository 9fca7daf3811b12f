"""Sources that can be read ahead of: their partitions say how far they are without being asked to keep it."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, TypeVar

from bytewax.inputs import FixedPartitionedSource, StatefulSourcePartition

from connectors.sources.replay import SourceItem

State = TypeVar("State")
"""What the recovery store keeps of a partition."""


class PositionedPartition(StatefulSourcePartition[SourceItem, State]):
    """A source partition that can say how far it is without being asked to keep it."""

    @abstractmethod
    def position(self) -> Any:  # noqa: ANN401 - means something to the partition alone
        """How far it has read; a value that does not change any more."""

    @abstractmethod
    def note(self, position: Any) -> None:  # noqa: ANN401 - what `position` gave
        """Note for later runs (`ReadNotes`) that all up to `position` is about to be handed on. May block."""

    @abstractmethod
    def snapshot_at(self, position: Any) -> State:  # noqa: ANN401 - what `position` gave
        """The state for the recovery store if all up to `position` has been handed on, and nothing after it."""

    def snapshot(self) -> State:
        """The state after all that was read."""
        return self.snapshot_at(self.position())


class PositionedSource(FixedPartitionedSource[SourceItem, State]):
    """A source of such partitions."""

    @abstractmethod
    def build_part(self, step_id: str, for_part: str, resume_state: State | None) -> PositionedPartition[State]: ...
