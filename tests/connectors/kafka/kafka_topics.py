"""Topics filled and read back by plain clients, and source partitions driven by hand."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from confluent_kafka import Consumer, KafkaError, Message, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewPartitions

from connectors.kafka import segments, topic_layout, topics
from connectors.kafka.positions import State
from connectors.kafka.topics import FIRST_OFFSET, TopicPlan, ensure_topics, require_topics, topics_there
from connectors.sources.positioned import PositionedPartition
from connectors.sources.raw_lines import Lines
from connectors.sources.replay import SourceItem
from state.events import At
from tests.waiting import PATIENCE_S, await_that

GROWN_PARTITIONS = 10


def make_topic(bootstrap: str, name: str, partitions: int = 1) -> str:
    ensure_topics(bootstrap, [TopicPlan(name, {"max.message.bytes": "8388608"})], partitions, PATIENCE_S)
    return name


def delete_topic(bootstrap: str, name: str) -> None:
    """Return when the broker does not show it any more."""
    admin = AdminClient({"bootstrap.servers": bootstrap, "log_level": 0})
    for done in admin.delete_topics([name], operation_timeout=PATIENCE_S).values():
        done.result(PATIENCE_S)
    await_that(lambda: name not in admin.list_topics(timeout=PATIENCE_S).topics, f"{name} deleted")


def growing_topic(bootstrap: str, name: str, patch: pytest.MonkeyPatch) -> tuple[str, Callable[[int], None]]:
    """A topic that begins with one partition, and what gives it more.

    Tansu cannot add partitions: there the topic has `GROWN_PARTITIONS` from the beginning, and is shown as having one.
    """
    if os.environ.get("LASTTOUCH_TEST_KAFKA") == "apache":
        make_topic(bootstrap, name)
        admin = AdminClient({"bootstrap.servers": bootstrap, "log_level": 0})

        def add(partitions: int) -> None:
            for done in admin.create_partitions([NewPartitions(name, partitions)]).values():
                done.result(PATIENCE_S)
            await_partitions(bootstrap, name, partitions)

        return name, add

    make_topic(bootstrap, name, GROWN_PARTITIONS)
    shown = [1]
    real = require_topics
    patch.setattr(
        topic_layout,
        "require_topics",
        lambda *args: {topic: shown[0] if topic == name else count for topic, count in real(*args).items()},
    )
    counted = topics.partition_count
    patch.setattr(
        segments,
        "partition_count",
        lambda client, topic, timeout_s: shown[0] if topic == name else counted(client, topic, timeout_s),
    )

    def show(partitions: int) -> None:
        assert partitions == GROWN_PARTITIONS
        shown[0] = partitions

    return name, show


def await_partitions(bootstrap: str, name: str, partitions: int) -> None:
    await_that(
        lambda: require_topics(bootstrap, [name], PATIENCE_S)[name] >= partitions, f"{partitions} partitions of {name}"
    )


def await_topics(bootstrap: str, *names: str) -> None:
    """Until somebody else has made them."""
    await_that(lambda: topics_there(bootstrap, PATIENCE_S).keys() >= set(names), f"the topics {names}")


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
    partitions = require_topics(bootstrap, [topic], PATIENCE_S)[topic]
    consumer.assign([TopicPartition(topic, number, FIRST_OFFSET) for number in range(partitions)])
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

    def poll() -> bool:
        if until(items):
            return True
        items.extend(part.next_batch())
        return False

    await_that(poll, lambda: f"more than {len(items)} items")
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


def positions(state: State) -> dict[str, int | str]:
    """The next offsets of a saved state, by unit."""
    assert state["version"] == 2
    return {unit: position for unit, position in state.items() if ":" in unit}


@contextmanager
def standing_still(pid: int | None) -> Iterator[None]:
    """A server that keeps its connections and answers nothing."""
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    try:
        # The signal is on its way: a thread that runs may still answer.
        await_that(lambda: _is_stopped(pid), "every thread stopped")
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def _is_stopped(pid: int) -> bool:
    """Whether every thread of a process is (proc(5): the state stands behind the name, which may hold anything)."""
    threads = Path(f"/proc/{pid}/task").iterdir()
    return all((thread / "stat").read_text().rpartition(")")[2].split()[0] == "T" for thread in threads)
