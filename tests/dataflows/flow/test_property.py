"""Any arrival through the real engine into a real Redis shows what the reference says (contract §2).

`test_stages.py` does the same by hand, thousands of times; here the engine joins, queues, epochs and sinks take part.
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import redis
from bytewax.inputs import AbortExecution
from bytewax.outputs import FixedPartitionedSink, StatefulSinkPartition
from bytewax.recovery import RecoveryConfig, init_db_dir
from bytewax.testing import run_main
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from config.addresses import ROW_RETENTION_DAYS_DEFAULT
from config.stopping import StopRequest
from connectors.decoding.read_ahead import DecodedSource
from connectors.embedded.servers import EmbeddedValkey
from connectors.sources.positioned import PositionedPartition, PositionedSource
from connectors.sources.raw_lines import SOURCE_PARTITIONS, Lines
from connectors.sources.replay import ReplayFinished, SourceItem, Start
from connectors.sources.resend import ResendSource
from connectors.view.run_status import Mode, RunStatus
from connectors.view.sink import RedisSink
from connectors.view.unsettled import unsettled_rows
from dataflows.flow.publish import KafkaRecord
from dataflows.flow.revenue import Ends, build
from tests.connectors.files.file_runs import Notes
from tests.dataflows.flow.stages import SECRET, timelines
from tests.e2e.views import differences, view, view_of
from tests.examples import examples
from tests.reference.reference import WHOLE, expected
from tests.reference.scenario import order
from tests.reference.scenario import settings as account_settings
from tests.reference.strategies import deliveries, event_sets, settings_files

NOW_MS = time.time_ns() // 1_000_000
EXAMPLES = examples(30)
EVERY_BATCH = timedelta(0)
EPOCHS = st.sampled_from([EVERY_BATCH, timedelta(hours=1)])
# An example takes a second: a failure is made small in `test_stages.py`.
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
Tables = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Batches(PositionedSource[int]):
    """Batches of lines as they are given, one after the other, from one partition."""

    batches: Sequence[list[bytes]]
    high_water: int = 0
    """How many batches earlier runs have read."""
    crash_at: int | None = None
    """The batch at which the run is killed instead of reading it."""

    @property
    def notes(self) -> Notes:
        return Notes()

    def list_parts(self) -> list[str]:
        return list(SOURCE_PARTITIONS)

    def build_part(self, step_id: str, for_part: str, resume_state: int | None) -> _Batches:
        first = for_part == SOURCE_PARTITIONS[0]
        return _Batches(
            self, for_part, self.batches if first else [], self.high_water if first else 0, resume_state or 0
        )


class _Batches(PositionedPartition[int]):
    def __init__(self, source: Batches, name: str, batches: Sequence[list[bytes]], high_water: int, at: int) -> None:
        self._source, self._batches, self._at = source, batches, at
        self._items = self._read(name, high_water)

    def _read(self, name: str, high_water: int) -> Iterator[list[SourceItem]]:
        opening: list[SourceItem] = [Start(rebuild=False)] if name == SOURCE_PARTITIONS[0] else []
        passed: list[SourceItem] = [ReplayFinished(name)]
        yield opening + (passed if self._at >= high_water else [])
        while self._at < len(self._batches):
            lines = self._batches[self._at]
            if self._at == self._source.crash_at:
                raise AbortExecution
            self._at += 1
            batch = Lines("touches", 0, lines, range(len(lines)))
            yield [batch, *(passed if self._at == high_water else [])]

    def next_batch(self) -> list[SourceItem]:
        return next(self._items)

    def position(self) -> int:
        return self._at

    def to_note(self, position: int) -> Mapping[str, int]:
        """What earlier runs have read is given."""
        return {}

    def snapshot_at(self, position: int) -> int:
        return position


@dataclass(frozen=True)
class Kept(FixedPartitionedSink[list[KafkaRecord], None]):
    """Records in memory."""

    records: list[KafkaRecord] = field(default_factory=list)

    def list_parts(self) -> list[str]:
        return ["kept"]

    def build_part(self, step_id: str, for_part: str, resume_state: None) -> _Kept:
        return _Kept(self.records)


@dataclass(frozen=True)
class KeptTopic:
    """Kept records, as a topic that has one partition."""

    kept: Kept

    def ends(self) -> Mapping[str, int]:
        return {"attributions:0": len(self.kept.records)}

    def since(self, offsets: Mapping[str, int]) -> Iterator[list[tuple[str, str]]]:
        keys = [key for key, _ in self.kept.records[offsets.get("attributions:0", 0) :]]
        yield [tuple(json.loads(key)) for key in keys if key is not None]


class _Kept(StatefulSinkPartition[list[KafkaRecord], None]):
    def __init__(self, records: list[KafkaRecord]) -> None:
        self._records = records

    def write_batch(self, values: list[list[KafkaRecord]]) -> None:
        for records in values:
            self._records.extend(records)

    def snapshot(self) -> None:
        return None


@dataclass(frozen=True)
class Stream:
    """The dataflow between sources of the test and a Redis."""

    client: redis.Redis
    tables: Tables
    records: Kept = field(default_factory=Kept)
    dead: Kept = field(default_factory=Kept)

    def run(self, source: Batches, mode: Mode, *, epoch: timedelta = EVERY_BATCH, store: Path | None = None) -> None:
        stop = StopRequest()
        status = RunStatus(self.client, stop)
        sink = RedisSink(self.client, status, stop, status.begin(), "store", mode, ROW_RETENTION_DAYS_DEFAULT)
        resend = ResendSource(
            KeptTopic(self.records),
            partial(unsettled_rows, self.client, stop),
            stop,
            lists=mode is Mode.RESUME,
            ends=True,
        )
        ends = Ends(DecodedSource(source, ahead=False), sink, self.dead, self.records, resend)
        flow = build(ends, timelines(self.tables), SECRET)
        recovery = RecoveryConfig(str(store)) if store else None
        run_main(flow, epoch_interval=epoch, recovery_config=recovery)

    def agrees(self, events: Sequence[bytes]) -> None:
        """Everything that can be seen is what the reference says."""
        right = expected(events, self.tables, NOW_MS, **WHOLE)
        assert not differences(view(self.client), view_of(right))
        last = {tuple(json.loads(key or b"")): json.loads(value) for key, value in self.records.records}
        assert last == right.records
        letters = [json.loads(letter) for _, letter in self.dead.records]
        assert {_raw(letter) for letter in letters} == set(right.refused)


def _raw(letter: dict[str, Any]) -> bytes:
    return base64.b64decode(letter["raw_base64"]) if "raw_base64" in letter else str(letter["raw"]).encode()


@pytest.fixture(scope="module")
def client(valkey_server: EmbeddedValkey) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(valkey_server.url, protocol=2) as client:
        yield client


@settings(max_examples=EXAMPLES, deadline=None, phases=PHASES)
@given(data=st.data(), level=st.sampled_from(["stream", "whole"]), tables=settings_files())
def test_any_arrival_shows_the_same(client: redis.Redis, data: st.DataObject, level: Any, tables: Tables) -> None:
    events = data.draw(event_sets(level, broken=True))
    stream = Stream(client, tables)
    client.flushdb()
    stream.run(Batches(data.draw(deliveries(events))), Mode.FRESH, epoch=data.draw(EPOCHS))
    stream.agrees(events)


@settings(max_examples=EXAMPLES // 2, deadline=None, phases=PHASES)
@given(data=st.data(), level=st.sampled_from(["stream", "whole"]), tables=settings_files())
def test_a_crash_shows_the_same(client: redis.Redis, data: st.DataObject, level: Any, tables: Tables) -> None:
    """What was read of since the last closed epoch comes again, in other batches, and goes on."""
    events = data.draw(event_sets(level, broken=True))
    batches = data.draw(deliveries(events))
    crash_at = data.draw(st.integers(0, max(len(batches) - 1, 0)))
    stream = Stream(client, tables)
    client.flushdb()
    with TemporaryDirectory() as folder:
        store = Path(folder)
        init_db_dir(store, 1)
        epoch = data.draw(EPOCHS)
        stream.run(Batches(batches, crash_at=crash_at), Mode.FRESH, epoch=epoch, store=store)
        if epoch != EVERY_BATCH:
            # Nothing was kept of the killed run, so that what it read may come in any batches.
            batches = data.draw(deliveries(events))
            crash_at = len(batches)
        stream.run(Batches(batches, high_water=crash_at), Mode.RESUME, store=store)
    stream.agrees(events)


def test_a_killed_run_of_which_nothing_was_kept_leaves_no_row_behind(client: redis.Redis, tmp_path: Path) -> None:
    """It had not read yet in which time zone the account is, and listed the order on another day."""
    late = order("03-01 23:30")
    zone = account_settings("01-01 00:00", "03-01 00:00", time_zone="Europe/Kyiv")
    stream = Stream(client, {})
    client.flushdb()
    init_db_dir(tmp_path, 1)
    stream.run(Batches([[late], [zone]], crash_at=1), Mode.FRESH, epoch=timedelta(hours=1), store=tmp_path)
    stream.run(Batches([[zone], [late]], high_water=2), Mode.RESUME, store=tmp_path)
    stream.agrees([late, zone])
