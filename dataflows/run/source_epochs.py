"""The source partitions of a process go on to their next epoch together.

The engine (Bytewax 0.21.1) has each source end its epoch by itself, at its first activation after an interval, and
holds back whoever is ahead until all are there, in a loop that never rests. A source that wakes every millisecond ends
its epoch on time, one that wakes every 20 ms some 10 ms late. As each counts from its own end, the difference grows by
that much every epoch, up to a whole one: then the source of events is asked for a batch once an epoch, and a core is
busy with nothing. So a source that would be ahead sleeps until the last one is due, and all wake then.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from bytewax.dataflow import Dataflow
from bytewax.inputs import DynamicSource, FixedPartitionedSource, StatefulSourcePartition, StatelessSourcePartition

SOON: Final = timedelta(milliseconds=1)
"""As long the engine waits by itself before it asks a source again that had nothing; and by so much all wake late, for
what is known here of an epoch's begin is later than what the engine reckons with by the time of a few calls."""


class SourceEpochs:
    """When each source partition began its epoch. Times are those of the wall clock, as the engine's are."""

    def __init__(self, interval: timedelta) -> None:
        self.interval: Final = interval
        self.members: Final[set[SourceEpoch]] = set()

    def join(self, now: datetime) -> SourceEpoch:
        """One more partition; its first epoch begins."""
        member = SourceEpoch(self, now)
        self.members.add(member)
        return member


class SourceEpoch:
    """The epoch that a source partition is in."""

    def __init__(self, epochs: SourceEpochs, now: datetime) -> None:
        self._epochs = epochs
        self.end(now)

    def end(self, now: datetime) -> None:
        """The next epoch begins."""
        self.due = now + self._epochs.interval
        """From when on an activation ends the epoch."""
        self._nearly_due = self.due - SOON

    def end_if_due(self, now: datetime) -> None:
        """The partition is asked for a batch: the engine holds nothing back, and ends the epoch if that is due."""
        if now >= self.due:
            self.end(now)

    def leave(self) -> None:
        """The partition has come to its end."""
        self._epochs.members.discard(self)

    def awake_at(self, wanted: datetime | None, now: datetime) -> datetime | None:
        """When to wake a partition that wants to be woken at `wanted`; None: as soon as the engine does.

        Whose epoch is due much later has gone on already, or has begun at another time (a large store is read between
        the first sources and the others), and is waited for by nobody.
        """
        if now >= self.due or (wanted or now + SOON) < self._nearly_due:
            return wanted
        together = self.due + self._epochs.interval / 2
        return max(member.due for member in self._epochs.members if member.due <= together) + SOON


def go_on_together(flow: Dataflow, interval: timedelta) -> None:
    """Have the sources of `flow` end their epochs, which take `interval`, at the same moments."""
    epochs = SourceEpochs(interval)
    step: Any  # each kind is a class of its own
    for index, step in enumerate(flow.substeps):
        if type(step).__name__ == "input":
            is_kept = isinstance(step.source, FixedPartitionedSource)
            source = _Partitioned(step.source, epochs) if is_kept else _Dynamic(step.source, epochs)
            flow.substeps[index] = replace(step, source=source)


class _Partitioned(FixedPartitionedSource[Any, Any]):
    def __init__(self, inner: FixedPartitionedSource[Any, Any], epochs: SourceEpochs) -> None:
        self._inner, self._epochs = inner, epochs

    def list_parts(self) -> list[str]:
        return self._inner.list_parts()

    def build_part(self, step_id: str, for_part: str, resume_state: object) -> _Partition:
        return _Partition(self._inner.build_part(step_id, for_part, resume_state), self._epochs)


class _Member:
    """A source partition of either kind, and the epoch that it is in."""

    def __init__(
        self, inner: StatefulSourcePartition[Any, Any] | StatelessSourcePartition[Any], epochs: SourceEpochs
    ) -> None:
        self._inner: Any = inner
        self._epoch = epochs.join(datetime.now(UTC))

    def next_batch(self) -> Iterable[Any]:
        try:
            batch: Iterable[Any] = self._inner.next_batch()
        except StopIteration:
            self._epoch.leave()
            raise
        return batch

    def next_awake(self) -> datetime | None:
        return self._epoch.awake_at(self._inner.next_awake(), datetime.now(UTC))

    def close(self) -> None:
        self._epoch.leave()
        self._inner.close()


class _Partition(_Member, StatefulSourcePartition[Any, Any]):
    def snapshot(self) -> object:
        self._epoch.end(datetime.now(UTC))  # the engine takes one at the end of each epoch, and at no other time
        return self._inner.snapshot()


class _Dynamic(DynamicSource[Any]):
    def __init__(self, inner: DynamicSource[Any], epochs: SourceEpochs) -> None:
        self._inner, self._epochs = inner, epochs

    def build(self, step_id: str, worker_index: int, worker_count: int) -> _DynamicPartition:
        return _DynamicPartition(self._inner.build(step_id, worker_index, worker_count), self._epochs)


class _DynamicPartition(_Member, StatelessSourcePartition[Any]):
    def next_batch(self) -> Iterable[Any]:
        self._epoch.end_if_due(datetime.now(UTC))
        return super().next_batch()
