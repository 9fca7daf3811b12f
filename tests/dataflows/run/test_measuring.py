"""What a worker's key groups hold is counted when it may have changed, and now and then in any case."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from typing import Any

from bytewax.operators import StatefulBatchLogic

from connectors.metrics.stream import Held, StreamMetrics
from dataflows.run.measuring import Measuring
from dataflows.store.packed_state import PackedState


class Group(StatefulBatchLogic[Any, Any, Any]):
    """Holds so many contacts, whose snapshot is so large."""

    def __init__(self, contacts: int, packed_bytes: int) -> None:
        self.contacts, self.packed_bytes, self.counted = contacts, packed_bytes, 0

    def on_batch(self, values: list[Any]) -> tuple[list[Any], bool]:
        return values, False

    def snapshot(self) -> PackedState:
        return PackedState(bytes(self.packed_bytes), b"")

    def holds(self, packed_bytes: int) -> Mapping[str, Held]:
        assert packed_bytes >= self.packed_bytes
        self.counted += 1
        return {"contacts": Held(self.contacts, packed_bytes)}


def snapshot(measuring: Measuring, *groups: Group) -> None:
    for group in groups:
        packed = group.snapshot()
        measuring.snapshotted(group, packed, 0.1)
        pickle.dumps(packed)


def test_a_group_that_stays_as_large_is_counted_at_every_sixth_snapshot() -> None:
    measuring, group = Measuring(StreamMetrics()), Group(1, 1_000)
    for _ in range(14):
        snapshot(measuring, group)
    assert group.counted == 4


def test_groups_that_begin_together_are_counted_at_different_snapshots() -> None:
    measuring, groups = Measuring(StreamMetrics()), [Group(1, 1_000) for _ in range(12)]
    snapshot(measuring, *groups)
    counted = []
    for _ in range(12):
        before = sum(group.counted for group in groups)
        snapshot(measuring, *groups)
        counted.append(sum(group.counted for group in groups) - before)
    assert counted == [2] * 12


def test_a_group_that_has_grown_by_a_quarter_is_counted_at_once() -> None:
    metrics = StreamMetrics()
    measuring, group = Measuring(metrics), Group(8, 1_000)
    for _ in range(2):
        snapshot(measuring, group)
    counted = group.counted
    group.contacts, group.packed_bytes = 10, 1_300
    snapshot(measuring, group)
    assert group.counted == counted + 1
    entries = {family.name: family for family in metrics.families()}["lasttouch_state_entries"]
    assert [sample.value for sample in entries.samples if sample.labels["kind"] == "contacts"] == [10]
