"""Records that are gone before they were read end the run with what happened; they are never skipped in silence."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing

import pytest
from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import AdminClient

from config.stopping import StopRequest
from connectors.kafka.partition_reader import OffsetLost
from connectors.kafka.positions import State, partition_of
from connectors.kafka.source import KafkaSource
from connectors.kafka.topics import TopicNames
from tests.connectors.files.file_runs import Notes
from tests.connectors.kafka.kafka_topics import (
    at_least,
    drive,
    events,
    make_topic,
    positions,
    produce,
)
from tests.servers.forgetful_broker import forgetful_broker
from tests.waiting import PATIENCE_S

pytestmark = pytest.mark.kafka

IS_APACHE = os.environ.get("LASTTOUCH_TEST_KAFKA") == "apache"


@pytest.fixture
def bootstrap(request: pytest.FixtureRequest) -> Iterator[str]:
    if IS_APACHE:
        yield request.getfixturevalue("kafka_bootstrap")
    else:
        with forgetful_broker() as address:
            yield address


@pytest.fixture
def earliest(bootstrap: str, topics: TopicNames) -> int:
    """The earliest offset left of 60 records in partition 0 of the topic of touches."""
    if not IS_APACHE:
        produce(bootstrap, topics.touches, [b"x" * 100_000] * 60)
        return _earliest(bootstrap, topics.touches)
    make_topic(bootstrap, topics.touches)
    produce(bootstrap, topics.touches, [b"x"] * 60)
    admin = AdminClient({"bootstrap.servers": bootstrap})
    for done in admin.delete_records([TopicPartition(topics.touches, 0, 9)]).values():
        done.result(PATIENCE_S)
    return 9


def _earliest(bootstrap: str, topic: str) -> int:
    """It takes whole batches, which are as long as the producer had time to make them."""
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "earliest", "log_level": 0})
    earliest, end = consumer.get_watermark_offsets(TopicPartition(topic, 0), timeout=PATIENCE_S)
    consumer.close()
    assert 3 < earliest < end == 60
    return earliest


def source(bootstrap: str, topic: str, **extra: str) -> KafkaSource:
    return KafkaSource(
        bootstrap,
        [topic],
        notes=Notes(),
        stop=StopRequest(),
        extra_config={key.replace("_", "."): value for key, value in extra.items()},
    )


def test_says_what_retention_took(bootstrap: str, topics: TopicNames, earliest: int) -> None:
    topic = topics.touches
    state: State = {"version": 2, f"{topic}:0": 3}
    with closing(source(bootstrap, topic).build_part("in", partition_of(topic, 0), state)) as part:
        with pytest.raises(OffsetLost) as raised:
            drive(part, at_least(1))
        assert positions(part.snapshot()) == {f"{topic}:0": 3}
    message = str(raised.value)
    assert f"topic {topic}, partition 0: the next record to be read, offset 3, is not there any more" in message
    assert f"retention took {earliest - 3} records before they were read (the earliest is {earliest})" in message
    assert "LASTTOUCH_RECOVERY_DIR" in message
    assert "\n" not in message


def test_says_that_a_topic_was_made_anew(bootstrap: str, topics: TopicNames, earliest: int) -> None:
    topic = topics.touches
    part = source(bootstrap, topic).build_part("in", partition_of(topic, 0), {"version": 2, f"{topic}:0": 61})
    with closing(part), pytest.raises(OffsetLost, match=r"offset 61, is not there: .* anew or cut \(it ends at 60\)"):
        drive(part, at_least(1))


def test_begins_with_what_is_left_when_nothing_was_read_before(
    bootstrap: str, topics: TopicNames, earliest: int
) -> None:
    part = source(bootstrap, topics.touches).build_part("in", partition_of(topics.touches, 0), None)
    with closing(part):
        read = list(events(drive(part, at_least(60 - earliest))))
    assert [at for at, _ in read] == list(range(earliest, 60))


def test_skips_what_is_gone_where_a_user_asks_for_that(bootstrap: str, topics: TopicNames, earliest: int) -> None:
    topic = topics.touches
    lenient = source(bootstrap, topic, auto_offset_reset="earliest")
    with closing(lenient.build_part("in", partition_of(topic, 0), {"version": 2, f"{topic}:0": 3})) as part:
        read = list(events(drive(part, at_least(60 - earliest))))
    assert [at for at, _ in read] == list(range(earliest, 60))
