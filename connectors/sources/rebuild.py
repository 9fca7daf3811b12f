"""A source without events: for a run that only emits again what the recovery store holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bytewax.inputs import FixedPartitionedSource, StatefulSourcePartition

from config.stopping import StopRequest
from connectors.decoding.decoder import DecodedItem
from connectors.sources.raw_lines import SOURCE_PARTITIONS
from connectors.sources.replay import EMIT_ALL, ReplayFinished, Start


class _Partition(StatefulSourcePartition[DecodedItem, Any]):
    def __init__(self, items: Iterator[DecodedItem], positions: Any, stop: StopRequest) -> None:  # noqa: ANN401 - of any source
        self._items = items
        self._positions = positions
        self._stop = stop

    def next_batch(self) -> list[DecodedItem]:
        item = next(self._items, None)
        if self._stop.requested or item is None:
            raise StopIteration
        return [item]

    def snapshot(self) -> Any:  # noqa: ANN401 - what it was given
        return self._positions


@dataclass(frozen=True, slots=True)
class RebuildSource(FixedPartitionedSource[DecodedItem, Any]):
    """Says that the state is to be emitted again, and that nothing is behind it; then it ends.

    How far files or topics have been read stays as the store has it, whichever source wrote it.
    """

    stop: StopRequest

    def list_parts(self) -> list[str]:
        """The same as those of every other source."""
        return list(SOURCE_PARTITIONS)

    def build_part(self, step_id: str, for_part: str, resume_state: Any) -> _Partition:  # noqa: ANN401 - of any source
        """A partition, which keeps its state as it is."""
        del step_id
        opening: list[DecodedItem] = [Start(rebuild=True), *EMIT_ALL] if for_part == SOURCE_PARTITIONS[0] else []
        return _Partition(iter([*opening, ReplayFinished(for_part)]), resume_state, self.stop)
