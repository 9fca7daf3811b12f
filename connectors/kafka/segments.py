"""The topic of segments, followed by a server, with the erasures that the topic of profiles brings.

Nothing is kept elsewhere: a server that starts reads all segments, and the erasures since the oldest of them was made.
"""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Iterator, Sequence
from contextlib import closing
from functools import partial
from itertools import starmap
from typing import Any, Final

import structlog
from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from config.errors import Unavailable, UserError
from connectors.kafka.client import client_config, error_of
from connectors.kafka.event_producer import EventProducer, EventsNotTaken
from connectors.kafka.event_routes import ProducerRecord
from connectors.kafka.record_lines import Run, lines_of, unit_of
from connectors.kafka.topic_layout import LOOK_EVERY_S
from connectors.kafka.topic_tail import messages_since
from connectors.kafka.topics import (
    BrokerUnavailable,
    TopicNames,
    check_broker,
    ensure_topics,
    partition_count,
    topic_plans,
)
from connectors.patience import Patience, despite_standstill
from state.bad_events import BadEvent
from state.event_json import read_line
from state.events import Erase
from state.segments import Erasure, ListedSegment, SegmentRecord, Segments, encode_segment, segment_key
from state.times import DAY_MS

CATCH_UP_TIMEOUT_S: Final = 3.0
FIRST_READ_TIMEOUT_S: Final = 10.0
"""A broker that answers is not away while all that it has is being read, as after the start."""
_NO_LEADER: Final = frozenset({KafkaError.NOT_LEADER_FOR_PARTITION, KafkaError.LEADER_NOT_AVAILABLE})
"""Soon over: the partition has just been made, or goes from one broker to another."""
_ASK_TIMEOUT_S: Final = 3.0
_POLL_S: Final = 0.1
_AGAIN_S: Final = 1.0
_CLOSE_TIMEOUT_S: Final = 2.0
_RECORDS_MAX: Final = 10_000
_MARK: Final = b"erase"
"""Every erasure has this in it; most other records have not, and need not be parsed."""

_CONSUMER_CONFIG: Final[dict[str, Any]] = {
    "group.id": "lasttouch",
    "enable.auto.commit": False,
    # A topic that was made anew is read from its start, by beginning anew (`_follow`).
    "auto.offset.reset": "error",
    "fetch.wait.max.ms": "100",
}

_ANEW: Final = frozenset({KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_TOPIC, KafkaError._ALL_BROKERS_DOWN})
"""Errors of the client after which all is read anew: the topic was deleted, or may have been while no broker was there.
One that was made anew meanwhile would be read on in its middle."""

_log = structlog.get_logger("kafka")


class FollowedSegments:
    """The segments as their topic has them. A thread reads; all else may be called from any thread.

    What an erasure takes out of a segment is taken out of its record, too, by every server that sees it: they all
    write the same. `close` it.
    """

    def __init__(self, bootstrap_servers: str, names: TopicNames, producer: EventProducer) -> None:
        """`producer` writes the records; it is not closed here."""
        self._bootstrap_servers = bootstrap_servers
        self._names = names
        self._producer = producer
        self._segments = Segments()
        self._reached: dict[tuple[str, int], int] = {}
        """Next offsets by (topic, partition); empty: nothing is read yet."""
        self._read = threading.Condition()
        """Guards the two above, and the one below."""
        self._is_away = False
        """The last attempt to read all of it has failed."""
        self._to_rewrite: set[tuple[str, str]] = set()
        self._closing = threading.Event()
        self._anew = threading.Event()
        self._grown = threading.Event()
        """Somebody has seen partitions that are not read yet."""
        self._asking = Consumer(client_config(bootstrap_servers, "segments-end", _CONSUMER_CONFIG))
        self._thread = threading.Thread(target=self._run, name="segments", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End. What has still to be written anew, the next server does."""
        self._closing.set()
        # While a broker is away it may be waiting for it; it holds nothing that is not in the topic.
        self._thread.join(_CLOSE_TIMEOUT_S)
        self._asking.close()

    def listed(self, account: str) -> list[ListedSegment]:
        """An account's segments by name."""
        with self._read:
            return self._segments.listed(account)

    def record(self, account: str, name: str) -> SegmentRecord | None:
        """A segment; None: there is none."""
        with self._read:
            return self._segments.record(account, name)

    def has_room(self, account: str, name: str) -> bool:
        """Whether an account may have a segment of this name, besides those it has."""
        with self._read:
            return self._segments.has_room(account, name)

    def erasure(self, account: str, contact: str) -> Erasure:
        """When a contact asked to be forgotten last, where that was lately or since the oldest segment was made."""
        with self._read:
            return self._segments.erasure(account, contact)

    def replace(self, record: SegmentRecord) -> ProducerRecord:
        """The record that makes a segment, or another of one that is there."""
        return ProducerRecord(self._names.segments, segment_key(record.account, record.segment), encode_segment(record))

    def removal(self, account: str, name: str) -> ProducerRecord:
        """The record that ends a segment."""
        return ProducerRecord(self._names.segments, segment_key(account, name), None)

    def catch_up(self, timeout_s: float = CATCH_UP_TIMEOUT_S) -> None:
        """Return when all is read that the broker has when this is called: whichever server took it, and for whom.

        Raises `BrokerUnavailable`.
        """
        with self._read:
            self._await_first_reading(timeout_s)
            known = set(self._reached)
        patience = Patience(timeout_s)
        ends = self._ends(known, patience)
        if ends.keys() - known:
            self._grown.set()
        with self._read:
            if not patience.wait_for(
                self._read, lambda: all(self._reached.get(of, 0) >= end for of, end in ends.items())
            ):
                raise self._away("there is more to read")

    def _ends(self, known: set[tuple[str, int]], patience: Patience) -> dict[tuple[str, int], int]:
        """The next offsets of these partitions, and of those that have come since. Raises `BrokerUnavailable`."""
        while True:
            try:
                return {of: self._range(*of)[1] for of in known | set(self._partitions_there())}
            except KafkaException as failure:
                error = error_of(failure)
                if error.code() not in _NO_LEADER or patience.is_over:
                    raise self._away(error.str()) from failure
            patience.pause_in_thread(_POLL_S)

    def _await_first_reading(self, timeout_s: float) -> None:
        was_away = self._is_away
        patience = Patience(timeout_s if was_away else max(timeout_s, FIRST_READ_TIMEOUT_S))
        patience.wait_for(self._read, lambda: bool(self._reached) or (self._is_away and not was_away))
        if not self._reached:
            raise self._away("its topics have not been read yet")

    def _partitions_there(self) -> list[tuple[str, int]]:
        """Those of both topics, as the broker has them. Raises `KafkaException`."""
        return [*self._partitions_of(self._names.segments), *self._partitions_of(self._names.profiles)]

    def _partitions_of(self, topic: str) -> list[tuple[str, int]]:
        # Also because what the client has read of a topic while it was made it believes for minutes.
        return [(topic, number) for number in range(partition_count(self._asking, topic, _ASK_TIMEOUT_S))]

    def _range(self, topic: str, partition: int) -> tuple[int, int]:
        """The offsets of the first record and of the next one. Raises `KafkaException`."""
        asked = TopicPartition(topic, partition)
        ask = partial(self._asking.get_watermark_offsets, asked, _ASK_TIMEOUT_S, cached=False)
        first, end = despite_standstill(ask, _ASK_TIMEOUT_S, KafkaException)
        return first, end

    def _away(self, why: str) -> BrokerUnavailable:
        return BrokerUnavailable(f"Kafka at {self._bootstrap_servers} cannot be read: {why}")

    def _run(self) -> None:
        while not self._closing.is_set():
            self._anew.clear()
            has_no_leader = False
            try:
                self._follow()
            except (Unavailable, UserError, KafkaException) as error:
                _log.debug("segments_not_read", error=str(error))
                has_no_leader = isinstance(error, KafkaException) and error_of(error).code() in _NO_LEADER
            except Exception as error:  # noqa: BLE001 - the thread must not end: it is in the log, and all is read anew
                _log.error("segments_failed", traceback="".join(traceback.format_exception(error)))
            with self._read:
                self._is_away = not (self._anew.is_set() or has_no_leader)
                self._read.notify_all()
            self._closing.wait(_AGAIN_S)

    def _follow(self) -> None:
        """Read all segments, then go on with them and the erasures, until something is wrong."""
        with self._read:
            self._reached = {}
        check_broker(self._bootstrap_servers, _ASK_TIMEOUT_S)
        plans = topic_plans(self._names, with_segments=True)
        ensure_topics(
            self._bootstrap_servers,
            [plan for plan in plans if plan.name in {self._names.segments, self._names.profiles}],
        )
        segments, reached = Segments(), self._first_offsets(self._names.segments)
        for messages in messages_since(self._bootstrap_servers, self._names.segments, {}, "segments"):
            self._to_rewrite.update(self._take(segments, reached, messages))
        with closing(self._new_consumer()) as consumer:
            reached |= self._erasures_from(consumer, segments.oldest_ms())
            consumer.assign([TopicPartition(*of, offset) for of, offset in reached.items()])
            with self._read:
                self._segments, self._reached = segments, {}
            self._go_on(consumer, reached)

    def _new_consumer(self) -> Consumer:
        config = client_config(self._bootstrap_servers, "segments", _CONSUMER_CONFIG)
        log = config["error_cb"]

        def on_error(error: KafkaError) -> None:
            log(error)
            if error.code() in _ANEW:
                self._anew.set()

        return Consumer({**config, "error_cb": on_error})

    def _first_offsets(self, topic: str) -> dict[tuple[str, int], int]:
        return {of: self._range(*of)[0] for of in self._partitions_of(topic)}

    def _go_on(self, consumer: Consumer, reached: dict[tuple[str, int], int]) -> None:
        is_first = True
        look_at = time.monotonic() + LOOK_EVERY_S
        while not self._closing.is_set() and not self._anew.is_set():
            # Alone, `consume` would wait for as many as it may bring.
            found = consumer.poll(_POLL_S)
            messages = [] if found is None else _records([found, *consumer.consume(_RECORDS_MAX, 0)])
            has_grown = False
            if self._grown.is_set() or time.monotonic() > look_at:
                look_at = time.monotonic() + LOOK_EVERY_S
                has_grown = self._follow_grown(consumer, reached)
            with self._read:
                self._to_rewrite.update(self._take(self._segments, reached, messages))
                if messages or is_first or has_grown:
                    self._reached, self._is_away = dict(reached), False
                    self._read.notify_all()
            is_first = False
            self._rewrite()

    def _follow_grown(self, consumer: Consumer, reached: dict[tuple[str, int], int]) -> bool:
        """Read the partitions that the topics have got, from their beginning. Returns whether there are any."""
        self._grown.clear()
        try:
            new = {of: self._range(*of)[0] for of in self._partitions_there() if of not in reached}
        except KafkaException as error:
            _log.debug("segments_not_looked_at", error=str(error))
            return False
        if new:
            _log.info("kafka_partitions_added", partitions=sorted(starmap(unit_of, new)))
            consumer.incremental_assign([TopicPartition(*of, offset) for of, offset in new.items()])
            reached.update(new)
        return bool(new)

    def _erasures_from(self, consumer: Consumer, oldest_ms: int | None) -> dict[tuple[str, int], int]:
        """Where to begin with the profiles: no erasure from before can be later than the oldest segment, since an
        event's time is at most a day ahead of when it was written."""
        since = (time.time_ns() // 1_000_000 if oldest_ms is None else oldest_ms) - DAY_MS
        first = self._first_offsets(self._names.profiles)
        found = consumer.offsets_for_times([TopicPartition(*of, since) for of in first], _ASK_TIMEOUT_S)
        offsets = {(one.topic, one.partition): one.offset for one in found}
        # Below zero: nothing was written since.
        return {of: offset if (offset := offsets[of]) >= 0 else self._range(*of)[1] for of in first}

    def _take(
        self, segments: Segments, reached: dict[tuple[str, int], int], messages: Sequence[Message]
    ) -> set[tuple[str, str]]:
        """Take records in. Returns (account, name) of the segments that have to be written anew."""
        to_rewrite: set[tuple[str, str]] = set()
        erasures: dict[tuple[str, str], Erasure] = {}
        for message in messages:
            topic, partition, offset = message.topic() or "", message.partition() or 0, message.offset() or 0
            reached[topic, partition] = offset + 1
            if topic == self._names.segments:
                to_rewrite.update(_taken(segments, message))
                continue
            for who, erasure in _erasures(message):
                known = erasures.get(who, erasure)
                erasures[who] = Erasure(max(known.time, erasure.time), max(known.written, erasure.written))
        to_rewrite.update(segments.erase(erasures))
        return to_rewrite

    def _rewrite(self) -> None:
        """Write the records anew that hold somebody who asked to be forgotten; what fails is tried again."""
        for account, name in tuple(self._to_rewrite):
            record = self.record(account, name)
            if record is not None:
                try:
                    self._producer.send_records([self.replace(record)])
                except EventsNotTaken as error:
                    _log.debug("segment_not_rewritten", error=str(error))
                    return
            self._to_rewrite.discard((account, name))


def _taken(segments: Segments, message: Message) -> Iterator[tuple[str, str]]:
    try:
        dirty = segments.take(message.key() or b"", message.value())
    except ValueError as error:
        _log.warning("no_segment", partition=message.partition(), offset=message.offset(), error=str(error)[:100])
        return
    if dirty is not None:
        yield dirty


def _erasures(message: Message) -> Iterator[tuple[tuple[str, str], Erasure]]:
    value = message.value()
    if value is None or _MARK not in value:
        return
    _, written_ms = message.timestamp()
    run = Run(message.topic() or "", message.partition() or 0, [value], [message.offset() or 0])
    for line in lines_of(run).lines:
        try:
            _, event = read_line(line, time.time_ns() // 1_000_000)
        except BadEvent:
            continue  # the dataflow dead-letters it
        if isinstance(event, Erase):
            yield (event.account, event.contact), Erasure(event.time, written_ms)


def _records(messages: Sequence[Message]) -> list[Message]:
    for message in messages:
        error = message.error()
        if error is not None:
            raise KafkaException(error)
    return list(messages)
