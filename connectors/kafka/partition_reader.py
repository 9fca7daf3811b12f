"""One virtual partition of a Kafka source while it is read: polls, positions, and what cannot be read any more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import Final

import structlog
from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from config.errors import Unavailable
from config.stopping import StopRequest
from connectors.kafka.lag_commits import GroupCommits
from connectors.kafka.record_lines import lines_of, runs_of, unit_of
from connectors.sources.catch_up import CatchUp, ProgressReport
from connectors.sources.positioned import PositionedPartition
from connectors.sources.replay import ReadNotes, ReplayFinished, SourceItem

_log = structlog.get_logger("kafka")

State = dict[str, int]
"""`{"version": 1, "topic:partition": next offset, …}`: what the recovery store keeps of a virtual partition. Topic
partitions that are not read any more stay in it, so that a topic that is named again goes on where it stopped."""

STATE_VERSION: Final = 1
VERSION_KEY: Final = "version"

BATCH_RECORDS_MAX: Final = 10_000
_BUSY_RECORDS: Final = 1_000
"""A poll that brings fewer is followed by a pause: a bigger batch a moment later costs less than many small ones."""
_PAUSE: Final = timedelta(milliseconds=20)
_IDLE_PAUSE: Final = timedelta(milliseconds=250)
"""How soon a partition with nothing to read sees a request to stop."""
_ANSWER_TIMEOUT_S: Final = 2.0
_DROP_S: Final = 0.5

_LOST: Final = frozenset(
    {
        KafkaError._AUTO_OFFSET_RESET,
        KafkaError._LOG_TRUNCATION,  # noqa: SLF001 - librdkafka's own errors begin so, and are public
        KafkaError.OFFSET_OUT_OF_RANGE,
    }
)


class OffsetLost(Unavailable):
    """The next record to be read is not in its topic; one line with topic, partition and offsets."""


class SourceFailed(Unavailable):
    """The Kafka client cannot go on at all."""


@dataclass(frozen=True, slots=True)
class Part:
    """What every virtual partition has, whether it has anything to read or not."""

    name: str
    opening: tuple[SourceItem, ...]
    """What it says before anything else."""
    positions: Mapping[str, int]
    """Next offsets by unit, as the recovery store has them."""
    report: ProgressReport
    stop: StopRequest


class NothingToRead(PositionedPartition[State]):
    """A virtual partition to which no topic partition belongs: it has passed at once."""

    def __init__(self, part: Part) -> None:
        self._part = part
        self._items: list[SourceItem] = [*part.opening, ReplayFinished(part.name)]

    def next_batch(self) -> list[SourceItem]:
        if self._part.stop.requested:
            raise StopIteration
        items, self._items = self._items, []
        self._part.report.nothing_to_read()
        return items

    def next_awake(self) -> datetime | None:
        return None if self._items else datetime.now(UTC) + _IDLE_PAUSE

    def position(self) -> Mapping[str, int]:
        return self._part.positions

    def note(self, position: Mapping[str, int]) -> None:
        """Nothing is read, so nothing is noted."""

    def snapshot_at(self, position: Mapping[str, int]) -> State:
        return {VERSION_KEY: STATE_VERSION, **position}


class Reader(PositionedPartition[State]):
    """The topic partitions of one virtual partition, read by one consumer to which they are assigned already.

    Raises `OffsetLost` and `SourceFailed`.
    """

    def __init__(
        self,
        part: Part,
        consumer: Consumer,
        assigned: Sequence[TopicPartition],
        commits: GroupCommits,
        notes: ReadNotes,
    ) -> None:
        self._part = part
        self._consumer = consumer
        self._commits = commits
        self._units = {unit_of(tp.topic, tp.partition): tp for tp in assigned}
        self._notes = notes
        self._positions = dict(part.positions)
        self._opening: list[SourceItem] = list(part.opening)
        self._is_busy = True
        self._snapshotted: Sequence[TopicPartition] = ()
        self._catch_up: CatchUp | None = CatchUp(
            {unit: notes.high_water(unit) for unit in self._units}, self._positions
        )

    def next_batch(self) -> list[SourceItem]:
        if self._part.stop.requested:
            raise StopIteration
        items, self._opening = self._opening, []
        messages = self._consumer.consume(BATCH_RECORDS_MAX, 0)
        polled = len(messages)
        self._is_busy = polled >= _BUSY_RECORDS
        if any(map(Message.error, messages)):
            messages = self._records_among(messages)
        read = self._take(messages, items)
        if self._catch_up is not None and self._catch_up.is_passed(read, self._broker_answers):
            self._catch_up = None
            items.append(ReplayFinished(self._part.name))
        self._part.report.polled(polled, BATCH_RECORDS_MAX, has_passed=self._catch_up is None)
        return items

    def next_awake(self) -> datetime | None:
        return None if self._is_busy else datetime.now(UTC) + _PAUSE

    def position(self) -> Mapping[str, int]:
        return dict(self._positions)

    def note(self, position: Mapping[str, int]) -> None:
        self._notes.read_to({unit: position[unit] for unit in self._units if unit in position})

    def snapshot_at(self, position: Mapping[str, int]) -> State:
        # The engine stores this snapshot only later; the one before it is stored by now.
        self._commits.commit(self._consumer, self._snapshotted)
        self._snapshotted = [
            TopicPartition(tp.topic, tp.partition, position[unit])
            for unit, tp in self._units.items()
            if unit in position
        ]
        return {VERSION_KEY: STATE_VERSION, **position}

    def close(self) -> None:
        consumer = [self._consumer]
        del self._consumer
        self._commits.settle(consumer[0], self._snapshotted)
        # Dropped, not closed: there is no group to leave, and while the broker is away `Consumer.close` waits for the
        # answer to a commit without end. Even dropping waits a minute for a broker that keeps its connections open.
        dropping = Thread(target=consumer.clear, name="drop-consumer", daemon=True)
        dropping.start()
        dropping.join(_DROP_S)

    def _take(self, messages: Sequence[Message], items: list[SourceItem]) -> Mapping[str, int]:
        """Add the lines of `messages` to `items`. Returns the next offsets by unit."""
        runs = runs_of(messages, single=len(self._units) == 1)
        if not runs:
            return {}
        read = {run.unit: run.next_offset for run in runs}
        self._positions.update(read)
        items.extend(lines for lines in map(lines_of, runs) if lines.lines or lines.oversized)
        return read

    def _broker_answers(self) -> bool:
        # What it answers is not looked at: a high watermark may be wrong (Tansu), and says nothing here.
        try:
            for tp in self._units.values():
                self._consumer.get_watermark_offsets(tp, timeout=_ANSWER_TIMEOUT_S)
        except KafkaException:
            return False
        return True

    def _records_among(self, messages: Sequence[Message]) -> list[Message]:
        """The messages that are records. Of the others, raise what cannot be mended, and log what is retried."""
        records = []
        for message in messages:
            error = message.error()
            if error is None:
                records.append(message)
            elif error.code() in _LOST:
                raise self._offset_lost(message, error)
            elif error.fatal():
                raise SourceFailed(f"the Kafka client cannot go on: {error.str()}")
            else:
                where = {"topic": message.topic(), "partition": message.partition()}
                _log.warning("kafka_read_error", error=error.name(), detail=error.str(), **where)
        return records

    def _offset_lost(self, message: Message, error: KafkaError) -> OffsetLost:
        topic, partition, wanted = message.topic(), message.partition(), message.offset()
        where = f"topic {topic}, partition {partition}: the next record to be read, offset {wanted}, is not there"
        mend = "start anew from what the topic holds with an empty LASTTOUCH_RECOVERY_DIR"
        if topic is None or partition is None or wanted is None:
            return OffsetLost(f"{where}: {error.str()}; {mend}")
        try:
            tp = TopicPartition(topic, partition)
            earliest, end = self._consumer.get_watermark_offsets(tp, timeout=_ANSWER_TIMEOUT_S)
        except KafkaException:
            return OffsetLost(f"{where}: {error.str()}; {mend}")
        if wanted < earliest:
            gone = f"retention took {earliest - wanted} records before they were read (the earliest is {earliest})"
            return OffsetLost(f"{where} any more: {gone}; let the topic keep them longer, and {mend}")
        return OffsetLost(f"{where}: the topic was made anew or cut (it ends at {end}); {mend}")
