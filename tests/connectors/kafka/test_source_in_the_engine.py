"""The Kafka source and sink under Bytewax itself, with its recovery store."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from bytewax.dataflow import Dataflow
from bytewax.inputs import FixedPartitionedSource, StatefulSourcePartition
from bytewax.operators import flat_map
from bytewax.operators import input as input_step
from bytewax.operators import output as output_step
from bytewax.recovery import RecoveryConfig, init_db_dir
from bytewax.testing import run_main

from config.stopping import StopRequest
from connectors.kafka.positions import State
from connectors.kafka.sink import KafkaSink, Record
from connectors.kafka.source import KafkaSource
from connectors.kafka.topics import TopicNames
from connectors.sources.positioned import PositionedPartition
from connectors.sources.raw_lines import SOURCE_PARTITIONS, Lines
from connectors.sources.replay import ReadNotes, ReplayFinished, SourceItem, Start
from tests.connectors.files.file_runs import Notes
from tests.connectors.kafka.kafka_topics import make_topic, produce, read_back

pytestmark = pytest.mark.kafka


class _Noted(FixedPartitionedSource[SourceItem, State]):
    """Notes how far it has read before each batch, as the dataflow's source does."""

    def __init__(self, inner: KafkaSource) -> None:
        self._inner = inner

    def list_parts(self) -> list[str]:
        return self._inner.list_parts()

    def build_part(self, step_id: str, for_part: str, resume_state: State | None) -> _NotedPartition:
        return _NotedPartition(self._inner.build_part(step_id, for_part, resume_state), self._inner.notes)


class _NotedPartition(StatefulSourcePartition[SourceItem, State]):
    def __init__(self, inner: PositionedPartition[State], notes: ReadNotes) -> None:
        self._inner = inner
        self._notes = notes

    def next_batch(self) -> list[SourceItem]:
        items = list(self._inner.next_batch())
        self._notes.read_to(self._inner.to_note(self._inner.position()))
        return items

    def next_awake(self) -> datetime | None:
        return self._inner.next_awake()

    def snapshot(self) -> State:
        return self._inner.snapshot()

    def close(self) -> None:
        self._inner.close()


class _Run:
    """Copies the lines of two topics into a third until it has passed everywhere and read so many lines."""

    def __init__(self, bootstrap: str, names: TopicNames, notes: Notes, lines: int) -> None:
        self._stop = StopRequest()
        self._left = lines
        self.seen: list[SourceItem] = []
        self._source = KafkaSource(bootstrap, names.inputs[:2], notes=notes, stop=self._stop)
        self._sink = KafkaSink(bootstrap, names.attributions, stop=self._stop)

    def main(self, store: Path) -> None:
        flow = Dataflow("copy")
        out = flat_map("records", input_step("in", flow, _Noted(self._source)), self._records)
        output_step("out", out, self._sink)
        run_main(flow, epoch_interval=timedelta(milliseconds=20), recovery_config=RecoveryConfig(str(store)))

    def _records(self, item: SourceItem) -> Iterator[tuple[str, list[Record]]]:
        self.seen.append(item)
        if isinstance(item, Lines):
            self._left -= len(item.lines)
            yield f"{item.source}:{item.partition}", [(None, line) for line in item.lines]
        passed = sum(isinstance(other, ReplayFinished) for other in self.seen)
        self._stop.requested = passed == len(SOURCE_PARTITIONS) and self._left <= 0


def test_a_resumed_run_reads_only_what_is_new(kafka_bootstrap: str, topics: TopicNames, tmp_path: Path) -> None:
    make_topic(kafka_bootstrap, topics.touches, 3)
    make_topic(kafka_bootstrap, topics.orders)
    make_topic(kafka_bootstrap, topics.attributions)
    init_db_dir(tmp_path, 1)
    notes = Notes()
    wanted: list[bytes] = []
    for start in (0, 1000, 2000):
        new = [b'{"n":%d}' % n for n in range(start, start + 900)]
        wanted += new
        for number in range(3):
            produce(kafka_bootstrap, topics.touches, new[number * 200 : (number + 1) * 200], number)
        produce(kafka_bootstrap, topics.orders, new[600:])
        run = _Run(kafka_bootstrap, topics, notes, 900)
        run.main(tmp_path)
        assert [item for item in run.seen if isinstance(item, Start)] == [Start(rebuild=False)]
        assert sorted(item.partition for item in run.seen if isinstance(item, ReplayFinished)) == list(
            SOURCE_PARTITIONS
        )
        copied = [record.value() for record in read_back(kafka_bootstrap, topics.attributions, len(wanted))]
        assert sorted(value or b"" for value in copied) == sorted(wanted)
    assert notes.positions == {
        **{f"{topics.touches}:{number}": 600 for number in range(3)},
        f"{topics.orders}:0": 900,
    }
