"""Events from Kafka topics: positions in Bytewax's recovery store, also committed to a group for lag tools.

Topics are not partitions: the engine refuses to resume when a partition that its store knows is missing. So topic
partitions are dealt to `SOURCE_PARTITIONS`, whose state says how far each was read.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition

from config.errors import UserError
from config.stopping import StopRequest
from connectors.kafka.client import client_config
from connectors.kafka.lag_commits import GroupCommits
from connectors.kafka.partition_reader import (
    STATE_VERSION,
    VERSION_KEY,
    NothingToRead,
    Part,
    Reader,
    State,
)
from connectors.kafka.record_lines import unit_of
from connectors.kafka.topics import require_topics
from connectors.sources.catch_up import Progress, ProgressReport
from connectors.sources.positioned import PositionedPartition, PositionedSource
from connectors.sources.raw_lines import SOURCE_PARTITIONS
from connectors.sources.replay import ReadNotes, Start

GROUP_DEFAULT: Final = "lasttouch"

_CONSUMER_CONFIG: Final[Mapping[str, str | bool]] = {
    "enable.auto.commit": False,
    "enable.auto.offset.store": False,
    "enable.partition.eof": False,
    # Any other reset would skip, in silence, what retention has taken.
    "auto.offset.reset": "error",
    # What is read ahead, per virtual partition: enough to keep a worker busy, and a bound on memory. The bytes also
    # bound a poll whose records hold many lines each.
    "queued.min.messages": "30000",
    "queued.max.messages.kbytes": "8192",
    "max.partition.fetch.bytes": "1048576",
    # By default a queue that was full is topped up only a second later, long after it ran dry: measured, 0.2 instead
    # of 1.5 million records/s.
    "fetch.queue.backoff.ms": "10",
    "fetch.wait.max.ms": "100",
}


def partition_of(topic: str, partition: int) -> str:
    """The virtual partition that reads a topic partition. Never changes, or its position would be looked for
    elsewhere."""
    return SOURCE_PARTITIONS[(zlib.crc32(topic.encode()) + partition) % len(SOURCE_PARTITIONS)]


class KafkaSource(PositionedSource[State]):
    """Reads `topics` on from where the recovery store says, else from their beginning.

    The group's committed offsets are for lag tools and never read. Partitions that a topic gets while it is read are
    picked up at the next start. `extra_config` are librdkafka settings that win over those here.

    `on_progress(virtual partition, caught up)` is called on change only: caught up when a poll came back empty, and
    no longer so when one came back full.

    Asks the broker for the topics' partitions when it is made, and raises `MissingTopic` and `BrokerUnavailable` then.
    While it runs: `OffsetLost` and `SourceFailed`; a broker that goes away is waited for.
    """

    def __init__(
        self,
        bootstrap_servers: str,
        topics: Sequence[str],
        *,
        group: str = GROUP_DEFAULT,
        notes: ReadNotes,
        stop: StopRequest,
        rebuild: bool = False,
        on_progress: Progress | None = None,
        extra_config: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self._bootstrap_servers = bootstrap_servers
        self._group = group
        self._notes = notes
        self._stop = stop
        self._rebuild = rebuild
        self._on_progress = on_progress
        self._extra_config = dict(extra_config)
        # Here, because an error that the engine comes upon in a source is a panic of it.
        self._partition_counts = require_topics(bootstrap_servers, tuple(dict.fromkeys(topics)))

    def list_parts(self) -> list[str]:
        return list(SOURCE_PARTITIONS)

    def build_part(self, step_id: str, for_part: str, resume_state: State | None) -> PositionedPartition[State]:
        part = Part(
            for_part,
            (Start(self._rebuild),) if for_part == SOURCE_PARTITIONS[0] else (),
            _positions(resume_state),
            ProgressReport(for_part, self._on_progress),
            self._stop,
        )
        assigned = self._assigned(part)
        if not assigned:
            return NothingToRead(part)
        commits = GroupCommits()
        consumer = Consumer({**self._config(for_part), "on_commit": commits.on_commit})
        consumer.assign(assigned)
        return Reader(part, consumer, assigned, commits, self._notes)

    def _assigned(self, part: Part) -> list[TopicPartition]:
        """The topic partitions of a virtual partition, each with the offset to begin at."""
        return [
            TopicPartition(topic, number, part.positions.get(unit_of(topic, number), OFFSET_BEGINNING))
            for topic, count in self._partition_counts.items()
            for number in range(count)
            if partition_of(topic, number) == part.name
        ]

    def _config(self, for_part: str) -> dict[str, Any]:
        config = {**_CONSUMER_CONFIG, "group.id": self._group, **self._extra_config}
        return client_config(self._bootstrap_servers, f"source-{for_part}", config)


def _positions(state: State | None) -> Mapping[str, int]:
    """Next offsets by unit. Raises `UserError` for a state that a later version wrote."""
    if state is None:
        return {}
    if state[VERSION_KEY] != STATE_VERSION:
        raise UserError(
            f"LASTTOUCH_RECOVERY_DIR holds Kafka positions of form {state[VERSION_KEY]}, this version reads form "
            f"{STATE_VERSION}; use the version of lasttouch that wrote them, or an empty directory"
        )
    return {unit: offset for unit, offset in state.items() if unit != VERSION_KEY}
