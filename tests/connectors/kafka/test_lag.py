"""The lag is what the topics hold and no reader has taken: asked of the broker, whatever the readers are doing."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing

import pytest
from confluent_kafka import Producer, TopicPartition

from config.stopping import StopRequest
from connectors.kafka.lag import Lag, ReadTo
from connectors.kafka.positions import partition_of
from connectors.kafka.source import KafkaSource
from connectors.kafka.topics import TopicNames
from connectors.sources.raw_lines import Lines
from connectors.sources.replay import SourceItem
from tests.connectors.files.file_runs import Notes
from tests.connectors.kafka.kafka_topics import make_topic, produce
from tests.waiting import PATIENCE_S, await_that

pytestmark = pytest.mark.kafka


def reading(topic: str, **next_offsets: int | None) -> ReadTo:
    """A reader that has come so far in the partitions p0, p1 and so on."""
    read = {f"{topic}:{name[1:]}": (TopicPartition(topic, int(name[1:])), at) for name, at in next_offsets.items()}
    return lambda: read


def test_records_that_nobody_has_read_are_counted_by_topic(kafka_bootstrap: str, topics: TopicNames) -> None:
    make_topic(kafka_bootstrap, topics.touches, 2)
    make_topic(kafka_bootstrap, topics.orders)
    for number in range(5):
        produce(kafka_bootstrap, topics.touches, [b"{}"], number % 2)
    lag = Lag(kafka_bootstrap, (topics.touches, topics.orders))
    lag.add(reading(topics.touches, p0=1, p1=None))
    lag.add(reading(topics.orders, p0=None))
    await_that(lambda: lag.by_topic() == {topics.touches: 4, topics.orders: 0}, "a lag of 4")
    produce(kafka_bootstrap, topics.orders, [b"{}"])
    await_that(lambda: lag.by_topic() == {topics.touches: 4, topics.orders: 1}, "a lag of 1 more")


def test_a_reader_that_is_ahead_of_what_the_broker_says_has_no_lag(kafka_bootstrap: str, topics: TopicNames) -> None:
    """The embedded broker tells too low an end."""
    make_topic(kafka_bootstrap, topics.touches)
    produce(kafka_bootstrap, topics.touches, [b"{}"])
    lag = Lag(kafka_bootstrap, (topics.touches,))
    lag.add(reading(topics.touches, p0=7))
    assert lag.by_topic() == {topics.touches: 0}


def test_a_worker_that_reads_nothing_of_a_topic_has_no_lag(kafka_bootstrap: str) -> None:
    assert Lag(kafka_bootstrap, ("touches", "orders")).by_topic() == {"touches": 0, "orders": 0}


def test_while_the_broker_is_away_what_it_said_last_holds(
    kafka_bootstrap: str, topics: TopicNames, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_topic(kafka_bootstrap, topics.touches)
    produce(kafka_bootstrap, topics.touches, [b"{}", b"{}"])
    lag = Lag(kafka_bootstrap, (topics.touches,))
    read: dict[str, tuple[TopicPartition, int | None]] = {"t:0": (TopicPartition(topics.touches, 0), None)}

    def read_to() -> Mapping[str, tuple[TopicPartition, int | None]]:
        return dict(read)

    lag.add(read_to)
    await_that(lambda: lag.by_topic()[topics.touches] > 0, "a lag")
    known = lag.by_topic()[topics.touches]
    away = Lag("127.0.0.1:1", (topics.touches,))
    monkeypatch.setattr(lag, "_ends", away._ends)
    assert lag.by_topic() == {topics.touches: known}
    read["t:0"] = TopicPartition(topics.touches, 0), known
    assert lag.by_topic() == {topics.touches: 0}


def test_what_only_marks_the_end_of_a_transaction_is_no_record_to_be_read(
    kafka_bootstrap: str, topics: TopicNames
) -> None:
    topic = make_topic(kafka_bootstrap, topics.touches)
    config = {"bootstrap.servers": kafka_bootstrap, "transactional.id": f"shop-{topic}", "log_level": 0}
    producer = Producer(config)
    producer.init_transactions(PATIENCE_S)
    producer.begin_transaction()
    producer.produce(topic, b"{}")
    producer.commit_transaction(PATIENCE_S)
    lag = Lag(kafka_bootstrap, (topic,))
    source = KafkaSource(kafka_bootstrap, [topic], notes=Notes(), stop=StopRequest(), lag=lag)
    with closing(source.build_part("in", partition_of(topic, 0), None)) as part:
        read: list[SourceItem] = []

        def has_none_left() -> bool:
            read.extend(part.next_batch())
            return sum(len(item.lines) for item in read if isinstance(item, Lines)) == 1 and lag.by_topic() == {
                topic: 0
            }

        await_that(has_none_left, "no lag behind a transaction")
