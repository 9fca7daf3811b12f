"""lasttouch from topics that `lasttouch ingest` does not make by itself: many events a record, or many partitions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import fields
from itertools import islice
from pathlib import Path
from typing import Final

from benchmarks.lasttouch_runs import MANY_A_RECORD, ONE_WORKER, TWO_WORKERS, FromKafka, Ingest
from benchmarks.totals import Totals
from connectors.kafka.event_producer import SEND_TIMEOUT_S_MAX, EventProducer
from connectors.kafka.event_routes import EventRoutes, ProducerRecord
from connectors.kafka.topics import TopicNames, TopicPlan, ensure_topics, topic_plans
from tests.servers.apache_kafka import ApacheKafka

EVENTS_A_RECORD: Final = 50
PARTITIONS: Final = 8

_RECORDS_AT_ONCE: Final = 1_000


def many_a_record(broker: ApacheKafka, expected: Totals, events_file: Path) -> list[FromKafka]:
    """From topics of one partition, which are filled here with `EVENTS_A_RECORD` events in each record."""
    topics = _topics("many-a-record")
    send_records(broker.bootstrap_servers, topics, events_file, EVENTS_A_RECORD)
    label = f"lasttouch, Kafka → Redis, {EVENTS_A_RECORD} events a record"
    return [FromKafka(broker, expected, MANY_A_RECORD, label, topics=topics)]


def two_workers(broker: ApacheKafka, expected: Totals, events_file: Path, folder: Path) -> list[FromKafka]:
    """One worker and two, from the same topics of `PARTITIONS` partitions, which `lasttouch ingest` fills here."""
    topics = _topics("many-partitions")
    ensure_topics(broker.bootstrap_servers, _plans(topics), PARTITIONS)
    Ingest(broker, topics=topics).measure(events_file, folder)
    label = f"lasttouch, Kafka of {PARTITIONS} partitions → Redis"
    return [
        FromKafka(broker, expected, ONE_WORKER, f"{label}, 1 worker", topics=topics),
        FromKafka(broker, expected, TWO_WORKERS, f"{label}, 2 workers", topics=topics, workers=2),
    ]


def send_records(bootstrap_servers: str, topics: TopicNames, events_file: Path, events_a_record: int) -> None:
    """Have the broker take a file's events, so many in each record. Raises `EventsNotTaken`."""
    ensure_topics(bootstrap_servers, _plans(topics))
    with (
        closing(EventProducer(bootstrap_servers, topics, _plans(topics))) as producer,
        events_file.open("rb") as lines,
    ):
        records = records_of(lines, EventRoutes(topics), events_a_record)
        while some := list(islice(records, _RECORDS_AT_ONCE)):
            producer.send_records(some, SEND_TIMEOUT_S_MAX)


def records_of(lines: Iterable[bytes], routes: EventRoutes, events_a_record: int) -> Iterator[ProducerRecord]:
    """Records of so many events of one topic, in the order of `lines`; the last of a topic may hold fewer.

    Without a key: no key is that of several contacts, and in a topic of one partition all of them stay in order.
    """
    gathered: defaultdict[str, list[bytes]] = defaultdict(list)
    for line in lines:
        _, record = routes.route(line.removesuffix(b"\n"))
        assert record.value is not None
        events = gathered[record.topic]
        events.append(record.value)
        if len(events) == events_a_record:
            yield ProducerRecord(record.topic, None, b"\n".join(events))
            events.clear()
    for topic, events in gathered.items():
        if events:
            yield ProducerRecord(topic, None, b"\n".join(events))


def _topics(shape: str) -> TopicNames:
    """Beside those of other runs, on the same broker."""
    return TopicNames(*(f"{role.default}-{shape}" for role in fields(TopicNames)))


def _plans(topics: TopicNames) -> tuple[TopicPlan, ...]:
    """Of those that events come in by."""
    return tuple(plan for plan in topic_plans(topics) if plan.name in topics.inputs)
