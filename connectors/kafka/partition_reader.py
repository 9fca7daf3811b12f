"""One virtual partition of a Kafka source while it is read: polls, positions, and what cannot be read any more."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import Final

import structlog
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, Message, TopicPartition

from config.errors import Unavailable
from config.stopping import StopRequest
from connectors.kafka.held_back import HeldBack
from connectors.kafka.lag_commits import GroupCommits
from connectors.kafka.partition_ends import BrokerEnds, PartitionEnds
from connectors.kafka.poll_times import PollTimes
from connectors.kafka.polls import LittlePolls, Poll
from connectors.kafka.positions import Saved, State, to_plain, topic_of, units_of
from connectors.kafka.record_lines import by_partition, lines_of, run_of, unit_of_message
from connectors.kafka.topic_layout import Layout, Topic, TopicWatch
from connectors.kafka.watermark import Watermark
from connectors.sources.catch_up import CatchUp, KeepingUp, ProgressReport
from connectors.sources.positioned import PositionedPartition
from connectors.sources.precedence import Precedence
from connectors.sources.replay import ReadNotes, ReplayFinished, SourceItem

_log = structlog.get_logger("kafka")

_BUSY_RECORDS: Final = 1_000
"""A poll that brings fewer is followed by a pause: a bigger batch a moment later costs less than many small ones."""
_AT_ONCE: Final = timedelta(milliseconds=1)
_HELD_PAUSE: Final = timedelta(milliseconds=5)
"""How soon it is looked whether what is held back may be handed on."""
_IDLE_PAUSE: Final = timedelta(milliseconds=250)
"""How soon a partition with nothing to read sees a request to stop."""
_ANSWER_TIMEOUT_S: Final = 2.0
_DROP_S: Final = 0.5

_MEND: Final = "start anew from what the topic holds with an empty LASTTOUCH_RECOVERY_DIR"
_LOST: Final = frozenset(
    {
        KafkaError._AUTO_OFFSET_RESET,
        KafkaError._LOG_TRUNCATION,  # noqa: SLF001 - librdkafka's own errors begin so, and are public
        KafkaError.OFFSET_OUT_OF_RANGE,
    }
)


class OffsetLost(Unavailable):
    """The next record to be read is not in its topic; one line with topic, partition and offsets."""


class TopicMadeAnew(OffsetLost):
    """A topic has another id than the one that was read; one line with its name."""


class SourceFailed(Unavailable):
    """The Kafka client cannot go on at all."""


@dataclass(frozen=True, slots=True)
class Part:
    """What every virtual partition has, whether it has anything to read or not."""

    name: str
    opening: tuple[SourceItem, ...]
    """What it says before anything else."""
    saved: Saved
    """As the recovery store has it."""
    report: ProgressReport
    stop: StopRequest
    dear_topics: Collection[str]
    """See `connectors.kafka.polls` and `connectors.kafka.held_back`."""
    watermark: Watermark
    """Of this worker."""
    precedence: Precedence
    """Of questions over what is read here."""


class Reader(PositionedPartition[State]):
    """The topic partitions of one virtual partition, read by one consumer, which is made when there are any.

    Raises `OffsetLost`, `TopicMadeAnew` and `SourceFailed`.
    """

    def __init__(
        self,
        part: Part,
        connect: Callable[[], Consumer],
        ends: BrokerEnds,
        watch: TopicWatch,
        commits: GroupCommits,
        notes: ReadNotes,
        poll_times: PollTimes,
    ) -> None:
        """`connect` makes a consumer to which nothing is assigned."""
        self._part = part
        self._connect = connect
        self._broker_ends = ends
        self._watch = watch
        self._commits = commits
        self._poll_times = poll_times
        self._consumer: Consumer | None = None
        self._units: dict[str, TopicPartition] = {}
        self._positions = dict(part.saved.positions)
        self._ids = dict(part.saved.ids)
        self._opening: list[SourceItem] = list(part.opening)
        self._is_busy = True
        self._is_cut = False
        self._little = LittlePolls(part.dear_topics)
        self._held_back = HeldBack(part.dear_topics, part.watermark)
        self._snapshotted: Sequence[TopicPartition] = ()
        self._ends = PartitionEnds(lambda: ends.ask(dict(self._units)))
        self._layout: Layout = {}
        self._failure: TopicMadeAnew | None = None
        self._take_layout(watch.layout())
        self._catch_up: CatchUp | None = CatchUp({unit: notes.high_water(unit) for unit in self._units})
        self._keeping_up = KeepingUp()

    def next_batch(self) -> list[SourceItem]:
        if self._part.stop.requested:
            raise StopIteration
        self._take_layout(self._watch.layout())
        if self._failure is not None:
            raise self._failure
        items, self._opening = self._opening, []
        poll = self._poll()
        self._is_cut = poll.is_cut
        has_others = any(map(Message.error, poll.messages))
        self._take(self._records_among(poll.messages) if has_others else poll.messages, items)
        self._note_progress(items, is_full=poll.is_full)
        return items

    def _poll(self) -> Poll:
        if self._consumer is None:
            return Poll([])
        if not self._part.report.is_caught_up:
            return self._held_back.poll(self._consumer)
        if not self._part.precedence.lets_read():
            return Poll([], is_cut=True)
        poll = self._little.poll(self._consumer)
        if poll.messages:
            self._part.precedence.has_read()
        return poll

    def _note_progress(self, items: list[SourceItem], *, is_full: bool) -> None:
        report = self._part.report
        if report.is_caught_up:
            self._see_if_it_keeps_up()
            return
        left: Collection[str] = self._units
        if is_full:
            self._ends.forget()
        else:
            # The client may have come to an end behind what is held back.
            left = self._ends.not_read_to_end(self._units, self._positions) | set(self._held_back.units)
            self._held_back.read_to_end(left)
        if self._catch_up is not None and self._catch_up.is_passed(self._positions, left):
            self._catch_up = None
            items.append(ReplayFinished(self._part.name))
        report.polled(has_passed=self._catch_up is None, is_full=is_full, is_at_end=not left)

    def _see_if_it_keeps_up(self) -> None:
        ends = self._ends
        if not self._keeping_up.polled(
            reached=lambda unit: max(self._positions.get(unit, 0), ends.come_to(unit) or 0),
            is_at_end=ends.is_seen(self._units, self._positions),
            ends=ends.take_told,
        ):
            ends.forget()
            self._part.report.fell_behind()

    def next_awake(self) -> datetime | None:
        if self._is_cut:
            return datetime.now(UTC) + _AT_ONCE  # when what was polled has gone on, not together with it
        if self._is_busy:
            return None
        if self._held_back.units:
            return datetime.now(UTC) + _HELD_PAUSE
        return datetime.now(UTC) + _IDLE_PAUSE if self._consumer is None else self._poll_times.next()

    def read_to(self) -> Mapping[str, tuple[TopicPartition, int | None]]:
        """By unit, what is read here and the next offset of it; None: its first. From any thread.

        The markers of transactions are behind the position where the client has come to an end behind them.
        """
        return {
            unit: (tp, max(filter(None, (self._positions.get(unit), self._ends.come_to(unit))), default=None))
            for unit, tp in dict(self._units).items()
        }

    def position(self) -> Mapping[str, int]:
        return dict(self._positions)

    def to_note(self, position: Mapping[str, int]) -> Mapping[str, int]:
        return {unit: position[unit] for unit in self._units if unit in position}

    def snapshot_at(self, position: Mapping[str, int]) -> State:
        # The engine stores this snapshot only later; the one before it is stored by now.
        if self._consumer is not None:
            self._commits.commit(self._consumer, self._snapshotted)
        self._snapshotted = [
            TopicPartition(tp.topic, tp.partition, position[unit])
            for unit, tp in self._units.items()
            if unit in position
        ]
        return to_plain(position, self._ids)

    def close(self) -> None:
        self._held_back.close()
        if self._consumer is None:
            return
        consumer = self._consumer
        self._consumer = None
        self._commits.settle(consumer, self._snapshotted)
        clients: list[object] = [consumer, self._broker_ends.take_client()]
        del consumer
        # Dropped, not closed: there is no group to leave, and while the broker is away `Consumer.close` waits for the
        # answer to a commit without end. Even dropping waits a minute for a broker that keeps its connections open.
        dropping = Thread(target=clients.clear, name="drop-clients", daemon=True)
        dropping.start()
        dropping.join(_DROP_S)

    def _take_layout(self, layout: Layout) -> None:
        """Begin with the topic partitions that are new, each where it was left, else at its beginning."""
        if layout is self._layout:
            return
        self._layout = layout
        new: dict[str, TopicPartition] = {}
        for topic, found in layout.items():
            self._take_id(topic, found)
            for unit, number in units_of(self._part.name, topic, found.partitions).items():
                if unit not in self._units:
                    new[unit] = TopicPartition(topic, number, self._positions.get(unit, OFFSET_BEGINNING))
        if not new or self._failure is not None:
            return
        if self._units:
            _log.info("kafka_partitions_added", partitions=sorted(new))
        if self._consumer is None:
            self._consumer = self._connect()
        self._consumer.incremental_assign(list(new.values()))
        self._held_back.begin(new)
        if self._part.report.is_caught_up:
            self._held_back.read_to_end([])  # nobody waits for what keeps up
        self._units.update(new)

    def _take_id(self, topic: str, found: Topic) -> None:
        if found.id is None:
            return
        known = self._ids.setdefault(topic, found.id)
        is_read = any(topic_of(unit) == topic for unit in self._positions)
        if known == found.id:
            return
        if is_read and self._failure is None:
            self._failure = TopicMadeAnew(
                f"topic {topic} was deleted and made anew: what was read of it is not what it holds; {_MEND}"
            )
        elif not is_read:
            self._ids[topic] = found.id

    def _take(self, messages: Sequence[Message], items: list[SourceItem]) -> None:
        """Add the lines of `messages` to `items`; while others are to come first, of as many as may be handed on."""
        polled = by_partition(messages, single=len(self._units) == 1)
        due = polled if self._part.report.is_caught_up else self._held_back.due(polled)
        self._is_busy = sum(map(len, due)) >= _BUSY_RECORDS
        runs = [run_of(each) for each in due]
        self._positions.update({run.unit: run.next_offset for run in runs})
        items.extend(lines for lines in map(lines_of, runs) if lines.lines or lines.oversized)

    def _records_among(self, messages: Sequence[Message]) -> list[Message]:
        """The messages that are records. Of the others, raise what cannot be mended, and log what is retried."""
        records = []
        for message in messages:
            error = message.error()
            if error is None:
                records.append(message)
            elif error.code() == KafkaError._PARTITION_EOF:
                self._see_end(message)
            elif error.code() in _LOST:
                raise self._offset_lost(message, error)
            elif error.fatal():
                raise SourceFailed(f"the Kafka client cannot go on: {error.str()}")
            else:
                where = {"topic": message.topic(), "partition": message.partition()}
                _log.warning("kafka_read_error", error=error.name(), detail=error.str(), **where)
        return records

    def _see_end(self, message: Message) -> None:
        offset = message.offset()
        assert offset is not None
        self._ends.seen(unit_of_message(message), offset)

    def _offset_lost(self, message: Message, error: KafkaError) -> OffsetLost:
        topic, partition, wanted = message.topic(), message.partition(), message.offset()
        where = f"topic {topic}, partition {partition}: the next record to be read, offset {wanted}, is not there"
        if topic is None or partition is None or wanted is None:
            return OffsetLost(f"{where}: {error.str()}; {_MEND}")
        assert self._consumer is not None
        try:
            tp = TopicPartition(topic, partition)
            earliest, end = self._consumer.get_watermark_offsets(tp, timeout=_ANSWER_TIMEOUT_S)
        except KafkaException:
            return OffsetLost(f"{where}: {error.str()}; {_MEND}")
        if wanted < earliest:
            gone = f"retention took {earliest - wanted} records before they were read (the earliest is {earliest})"
            return OffsetLost(f"{where} any more: {gone}; let the topic keep them longer, and {_MEND}")
        return OffsetLost(f"{where}: the topic was made anew or cut (it ends at {end}); {_MEND}")
