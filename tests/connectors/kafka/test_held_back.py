"""While a worker catches up, orders wait for the touches that were written before them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from typing import Final, NamedTuple

import pytest
from confluent_kafka import Consumer, Message, Producer, TopicPartition

from config.stopping import StopRequest
from connectors.kafka import held_back, polls, topic_layout, watermark
from connectors.kafka.held_back import HeldBack
from connectors.kafka.partition_ends import PartitionEnds
from connectors.kafka.positions import State, partition_of
from connectors.kafka.record_lines import by_partition, unit_of
from connectors.kafka.source import KafkaSource
from connectors.kafka.topics import TopicNames
from connectors.kafka.watermark import Watermark
from connectors.sources.positioned import PositionedPartition
from connectors.sources.raw_lines import SOURCE_PARTITIONS, Lines
from tests.connectors.files.file_runs import Notes
from tests.connectors.kafka.kafka_topics import GROWN_PARTITIONS, growing_topic, make_topic, positions
from tests.waiting import PATIENCE_S, await_that

pytestmark = pytest.mark.kafka

PARTITIONS: Final = len(SOURCE_PARTITIONS)
START_MS: Final = 1_700_000_000_000
TOUCHES: Final = 900
ORDERS: Final = 100
APART_MS: Final = TOUCHES // ORDERS
"""An order is written with every ninth touch, behind it."""
BATCH: Final = 64


class Shop(NamedTuple):
    """Where its touches and its orders are written."""

    touches: TopicPartition
    orders: TopicPartition


@pytest.fixture(params=["one virtual partition", "two"])
def shop(request: pytest.FixtureRequest, kafka_bootstrap: str, topics: TopicNames) -> Shop:
    touches = make_topic(kafka_bootstrap, topics.touches, PARTITIONS)
    orders = make_topic(kafka_bootstrap, topics.orders, PARTITIONS)
    part = partition_of(touches, 0)
    is_one = request.param == "one virtual partition"
    number = next(number for number in range(PARTITIONS) if (partition_of(orders, number) == part) == is_one)
    return Shop(TopicPartition(touches, 0), TopicPartition(orders, number))


@pytest.fixture
def small_polls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polls, "BATCH_RECORDS_MAX", BATCH)
    monkeypatch.setattr(held_back, "HELD_MOST", BATCH)


@pytest.fixture
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A broker on a busy machine may be silent for a second: for how long it is waited for is another test's."""
    monkeypatch.setattr(watermark, "SILENT_S_MAX", PATIENCE_S)


def write(bootstrap: str, at: TopicPartition, times_ms: Iterable[int]) -> None:
    """A record for each time; it says when it was written."""
    producer = Producer({"bootstrap.servers": bootstrap, "log_level": 0})
    for time_ms in times_ms:
        producer.produce(at.topic, b'{"at":%d}' % time_ms, partition=at.partition, timestamp=time_ms)
    assert producer.flush(PATIENCE_S) == 0


def write_a_day(bootstrap: str, shop: Shop, begin_ms: int = START_MS) -> None:
    """Orders first, as far as the broker is concerned."""
    write(bootstrap, shop.orders, (begin_ms + APART_MS * (number + 1) for number in range(ORDERS)))
    write(bootstrap, shop.touches, (begin_ms + number for number in range(TOUCHES)))


class Reading:
    """All virtual partitions of one worker, and what they have handed on."""

    def __init__(self, bootstrap: str, shop: Shop, stack: ExitStack) -> None:
        self._shop = shop
        self._caught_up: dict[str, bool] = {}
        self.source = KafkaSource(
            bootstrap,
            [shop.orders.topic, shop.touches.topic],
            notes=Notes(),
            stop=StopRequest(),
            on_progress=self._caught_up.__setitem__,
            dear_topics=[shop.orders.topic],
        )
        self.parts: dict[str, PositionedPartition[State]] = {
            name: stack.enter_context(closing(self.source.build_part("in", name, None)))
            for name in self.source.list_parts()
        }
        self.lines: list[tuple[str, int]] = []
        """Topics, and when the records were written."""

    def is_caught_up(self) -> bool:
        return all(self._caught_up.get(name, False) for name in self.parts)

    def poll(self, *names: str) -> None:
        """Each once, or those of these names."""
        for name in names or self.parts:
            for item in self.parts[name].next_batch():
                if isinstance(item, Lines):
                    self.lines += ((item.source, int(line[len(b'{"at":') : -1])) for line in item.lines)

    def poll_until_caught_up(self) -> None:
        def is_there() -> bool:
            self.poll()
            return self.is_caught_up()

        await_that(is_there, lambda: f"all read, but {len(self.lines)} lines")

    def times_of(self, topic: str) -> list[int]:
        return [time_ms for of, time_ms in self.lines if of == topic]


@contextmanager
def reading(bootstrap: str, shop: Shop) -> Iterator[Reading]:
    with ExitStack() as stack:
        yield Reading(bootstrap, shop, stack)


def early_orders(lines: Iterable[tuple[str, int]], shop: Shop) -> list[int]:
    """Orders that were handed on before a touch that was written before them."""
    touches = 0
    early = []
    for topic, time_ms in lines:
        if topic == shop.touches.topic:
            touches += 1
        elif touches < min(TOUCHES, time_ms - START_MS):
            early.append(time_ms)
    return early


def times_of_a_day() -> tuple[list[int], list[int]]:
    """Of touches and orders."""
    return (
        list(range(START_MS, START_MS + TOUCHES)),
        [START_MS + APART_MS * (number + 1) for number in range(ORDERS)],
    )


@pytest.mark.usefixtures("small_polls", "patience")
def test_no_order_comes_before_the_touches_that_were_written_before_it(
    kafka_bootstrap: str, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_a_day(kafka_bootstrap, shop)
    told = PartitionEnds.take_told
    with reading(kafka_bootstrap, shop) as read:
        # The embedded broker tells too low an end of a topic, behind which touches would be waited for no more, and
        # orders not be read.
        monkeypatch.setattr(
            PartitionEnds, "take_told", lambda ends: told(ends) if len(read.lines) == TOUCHES + ORDERS else None
        )
        read.poll_until_caught_up()
    assert early_orders(read.lines, shop) == []
    assert (read.times_of(shop.touches.topic), read.times_of(shop.orders.topic)) == times_of_a_day()


@pytest.mark.usefixtures("small_polls")
def test_a_snapshot_does_not_count_what_is_held_back_as_read(kafka_bootstrap: str, shop: Shop) -> None:
    write_a_day(kafka_bootstrap, shop)
    topic, partition = shop.orders.topic, shop.orders.partition
    unit, part = unit_of(topic, partition), partition_of(topic, partition)
    with reading(kafka_bootstrap, shop) as read:

        def some_are_read() -> bool:
            read.poll()
            snapshot = positions(read.parts[part].snapshot())
            assert snapshot.get(unit, 0) == len(read.times_of(topic))
            return 0 < len(read.times_of(topic)) < ORDERS

        await_that(some_are_read, "some orders read")


def test_orders_of_a_shop_that_sends_nothing_are_read_all_the_same(kafka_bootstrap: str, shop: Shop) -> None:
    _, orders = times_of_a_day()
    write(kafka_bootstrap, shop.orders, orders)
    with reading(kafka_bootstrap, shop) as read:
        read.poll_until_caught_up()
    assert read.times_of(shop.orders.topic) == orders


def test_who_has_caught_up_waits_for_nobody(kafka_bootstrap: str, shop: Shop) -> None:
    write_a_day(kafka_bootstrap, shop)
    with reading(kafka_bootstrap, shop) as read:
        read.poll_until_caught_up()
        late_ms = START_MS + 10 * TOUCHES
        write(kafka_bootstrap, shop.orders, [late_ms])
        part = partition_of(shop.orders.topic, shop.orders.partition)

        def has_come() -> bool:
            read.poll(part)
            return late_ms in read.times_of(shop.orders.topic)

        await_that(has_come, "the order, while the touches are not looked at")


def test_touches_of_a_partition_that_a_topic_gets_while_all_is_caught_up_are_not_waited_for(
    kafka_bootstrap: str, topics: TopicNames, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(topic_layout, "LOOK_EVERY_S", 0.1)
    touches, grow = growing_topic(kafka_bootstrap, topics.touches, monkeypatch)
    orders = make_topic(kafka_bootstrap, topics.orders)
    shop = Shop(TopicPartition(touches, 1), TopicPartition(orders, 0))
    with reading(kafka_bootstrap, shop) as read, ExitStack() as stack:
        read.poll_until_caught_up()
        grow(GROWN_PARTITIONS)
        write(kafka_bootstrap, shop.touches, [START_MS])

        def has_come() -> bool:
            read.poll()
            return bool(read.times_of(touches))

        await_that(has_come, "the touch in the new partition")
        write(kafka_bootstrap, shop.orders, [START_MS + 1])
        # As a worker has them that begins with them, or has fallen behind.
        name = partition_of(orders, 0)
        read.parts[name] = stack.enter_context(closing(read.source.build_part("in", name, None)))

        def has_order() -> bool:
            read.poll(name)
            return bool(read.times_of(orders))

        await_that(has_order, "the order")


@pytest.mark.usefixtures("small_polls", "patience")
def test_of_orders_that_wait_for_long_only_so_many_are_kept_and_none_is_lost(
    kafka_bootstrap: str, topics: TopicNames
) -> None:
    touches = TopicPartition(make_topic(kafka_bootstrap, topics.touches), 0, 0)
    orders = TopicPartition(make_topic(kafka_bootstrap, topics.orders), 0, 0)
    write(kafka_bootstrap, orders, range(START_MS + TOUCHES, START_MS + 2 * TOUCHES))
    write(kafka_bootstrap, touches, range(START_MS, START_MS + TOUCHES))
    consumer = Consumer({"bootstrap.servers": kafka_bootstrap, "group.id": "held-back", "log_level": 0})
    units = {unit_of(tp.topic, 0): tp for tp in (touches, orders)}
    consumer.incremental_assign(list(units.values()))
    held = HeldBack([orders.topic], Watermark())
    held.begin(units)
    polled: dict[str | None, int] = dict.fromkeys([touches.topic, orders.topic], 0)
    handed_on: dict[str | None, list[int]] = {touches.topic: [], orders.topic: []}
    most_held = 0

    def is_all_there() -> bool:
        nonlocal most_held
        messages: list[Message] = held.poll(consumer).messages
        assert not any(map(Message.error, messages))
        for message in messages:
            polled[message.topic()] += 1
        for due in held.due(by_partition(messages, single=False)):
            handed_on[due[0].topic()] += [int(message.offset() or 0) for message in due]
        most_held = max(most_held, polled[orders.topic] - len(handed_on[orders.topic]))
        if len(handed_on[touches.topic]) == TOUCHES:
            held.read_to_end([unit_of(orders.topic, 0)])
        else:
            assert not handed_on[orders.topic]
        return len(handed_on[orders.topic]) == TOUCHES

    await_that(is_all_there, lambda: f"all, but {polled}")
    consumer.close()
    assert handed_on == {touches.topic: list(range(TOUCHES)), orders.topic: list(range(TOUCHES))}
    assert BATCH <= most_held < 2 * BATCH
    assert held.units == set()
