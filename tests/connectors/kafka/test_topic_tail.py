"""The last part of a topic: all that was there is read, and it comes to an end while others go on writing."""

from __future__ import annotations

import itertools
import time
from threading import Event, Thread

import pytest

from connectors.kafka import topic_tail
from connectors.kafka.topic_tail import Tail, messages_since
from connectors.kafka.topics import TopicNames
from tests.connectors.kafka.kafka_topics import make_topic, produce
from tests.servers.forgetful_broker import forgetful_broker
from tests.waiting import PATIENCE_S


@pytest.mark.kafka
def test_it_comes_to_an_end_while_records_are_written_all_the_time(kafka_bootstrap: str, topics: TopicNames) -> None:
    """A run that resumes publishes records while it reads those of the run before."""
    name = make_topic(kafka_bootstrap, topics.attributions, 2)
    produce(kafka_bootstrap, name, [b"before"] * 100)
    produce(kafka_bootstrap, name, [b"before"] * 100, 1)
    ending, read = Event(), list[bytes | str | None]()

    def write() -> None:
        while not ending.is_set():
            for partition in (0, 1):
                produce(kafka_bootstrap, name, [b"meanwhile"] * 10, partition)

    def read_to_the_end() -> None:
        for messages in messages_since(kafka_bootstrap, name, {}, "test"):
            read.extend(message.value() for message in messages)

    writing, reading = (Thread(target=target, daemon=True) for target in (write, read_to_the_end))
    writing.start()
    reading.start()
    reading.join(PATIENCE_S)
    ending.set()
    writing.join(PATIENCE_S)
    assert not reading.is_alive(), "there is always something more to be read"
    assert read.count(b"before") == 200


@pytest.mark.kafka
def test_a_process_that_stood_still_does_not_take_the_broker_for_one_that_is_away(
    kafka_bootstrap: str, topics: TopicNames, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seconds pass by the thousand here, and the first polls end before anything can have come."""
    name = make_topic(kafka_bootstrap, topics.attributions)
    produce(kafka_bootstrap, name, [b"before"] * 100)
    monkeypatch.setattr(topic_tail, "_POLL_S", 0.001)
    with monkeypatch.context() as patch:
        seconds = itertools.count(int(time.monotonic()), 1_000)
        patch.setattr(time, "monotonic", lambda: float(next(seconds)))
        assert sum(len(messages) for messages in messages_since(kafka_bootstrap, name, {}, "test")) == 100


@pytest.mark.kafka
def test_what_retention_took_is_passed_over(topics: TopicNames) -> None:
    """It is read from its very first offset, whatever the broker tells as the first, and is sent on from there."""
    with forgetful_broker() as bootstrap:
        produce(bootstrap, topics.attributions, [b"%03d" % number + b"x" * 100_000 for number in range(60)])
        read = [
            message.value()
            for messages in messages_since(bootstrap, topics.attributions, {}, "test")
            for message in messages
        ]
    numbers = [int((value or b"")[:3]) for value in read]
    assert 0 < len(numbers) < 60
    assert numbers == list(range(numbers[0], 60))


def test_a_partition_is_read_once_nothing_of_it_comes_and_its_end_is_told_as_before() -> None:
    tail = Tail({"t:0": 5, "t:1": 1}, {"t:0": 4})
    assert not tail.is_reached({}, is_full=False)
    assert tail.is_reached({"t:0": 5, "t:1": 9}, is_full=False)
    assert not tail.is_read({"t:0": 5, "t:1": 1})
    assert tail.is_reached({"t:1": 10}, is_full=False)
    assert not tail.is_read({"t:0": 5, "t:1": 1})
    assert tail.is_reached({}, is_full=False)
    assert tail.is_read({"t:0": 5, "t:1": 1})


def test_a_partition_that_goes_on_growing_is_read_when_a_higher_end_is_reached() -> None:
    """The broker may have told behind the first record of the last batch: what is told later is behind all of it."""
    tail = Tail({"t:0": 5}, {})
    assert tail.is_reached({"t:0": 6}, is_full=False)
    assert not tail.is_read({"t:0": 11})
    assert not tail.is_reached({"t:0": 10}, is_full=False)
    assert tail.is_reached({"t:0": 12}, is_full=False)
    assert tail.is_read({"t:0": 40})


def test_a_poll_that_brought_as_much_as_it_can_says_of_no_partition_that_nothing_is_left() -> None:
    tail = Tail({"t:0": 5, "t:1": 1}, {"t:0": 5, "t:1": 1})
    assert tail.is_reached({"t:1": 10_001}, is_full=True)
    assert not tail.is_read({"t:0": 5, "t:1": 1})


def test_a_partition_that_was_deleted_meanwhile_has_nothing_left() -> None:
    tail = Tail({"t:0": 5}, {"t:0": 5})
    assert tail.is_reached({}, is_full=False)
    assert tail.is_read({})
