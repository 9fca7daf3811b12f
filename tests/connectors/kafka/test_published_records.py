"""What was published since an offset: all of it, whatever the broker says of where the topic ends."""

from __future__ import annotations

import pytest

from connectors.kafka.attribution_records import record_key
from connectors.kafka.published_records import TopicOfRecords
from connectors.kafka.topics import BrokerUnavailable, TopicNames
from tests.connectors.kafka.kafka_topics import make_topic, produce

pytestmark = pytest.mark.kafka


def publish(bootstrap: str, topic: str, *orders: str, partition: int = 0) -> None:
    for order in orders:
        produce(bootstrap, topic, [b"{}"], partition, record_key("acme", order))


def since(topic: TopicOfRecords, offsets: dict[str, int]) -> set[str]:
    return {order for batch in topic.since(offsets) for _, order in batch}


def test_all_records_from_the_offsets_on_over_all_partitions(kafka_bootstrap: str, topics: TopicNames) -> None:
    name = make_topic(kafka_bootstrap, topics.attributions, 2)
    records = TopicOfRecords(kafka_bootstrap, name)
    publish(kafka_bootstrap, name, "o1", "o2")
    publish(kafka_bootstrap, name, "o3", partition=1)
    assert since(records, {}) == {"o1", "o2", "o3"}
    assert since(records, {f"{name}:0": 1, f"{name}:1": 0}) == {"o2", "o3"}
    assert since(records, {f"{name}:0": 2}) == {"o3"}


def test_from_where_the_topic_ended_once_nothing_is_missing(kafka_bootstrap: str, topics: TopicNames) -> None:
    """Where the broker tells too low an end, a few more come; never fewer."""
    name = make_topic(kafka_bootstrap, topics.attributions)
    records = TopicOfRecords(kafka_bootstrap, name)
    produce(kafka_bootstrap, name, [b"{}"] * 100, 0, record_key("acme", "before"))
    ends = dict(records.ends())
    assert ends[f"{name}:0"] <= 100
    produce(kafka_bootstrap, name, [b"{}"] * 100, 0, record_key("acme", "after"))
    publish(kafka_bootstrap, name, "last")
    assert since(records, ends) - {"before"} == {"after", "last"}


def test_a_topic_that_was_made_anew_is_read_from_its_start(kafka_bootstrap: str, topics: TopicNames) -> None:
    name = make_topic(kafka_bootstrap, topics.attributions)
    publish(kafka_bootstrap, name, "o1")
    assert since(TopicOfRecords(kafka_bootstrap, name), {f"{name}:0": 1_000}) == {"o1"}


def test_records_that_are_not_lasttouchs_are_passed_over(kafka_bootstrap: str, topics: TopicNames) -> None:
    name = make_topic(kafka_bootstrap, topics.attributions)
    for key in (None, b"", b"\xff", b'["\xff","o1"]', b'["one"]', b'{"account":"acme"}'):
        produce(kafka_bootstrap, name, [b"{}"], 0, key)
    publish(kafka_bootstrap, name, "o1")
    assert since(TopicOfRecords(kafka_bootstrap, name), {}) == {"o1"}


def test_a_topic_that_was_deleted_has_no_ends(kafka_bootstrap: str, topics: TopicNames) -> None:
    assert TopicOfRecords(kafka_bootstrap, topics.attributions).ends() == {}


def test_a_broker_that_is_away_is_one_line() -> None:
    with pytest.raises(BrokerUnavailable):
        TopicOfRecords("127.0.0.1:1", "attributions").ends()
