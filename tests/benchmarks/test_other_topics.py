"""Topics with many events a record hold all events of the file, those of a topic in its order."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.event_file import event_lines
from benchmarks.other_topics import records_of, send_records
from connectors.kafka.event_routes import EventRoutes
from connectors.kafka.topics import TopicNames
from tests.connectors.kafka.kafka_topics import read_back

NAMES = TopicNames()


def lines(events: int) -> list[bytes]:
    return [line.encode() for line in event_lines(events, 100, 1)]


def of_type(events: list[bytes], kind: bytes) -> list[bytes]:
    return [event.removesuffix(b"\n") for event in events if event.startswith(b'{"type":"' + kind)]


def test_records_hold_the_events_of_a_topic_in_the_order_of_the_file() -> None:
    events = lines(1_033)
    records = list(records_of(events, EventRoutes(NAMES), 50))
    for topic, kind in ((NAMES.touches, b"touch"), (NAMES.orders, b"order")):
        values = [record.value.split(b"\n") for record in records if record.topic == topic and record.value]
        assert [len(value) for value in values[:-1]] == [50] * (len(values) - 1)
        assert 1 <= len(values[-1]) <= 50
        assert [event for value in values for event in value] == of_type(events, kind)
    assert {record.topic for record in records} == {NAMES.touches, NAMES.orders}
    assert {record.key for record in records} == {None}


def test_a_last_line_without_a_newline_is_an_event_too() -> None:
    [record] = records_of([b'{"type":"touch","message":"a"}\n', b'{"type":"touch"}'], EventRoutes(NAMES), 50)
    assert record.value == b'{"type":"touch","message":"a"}\n{"type":"touch"}'


@pytest.mark.kafka
def test_the_broker_has_all_of_a_file(kafka_bootstrap: str, topics: TopicNames, tmp_path: Path) -> None:
    events, path = lines(300), tmp_path / "events.jsonl"
    path.write_bytes(b"".join(events))
    send_records(kafka_bootstrap, topics, path, 50)
    for topic, kind in ((topics.touches, b"touch"), (topics.orders, b"order")):
        wanted = of_type(events, kind)
        records = read_back(kafka_bootstrap, topic, -(-len(wanted) // 50))
        assert b"\n".join(record.value() or b"" for record in records).split(b"\n") == wanted
