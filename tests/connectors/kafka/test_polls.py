"""How much a poll of a Kafka source takes: all there is while it catches up, little at once while it keeps up."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import closing, contextmanager
from typing import Final

import pytest
from confluent_kafka import Consumer, TopicPartition

from connectors.kafka.polls import BATCH_RECORDS_MAX, DEAR, FIRST_RECORDS, KEEPING_UP_BYTES, LittlePolls, Poll, poll_all
from connectors.kafka.positions import partition_of
from connectors.kafka.topics import TopicNames
from connectors.sources.raw_lines import Lines
from tests.connectors.kafka.kafka_topics import at_least, drive, events, make_topic, produce
from tests.connectors.kafka.source_runs import Run
from tests.waiting import await_that

pytestmark = pytest.mark.kafka

RECORD: Final = b'{"n":"%04d","pad":"' + b"x" * 180 + b'"}'


@pytest.fixture
def topic(kafka_bootstrap: str, topics: TopicNames) -> str:
    return make_topic(kafka_bootstrap, topics.touches)


@contextmanager
def consumer_of(bootstrap: str, topic: str) -> Iterator[Consumer]:
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "polls", "log_level": 0})
    consumer.assign([TopicPartition(topic, 0, 0)])
    yield consumer
    consumer.close()


def polled(poll: Callable[[], Poll], records: int, *, also_empty: bool = False) -> list[Poll]:
    """Polls until so many records have come; those that brought anything, or all."""
    polls: list[Poll] = []

    def poll_once() -> bool:
        one = poll()
        if one.messages or also_empty:
            polls.append(one)
        return sum(len(each.messages) for each in polls) >= records

    await_that(poll_once, f"{records} records")
    return polls


def offsets(polls: list[Poll]) -> list[int | None]:
    return [message.offset() for poll in polls for message in poll.messages]


def value_bytes(poll: Poll) -> int:
    return sum(map(len, poll.messages))


def records(first: int, count: int) -> list[bytes]:
    return [RECORD % number for number in range(first, first + count)]


def least(dear_topics: Collection[str] = ()) -> Callable[[Consumer], Poll]:
    """Polls of which each is as if it were the first."""
    return lambda consumer: LittlePolls(dear_topics).poll(consumer)


def test_while_it_keeps_up_a_poll_ends_at_so_many_bytes_and_the_next_goes_on(kafka_bootstrap: str, topic: str) -> None:
    produce(kafka_bootstrap, topic, records(0, 5_000))
    with consumer_of(kafka_bootstrap, topic) as consumer:
        polls = polled(lambda: least()(consumer), 5_000)
    assert offsets(polls) == list(range(5_000))
    assert any(poll.is_cut for poll in polls)
    assert max(map(value_bytes, polls)) <= KEEPING_UP_BYTES + len(RECORD % 4_999)
    assert all(poll.is_cut == (value_bytes(poll) >= KEEPING_UP_BYTES) for poll in polls)


def test_each_brings_more_than_the_one_before_until_nothing_lies_ready(kafka_bootstrap: str, topic: str) -> None:
    little = LittlePolls()
    most = [KEEPING_UP_BYTES]
    with consumer_of(kafka_bootstrap, topic) as consumer:

        def has_brought_more() -> bool:
            """A client that gets no processor meanwhile has less of a burst in its queue."""
            produce(kafka_bootstrap, topic, records(0, 5_000))
            for poll in polled(lambda: little.poll(consumer), 5_000, also_empty=True):
                assert value_bytes(poll) <= most[-1] + len(RECORD % 4_999)
                assert poll.is_cut == (value_bytes(poll) >= most[-1])
                most.append(int(1.25 * most[-1]) if poll.is_cut else KEEPING_UP_BYTES)
            return max(most) > 1.25 * KEEPING_UP_BYTES

        await_that(has_brought_more, "two polls one after the other that did not bring all")


def test_of_records_of_many_lines_few_come_together(kafka_bootstrap: str, topic: str) -> None:
    produce(kafka_bootstrap, topic, [b"\n".join(records(0, 500))] * 20)
    with consumer_of(kafka_bootstrap, topic) as consumer:
        polls = polled(lambda: least()(consumer), 20)
    assert offsets(polls) == list(range(20))
    assert max(len(poll.messages) for poll in polls) <= FIRST_RECORDS


def test_of_a_topic_whose_events_are_much_work_less_comes_together(kafka_bootstrap: str, topic: str) -> None:
    produce(kafka_bootstrap, topic, records(0, 2_000))
    with consumer_of(kafka_bootstrap, topic) as consumer:
        polls = polled(lambda: least({topic})(consumer), 2_000)
    assert offsets(polls) == list(range(2_000))
    assert any(poll.is_cut for poll in polls)
    assert max(map(value_bytes, polls)) <= KEEPING_UP_BYTES / DEAR + len(RECORD % 1_999)


def test_however_small_records_are_a_poll_has_an_end(kafka_bootstrap: str, topic: str) -> None:
    produce(kafka_bootstrap, topic, [b"{}"] * 3 * BATCH_RECORDS_MAX)
    with consumer_of(kafka_bootstrap, topic) as consumer:
        polls = polled(lambda: least()(consumer), 3 * BATCH_RECORDS_MAX)
    assert max(len(poll.messages) for poll in polls) <= BATCH_RECORDS_MAX
    assert all(poll.is_cut == (len(poll.messages) == BATCH_RECORDS_MAX) for poll in polls)


def test_nothing_is_waited_for_where_nothing_lies_ready(kafka_bootstrap: str, topic: str) -> None:
    with consumer_of(kafka_bootstrap, topic) as consumer:
        assert least()(consumer) == poll_all(consumer) == Poll([])


def test_a_source_that_has_caught_up_hands_a_burst_on_in_lots(kafka_bootstrap: str, topic: str) -> None:
    """As soon as one has gone on the next is to be had."""
    run = Run(kafka_bootstrap, [topic])
    name = partition_of(topic, 0)
    with closing(run.source.build_part("in", name, None)) as part:
        drive(part, lambda _: (name, True) in run.progress)
        produce(kafka_bootstrap, topic, records(0, 5_000))
        items = drive(part, at_least(5_000))
    lots = [item for item in items if isinstance(item, Lines)]
    assert len(lots) > 1
    assert sum(map(len, lots[0].lines)) <= KEEPING_UP_BYTES + len(RECORD % 4_999)
    assert [at for at, _ in events(items)] == list(range(5_000))
