"""Events in Kafka, runs that read them, and what a reader of the output topics has in the end."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import redis
from confluent_kafka import Consumer, Message, TopicPartition

from connectors.kafka.ingest import ingest_files
from connectors.kafka.topics import FIRST_OFFSET, TopicNames, TopicPlan, ensure_topics, require_topics
from tests.connectors.kafka.kafka_topics import produce
from tests.e2e.running import Running, Runs, positions
from tests.e2e.shop_files import TOTAL
from tests.waiting import PATIENCE_S, await_that

TOPICS: Final = TopicNames()
TOUCH_PARTITIONS: Final = 3
_END: Final = b"end"

OrderKey = tuple[str, str]


def make_inputs(bootstrap: str) -> None:
    """The topics that events come in by, touches in several partitions."""
    ensure_topics(bootstrap, [TopicPlan(TOPICS.touches)], TOUCH_PARTITIONS)
    ensure_topics(bootstrap, [TopicPlan(TOPICS.orders), TopicPlan(TOPICS.profiles)])


def ingest(bootstrap: str, file: Path) -> int:
    """Write a file's events to their topics. Returns how many they are."""
    return ingest_files([file], bootstrap, names=TOPICS, on_progress=lambda _: None).total


def put(bootstrap: str, lines: Iterable[bytes]) -> None:
    """Write events one by one, each as a record, touches to partition 0."""
    for line in lines:
        topic = TOPICS.touches if b'"touch"' in line else TOPICS.orders
        produce(bootstrap, topic, [line])


def records_read(client: redis.Redis) -> int:
    """How many records of all topics any run has read."""
    return sum(positions(client).values())


def await_caught_up(client: redis.Redis, records: int) -> None:
    """Wait until so many records have been read and the run says that there are no more."""
    await_that(
        lambda: records_read(client) == records and client.hget("lasttouch:run", "catching_up") == b"0",
        f"{records} records read",
    )


def start_counted(runs: Runs, client: redis.Redis, bootstrap: str, shop: Path, buyers: int) -> Running:
    """Start a run that has counted a shop of so many buyers and waits for more."""
    assert runs.command("ingest", shop, kafka_bootstrap_servers=bootstrap).wait().status == 0
    started = runs.start(kafka_bootstrap_servers=bootstrap, epoch_seconds="0.5")
    await_that(lambda: client.hget(TOTAL, "purchases:EUR") == b"%d" % buyers, "all counted")
    return started


def last_records(bootstrap: str) -> dict[OrderKey, dict[str, Any]]:
    """The last record of each key of `attributions`, by account and order."""
    last: dict[OrderKey, dict[str, Any]] = {}
    for message in _all(bootstrap, TOPICS.attributions):
        key, value = message.key(), message.value()
        assert key is not None
        assert value is not None
        account, order = json.loads(key)
        last[account, order] = json.loads(value)
    return last


def dead_letters(bootstrap: str) -> list[dict[str, Any]]:
    return [json.loads(message.value() or b"") for message in _all(bootstrap, TOPICS.dead_letters)]


def _all(bootstrap: str, topic: str) -> Iterator[Message]:
    """Every record that a topic holds now, in the order of each partition.

    What the broker says of a partition's beginning and end is not asked for (the embedded one errs): a mark is put at
    the end.
    """
    count = require_topics(bootstrap, [topic])[topic]
    mark = uuid.uuid4().hex.encode()
    for partition in range(count):
        produce(bootstrap, topic, [mark], partition, _END)
    config = {"bootstrap.servers": bootstrap, "group.id": "reader", "enable.auto.commit": False, "log_level": 0}
    consumer = Consumer(config)
    consumer.assign([TopicPartition(topic, partition, FIRST_OFFSET) for partition in range(count)])
    deadline = time.monotonic() + PATIENCE_S
    while count:
        assert time.monotonic() < deadline, f"the end of {topic} never came"
        for message in consumer.consume(10_000, 0.1):
            assert message.error() is None
            if message.key() != _END:
                yield message
            elif message.value() == mark:
                count -= 1
    consumer.close()


def rows_of(view: dict[str, dict[str, Any]]) -> dict[OrderKey, dict[str, Any]]:
    """All order rows of the account acme by account and order."""
    return {
        ("acme", order): row
        for key, rows in view.items()
        if key.startswith("lasttouch:{acme}:rows:")
        for order, row in rows.items()
    }


def not_as_in_rows(
    records: dict[OrderKey, dict[str, Any]], rows: dict[OrderKey, dict[str, Any]]
) -> list[tuple[OrderKey, str, object, object]]:
    """Where the last record of an order and its row differ: (order, field, in the record, in the row)."""
    return [
        (order, name, record.get(name), row.get(name))
        for order in records.keys() | rows.keys()
        for record, row in [(records.get(order, {}), rows.get(order, {}))]
        for name in record.keys() | row.keys()
        if name not in _ONLY_RECORDS and name not in _ONLY_ROWS and record.get(name) != row.get(name)
    ]


_ONLY_RECORDS: Final = frozenset({"account", "credited", "window"})
_ONLY_ROWS: Final = frozenset(
    {"refunded", "email", "phone", "external_customer_id", "first_name", "last_name", "items"}
)
