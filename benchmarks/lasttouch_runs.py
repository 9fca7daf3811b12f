"""lasttouch itself, as a user starts it: `lasttouch run FILE`, and `lasttouch run` from Kafka until caught up.

One worker where nothing else is said, recovery on with epochs of 10 s, the default settings, a Redis that is empty.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import Final, NamedTuple

import redis

from benchmarks.event_file import ACCOUNT
from benchmarks.measured_process import MeasuredProcess, ProgramFailed, cpu_of
from benchmarks.programs import ROOT
from benchmarks.results import Measurement, Source
from benchmarks.totals import Totals, difference, fields_of, of_redis
from cli.topic_options import topic_arguments
from connectors.embedded.servers import EmbeddedKafka, EmbeddedValkey
from connectors.kafka.topics import TopicNames, end_positions
from connectors.view.layout import total_key
from connectors.view.read_positions import POSITIONS_KEY
from tests.servers.apache_kafka import ApacheKafka

FROM_FILE: Final = "lasttouch"
REALISTIC: Final = "lasttouch_realistic"
INGEST: Final = "lasttouch_ingest"
FROM_KAFKA: Final = "lasttouch_kafka"
MANY_A_RECORD: Final = "lasttouch_kafka_50"
ONE_WORKER: Final = "lasttouch_kafka_1"
"""What `TWO_WORKERS` is measured beside."""
TWO_WORKERS: Final = "lasttouch_kafka_2"

ALL: Final = (FROM_FILE, REALISTIC, FROM_KAFKA, MANY_A_RECORD, TWO_WORKERS)
"""What can be asked for."""
ALL_FROM_KAFKA: Final = (FROM_KAFKA, MANY_A_RECORD, TWO_WORKERS)

EPOCH_S: Final = 10
_COMMAND: Final = (sys.executable, "-m", "cli.main")
_POLL_S: Final = 0.02
_QUIET_S: Final = 2.0
"""Without a change for so long when the totals are right: that was the end."""
_PATIENCE_S: Final = 30.0
"""Without a change for so long when everything was read: the totals will not become right."""
_STUCK_S: Final = 180.0


@dataclass(frozen=True, slots=True)
class FromFile:
    """`lasttouch run FILE`, until all is written."""

    name: str = FROM_FILE
    label: str = "lasttouch, file → Redis"
    source: Source = "file"
    has_startup: bool = True
    in_place_of: Mapping[Path, Path] = field(default_factory=dict)
    """By the file that all programs are given, another that this one reads."""

    def measure(self, events_file: Path, folder: Path) -> Measurement:
        """See `results.Contestant`."""
        with _scratch(folder) as scratch, EmbeddedValkey() as valkey, _client(valkey) as client:
            read = self.in_place_of.get(events_file, events_file)
            arguments = ["run", str(read), *run_flags(valkey, scratch)]
            with start_lasttouch(self.name, arguments, scratch) as process, cpu_of({"Valkey": valkey}) as servers:
                usage = process.wait()
                _require_one_start(self.name, process)
            return Measurement(usage, of_redis(client), servers_cpu_s=servers)


@dataclass(frozen=True, slots=True)
class Ingest:
    """`lasttouch ingest FILE`: the events into topics, which it makes where they are missing."""

    broker: ApacheKafka
    name: str = INGEST
    label: str = "lasttouch ingest, file → Kafka"
    source: Source = "file"
    has_startup: bool = False
    topics: TopicNames = field(default_factory=TopicNames)

    def measure(self, events_file: Path, folder: Path) -> Measurement:
        """See `results.Contestant`."""
        arguments = ["ingest", str(events_file), *_kafka_flags(self.broker, self.topics)]
        with (
            _scratch(folder) as scratch,
            start_lasttouch(self.name, arguments, scratch) as process,
            cpu_of({"Kafka": self.broker}) as servers,
        ):
            usage = process.wait()
        return Measurement(usage, None, usage.wall_s, servers)


@dataclass(frozen=True, slots=True)
class FromKafka:
    """`lasttouch run` from topics that hold the events already, until Redis shows all of them; then SIGTERM."""

    broker: ApacheKafka
    expected: Totals
    name: str = FROM_KAFKA
    label: str = "lasttouch, Kafka → Redis"
    source: Source = "kafka"
    has_startup: bool = False
    topics: TopicNames = field(default_factory=TopicNames)
    workers: int = 1

    def measure(self, events_file: Path, folder: Path) -> Measurement:
        """See `results.Contestant`. Wall: until the last total was written; CPU: until the process had ended."""
        ends = end_positions(self.broker.bootstrap_servers, self.topics.inputs)
        with _scratch(folder) as scratch, EmbeddedValkey() as valkey, _client(valkey) as client:
            flags = [*run_flags(valkey, scratch, self.workers), *_kafka_flags(self.broker, self.topics)]
            watched = {"Valkey": valkey, "Kafka": self.broker}
            with start_lasttouch(self.name, ["run", *flags], scratch) as process, cpu_of(watched) as servers:
                seen = self._watch(client, process, ends)
                process.ask_to_end()
                usage = replace(process.wait(), wall_s=seen.last_written_at - process.started_at)
                _require_one_start(self.name, process)
            return Measurement(usage, of_redis(client), seen.last_written_at - seen.first_read_at, servers)

    def _watch(self, client: redis.Redis, process: MeasuredProcess, ends: Mapping[str, int]) -> _Seen:
        """Return when everything was read and the totals are as expected and rest, or rest and will not become so."""
        first_read_at: float | None = None
        shown: Mapping[str, int] = {}
        changed_at = time.perf_counter()
        while not process.has_ended():
            now = time.perf_counter()
            positions = fields_of(client, POSITIONS_KEY)
            if positions and first_read_at is None:
                first_read_at = now
            total = fields_of(client, total_key(ACCOUNT))
            if total != shown:
                shown, changed_at = total, now
            rests_s = now - changed_at
            if first_read_at is not None and all(positions.get(unit, 0) >= end for unit, end in ends.items()):
                is_right = rests_s > _QUIET_S and difference(of_redis(client), self.expected) is None
                if is_right or rests_s > _PATIENCE_S:
                    return _Seen(first_read_at, changed_at)
            if rests_s > _STUCK_S:
                raise ProgramFailed(f"{self.name}: nothing changed in Redis for {_STUCK_S:g} s")
            time.sleep(_POLL_S)
        process.wait()
        raise ProgramFailed(f"{self.name} ended before it was asked to")


class _Seen(NamedTuple):
    """Moments of `time.perf_counter`."""

    first_read_at: float
    last_written_at: float


@contextmanager
def started_broker(*, apache: bool) -> Iterator[ApacheKafka | EmbeddedKafka]:
    """A broker until the end of the block: Apache Kafka, which needs Java 17 and Maven, or the embedded one."""
    broker = ApacheKafka() if apache else EmbeddedKafka()
    with broker:
        yield broker


def run_flags(valkey: EmbeddedValkey, scratch: Path, workers: int = 1) -> list[str]:
    """The recovery directory is `scratch/recovery`."""
    flags = {
        "--redis-url": valkey.url,
        "--recovery-dir": str(scratch / "recovery"),
        "--epoch-seconds": str(EPOCH_S),
        "--workers": str(workers),
    }
    return [*chain.from_iterable(flags.items())]


def _kafka_flags(broker: ApacheKafka, topics: TopicNames) -> list[str]:
    flags = {"--kafka-bootstrap-servers": broker.bootstrap_servers, **topic_arguments(topics)}
    return [*chain.from_iterable(flags.items())]


def start_lasttouch(
    name: str, arguments: list[str], scratch: Path, settings: Mapping[str, str] | None = None
) -> MeasuredProcess:
    """The command with these arguments; its output goes to `scratch`. `settings`: of its environment."""
    # What the user has set for lasttouch is for the user's own runs.
    environment = {key: value for key, value in os.environ.items() if not key.startswith("LASTTOUCH_")}
    environment |= settings or {}
    return MeasuredProcess(name, [*_COMMAND, *arguments], scratch, cwd=ROOT, environment=environment)


def _require_one_start(name: str, process: MeasuredProcess) -> None:
    """A run that fails starts again by itself, which is not what is measured. Raises `ProgramFailed`."""
    for line in process.complaints():
        if "starting again" in line:
            raise ProgramFailed(f"{name} had to start again: {line}")


def _client(valkey: EmbeddedValkey) -> redis.Redis:
    return redis.Redis.from_url(valkey.url)


@contextmanager
def _scratch(folder: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        yield Path(scratch)
