"""How much a poll of a Kafka source takes: all there is while it catches up, little at once while it keeps up."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import closing, contextmanager
from itertools import count, pairwise
from typing import Final

import pytest
from confluent_kafka import Consumer, TopicPartition

from connectors.kafka.polls import (
    BATCH_RECORDS_MAX,
    DEAR,
    FIRST_RECORDS,
    KEEPING_UP_BYTES,
    LOT_S,
    LittlePolls,
    Poll,
    poll_all,
)
from connectors.kafka.positions import partition_of
from connectors.sources.precedence import Precedence
from connectors.sources.raw_lines import Lines
from tests.connectors.kafka.kafka_topics import at_least, drive, events, produce
from tests.connectors.kafka.source_runs import Run
from tests.waiting import await_that

pytestmark = pytest.mark.kafka

RECORD: Final = b'{"n":"%04d","pad":"' + b"x" * 180 + b'"}'


@contextmanager
def consumer_of(bootstrap: str, topic: str) -> Iterator[Consumer]:
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "polls", "log_level": 0})
    consumer.assign([TopicPartition(topic, 0, 0)])
    yield consumer
    consumer.close()


def polled(poll: Callable[[], Poll], records: int) -> list[Poll]:
    """Polls until so many records have come; those that brought anything."""
    polls: list[Poll] = []

    def poll_once() -> bool:
        one = poll()
        if one.messages:
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


class Worker:
    """Works so long for a byte of what it polls."""

    def __init__(self, s_a_byte: float) -> None:
        self._s_a_byte = s_a_byte
        self._worked_s = 0.0
        self.little = LittlePolls(worked_s=lambda: self._worked_s)

    def lots(self, bootstrap: str, topic: str, bursts: int) -> list[int]:
        """Bytes of the polls of bursts that were cut, one after the other."""
        cut: list[int] = []
        with consumer_of(bootstrap, topic) as consumer:

            def poll() -> Poll:
                poll = self.little.poll(consumer)
                brought = value_bytes(poll)
                if poll.is_cut:
                    cut.append(brought)
                self._worked_s += self._s_a_byte * brought
                return poll

            for _ in range(bursts):
                produce(bootstrap, topic, records(0, 5_000))
                polled(poll, 5_000)
        return cut


def test_what_a_worker_has_soon_done_it_takes_more_of(kafka_bootstrap: str, topic: str) -> None:
    cut = Worker(s_a_byte=LOT_S / KEEPING_UP_BYTES / 10).lots(kafka_bootstrap, topic, 3)
    assert KEEPING_UP_BYTES <= cut[0] <= KEEPING_UP_BYTES + len(RECORD)
    assert max(cut) > 2 * KEEPING_UP_BYTES
    assert all(after <= 1.25 * before + 2 * len(RECORD) for before, after in pairwise(cut))


def test_what_takes_a_worker_long_it_takes_less_of(kafka_bootstrap: str, topic: str) -> None:
    cut = Worker(s_a_byte=LOT_S / KEEPING_UP_BYTES * 2).lots(kafka_bootstrap, topic, 1)
    assert cut[0] >= KEEPING_UP_BYTES
    assert cut[-1] == pytest.approx(KEEPING_UP_BYTES / 2, rel=0.05)
    assert all(after >= before / 2 for before, after in pairwise(cut))


def test_of_records_of_many_lines_few_come_together(kafka_bootstrap: str, topic: str) -> None:
    produce(kafka_bootstrap, topic, [b"\n".join(records(0, 500))] * 20)
    with consumer_of(kafka_bootstrap, topic) as consumer:
        polls = polled(lambda: least()(consumer), 20)
    assert offsets(polls) == list(range(20))
    assert max(len(poll.messages) for poll in polls) <= FIRST_RECORDS


def test_of_records_that_were_long_the_next_come_one_by_one(kafka_bootstrap: str, topic: str) -> None:
    produce(kafka_bootstrap, topic, [b"\n".join(records(0, 500))] * 20)
    little = LittlePolls(worked_s=count(0.0, LOT_S).__next__)
    with consumer_of(kafka_bootstrap, topic) as consumer:
        polls = polled(lambda: little.poll(consumer), 20)
    assert offsets(polls) == list(range(20))
    assert {len(poll.messages) for poll in polls[1:]} == {1}


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


def test_a_source_that_has_caught_up_waits_for_a_question_and_one_that_catches_up_does_not(
    kafka_bootstrap: str, topic: str
) -> None:
    produce(kafka_bootstrap, topic, records(0, 10))
    precedence = Precedence(is_alone=True)
    precedence.handed_on(["asked early"])
    run = Run(kafka_bootstrap, [topic], precedence=precedence)
    name = partition_of(topic, 0)
    with closing(run.source.build_part("in", name, None)) as part:
        drive(part, at_least(10))
        drive(part, lambda _: (name, True) in run.progress)
        produce(kafka_bootstrap, topic, records(10, 10))
        assert not precedence.lets_read()
        assert part.next_batch() == []
        precedence.answered(["asked early"])
        assert [at for at, _ in events(drive(part, at_least(10)))] == list(range(10, 20))
