"""Topics filled and read back by plain clients, and source partitions driven by hand."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, Message, Producer, TopicPartition

from connectors.kafka.partition_reader import State
from connectors.kafka.topics import TopicPlan, ensure_topics, require_topics
from connectors.sources.positioned import PositionedPartition
from connectors.sources.raw_lines import Lines
from connectors.sources.replay import SourceItem
from state.events import At

PATIENCE_S = 60.0
"""After which something that has to happen is taken to have failed."""


def make_topic(bootstrap: str, name: str, partitions: int = 1) -> str:
    ensure_topics(bootstrap, [TopicPlan(name, {"max.message.bytes": "8388608"})], partitions)
    return name


def produce(
    bootstrap: str, topic: str, values: Iterable[bytes | None], partition: int = 0, key: bytes | None = None
) -> None:
    """Append records, in order, and return when the broker has them."""
    failed: list[KafkaError] = []

    def report(error: KafkaError | None, _record: Message) -> None:
        if error is not None:
            failed.append(error)

    producer = Producer({"bootstrap.servers": bootstrap, "message.max.bytes": 9_000_000, "log_level": 0})
    for value in values:
        producer.produce(topic, value, key, partition, on_delivery=report)
    assert producer.flush(PATIENCE_S) == 0
    assert not failed


def read_back(bootstrap: str, topic: str, count: int) -> list[Message]:
    """The first `count` records of a topic, over all its partitions; waits until they are there."""
    config = {"bootstrap.servers": bootstrap, "group.id": "read-back", "enable.auto.commit": False, "log_level": 0}
    consumer = Consumer(config)
    partitions = require_topics(bootstrap, [topic])[topic]
    consumer.assign([TopicPartition(topic, number, OFFSET_BEGINNING) for number in range(partitions)])
    records: list[Message] = []
    deadline = time.monotonic() + PATIENCE_S
    while len(records) < count:
        assert time.monotonic() < deadline, f"{len(records)} of {count} records"
        for message in consumer.consume(1000, 0.1):
            assert message.error() is None
            records.append(message)
    consumer.close()
    return records


def drive(part: PositionedPartition[State], until: Callable[[list[SourceItem]], bool]) -> list[SourceItem]:
    """Poll as the engine does until `until(items)`."""
    items: list[SourceItem] = []
    deadline = time.monotonic() + PATIENCE_S
    while not until(items):
        assert time.monotonic() < deadline, f"after {len(items)} items"
        items += part.next_batch()
        part.note(part.position())
        time.sleep(0.005)
    return items


def events(items: Sequence[SourceItem]) -> Iterator[tuple[At, bytes]]:
    """Each line with its position."""
    for item in items:
        if isinstance(item, Lines):
            assert len(item.lines) == len(item.ats)
            yield from zip(item.ats, item.lines, strict=True)


def at_least(count: int) -> Callable[[list[SourceItem]], bool]:
    """So many lines have come."""
    return lambda items: sum(len(item.lines) for item in items if isinstance(item, Lines)) >= count


@contextmanager
def standing_still(pid: int | None) -> Iterator[None]:
    """A server that keeps its connections and answers nothing."""
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)
