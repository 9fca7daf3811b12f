"""Events from Kafka topics: positions in Bytewax's recovery store, also committed to a group for lag tools.

Topics are not partitions: the engine refuses to resume when a partition that its store knows is missing. So topic
partitions are dealt to `SOURCE_PARTITIONS`, whose state says how far each was read.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from confluent_kafka import Consumer
from confluent_kafka.admin import AdminClient

from config.stopping import StopRequest
from connectors.kafka.client import client_config
from connectors.kafka.lag import Lag
from connectors.kafka.lag_commits import GroupCommits
from connectors.kafka.partition_ends import BrokerEnds
from connectors.kafka.partition_reader import Part, Reader
from connectors.kafka.poll_times import PollTimes
from connectors.kafka.positions import State, from_plain
from connectors.kafka.topic_layout import TopicWatch
from connectors.kafka.watermark import Watermark
from connectors.sources.catch_up import Progress, ProgressReport
from connectors.sources.positioned import PositionedPartition, PositionedSource
from connectors.sources.precedence import Precedence
from connectors.sources.raw_lines import SOURCE_PARTITIONS
from connectors.sources.replay import ReadNotes, Start

GROUP_DEFAULT: Final = "lasttouch"

_CONSUMER_CONFIG: Final[Mapping[str, str | bool]] = {
    "enable.auto.commit": False,
    "enable.auto.offset.store": False,
    "enable.partition.eof": True,
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


class KafkaSource(PositionedSource[State]):
    """Reads `topics` on from where the recovery store says, else from their beginning.

    The group's committed offsets are for lag tools and never read. Partitions that a topic gets while it is read are
    read from their beginning within `LOOK_EVERY_S` or little more. `extra_config` are librdkafka settings that win
    over those here.

    `on_progress(virtual partition, caught up)` is called on change only: caught up when all is read to where the
    broker says that it ends, and behind when it does not keep up with what comes (`KeepingUp`).

    Asks the broker for the topics' partitions when it is made, and raises `MissingTopic` and `BrokerUnavailable` then.
    While it runs: `OffsetLost` and `SourceFailed`; a broker that goes away is waited for.
    """

    def __init__(  # noqa: PLR0913 - what a source has to do with
        self,
        bootstrap_servers: str,
        topics: Sequence[str],
        *,
        group: str = GROUP_DEFAULT,
        notes: ReadNotes,
        stop: StopRequest,
        rebuild: bool = False,
        on_progress: Progress | None = None,
        lag: Lag | None = None,
        dear_topics: Collection[str] = (),
        precedence: Precedence | None = None,
        extra_config: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """`lag`: is told of every partition in this process. `dear_topics`: those of `topics` whose events are much
        work (`connectors.kafka.polls`), and wait for the others while a worker catches up
        (`connectors.kafka.held_back`). `precedence`: of questions; None: nobody can ask.
        """
        self._lag = lag
        self._bootstrap_servers = bootstrap_servers
        self._group = group
        self._notes = notes
        self._stop = stop
        self._rebuild = rebuild
        self._on_progress = on_progress
        self._dear_topics = dear_topics
        self._precedence = precedence or Precedence(is_alone=True)
        self._extra_config = dict(extra_config)
        self._poll_times = PollTimes()
        self._watermark = Watermark()
        # Here, because an error that the engine comes upon in a source is a panic of it.
        self._watch = TopicWatch(bootstrap_servers, tuple(dict.fromkeys(topics)))

    @property
    def notes(self) -> ReadNotes:
        return self._notes

    def list_parts(self) -> list[str]:
        return list(SOURCE_PARTITIONS)

    def build_part(self, step_id: str, for_part: str, resume_state: State | None) -> PositionedPartition[State]:
        part = Part(
            for_part,
            (Start(self._rebuild),) if for_part == SOURCE_PARTITIONS[0] else (),
            from_plain(resume_state),
            ProgressReport(for_part, self._on_progress),
            self._stop,
            self._dear_topics,
            self._watermark,
            self._precedence,
        )
        commits = GroupCommits()
        config = {**self._config(for_part), "on_commit": commits.on_commit}
        ends = BrokerEnds(lambda: AdminClient(self._admin_config(for_part)))
        reader = Reader(part, lambda: Consumer(config), ends, self._watch, commits, self._notes, self._poll_times)
        if self._lag is not None:
            self._lag.add(reader.read_to)
        return reader

    def _admin_config(self, for_part: str) -> dict[str, Any]:
        return client_config(self._bootstrap_servers, f"ends-{for_part}", {})

    def _config(self, for_part: str) -> dict[str, Any]:
        config = {**_CONSUMER_CONFIG, "group.id": self._group, **self._extra_config}
        return client_config(self._bootstrap_servers, f"source-{for_part}", config)
