"""The producer that a server keeps for its life: what `send` returns from, the broker has."""

from __future__ import annotations

import asyncio
import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from connectors.embedded.servers import EmbeddedKafka
from connectors.kafka import event_producer
from connectors.kafka.event_producer import EventProducer, EventsNotTaken
from connectors.kafka.event_routes import ProducerRecord
from connectors.kafka.topics import TopicNames
from tests.connectors.kafka.kafka_topics import delete_topic, read_back, standing_still
from tests.servers.apache_kafka import ApacheKafka
from tests.waiting import PATIENCE_S, await_that

pytestmark = pytest.mark.kafka

ORDER = b'{"type":"order","account":"acme","order":"o1"}'
SETTINGS = b'{"type":"settings","account":"acme"}'


def touches(count: int, who: str = "c") -> list[bytes]:
    return [b'{"type":"touch","account":"acme","contact":"%s%d"}' % (who.encode(), number) for number in range(count)]


@pytest.fixture
def producer(kafka_bootstrap: str, topics: TopicNames) -> Iterator[EventProducer]:
    with closing(EventProducer(kafka_bootstrap, topics)) as made:
        yield made


def is_taken(producer: EventProducer, events: list[bytes]) -> bool:
    try:
        producer.send(events, 1.0)
    except EventsNotTaken:
        return False
    return True


def test_each_event_is_in_the_topic_of_its_type_when_send_returns(
    producer: EventProducer, kafka_bootstrap: str, topics: TopicNames
) -> None:
    producer.send([*touches(2), ORDER, SETTINGS], PATIENCE_S)
    read = read_back(kafka_bootstrap, topics.touches, 2)
    assert [record.value() for record in read] == touches(2)
    assert [json.loads(record.key() or b"") for record in read] == [["acme", "c0"], ["acme", "c1"]]
    (order,) = read_back(kafka_bootstrap, topics.orders, 1)
    assert (order.value(), json.loads(order.key() or b"")) == (ORDER, ["acme", "o1"])
    (settings,) = read_back(kafka_bootstrap, topics.profiles, 1)
    assert (settings.value(), json.loads(settings.key() or b"")) == (SETTINGS, ["acme"])
    producer.send([])


def test_batches_of_many_threads_and_coroutines_are_all_there(
    producer: EventProducer, kafka_bootstrap: str, topics: TopicNames
) -> None:
    async def in_coroutines() -> None:
        await asyncio.gather(*(producer.send_async(touches(500, f"a{number}-"), PATIENCE_S) for number in range(10)))

    with ThreadPoolExecutor(4) as threads:
        sent = [threads.submit(producer.send, touches(500, f"t{number}-"), PATIENCE_S) for number in range(10)]
        asyncio.run(in_coroutines())
        for one in sent:
            one.result()
    values = Counter(record.value() for record in read_back(kafka_bootstrap, topics.touches, 10_000))
    assert len(values) == 10_000


def test_a_coroutine_that_waits_for_the_broker_holds_nobody_up(
    make_broker: Callable[[], EmbeddedKafka | ApacheKafka], topics: TopicNames
) -> None:
    async def send_and_count(producer: EventProducer) -> int:
        sending = asyncio.create_task(producer.send_async(touches(1), 0.5))
        turns = 0
        while not sending.done():
            turns += 1
            await asyncio.sleep(0)
        with pytest.raises(EventsNotTaken, match="has not acknowledged 1 of 1 events within"):
            await sending
        return turns

    with make_broker() as broker, closing(EventProducer(broker.bootstrap_servers, topics)) as producer:
        producer.send(touches(1), PATIENCE_S)
        with standing_still(broker.pid):
            assert asyncio.run(send_and_count(producer)) > 100
        await_that(lambda: is_taken(producer, touches(1)), "the broker goes on")


def test_a_broker_that_is_away_is_named_and_found_when_it_is_back(
    make_broker: Callable[[], EmbeddedKafka | ApacheKafka], topics: TopicNames
) -> None:
    """Also where it has lost its topics, and what it knew of the producer."""
    broker = make_broker()
    with closing(EventProducer(broker.bootstrap_servers, topics)) as producer:
        with pytest.raises(EventsNotTaken) as failed:
            producer.send(touches(3), 0.2)
        assert broker.bootstrap_servers in str(failed.value)
        assert failed.value.away == "kafka"
        broker.start()
        try:
            await_that(lambda: is_taken(producer, touches(3)), "taken by a broker that started later")
            broker.kill()
            assert not is_taken(producer, touches(3))
            broker.restart()
            await_that(lambda: is_taken(producer, [ORDER]), "taken by a broker that began anew")
            assert ORDER in {record.value() for record in read_back(broker.bootstrap_servers, topics.orders, 1)}
        finally:
            broker.stop()


def test_a_broker_that_stood_still_for_longer_than_the_client_waits_is_sent_to_again(
    make_broker: Callable[[], EmbeddedKafka | ApacheKafka], topics: TopicNames, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may take what it was sent before for another client's, and refuse all that comes after."""
    monkeypatch.setitem(event_producer._PRODUCER_CONFIG, "message.timeout.ms", "1000")
    with make_broker() as broker, closing(EventProducer(broker.bootstrap_servers, topics)) as producer:
        await_that(lambda: is_taken(producer, touches(1)), "the first event taken")
        with standing_still(broker.pid), pytest.raises(EventsNotTaken, match="timed out"):
            producer.send(touches(1), PATIENCE_S)
        await_that(lambda: is_taken(producer, [ORDER]), "taken again")
        assert ORDER in {record.value() for record in read_back(broker.bootstrap_servers, topics.orders, 1)}


def test_the_first_events_after_a_pause_are_taken_though_the_broker_refuses_their_client(
    make_broker: Callable[[], EmbeddedKafka | ApacheKafka], topics: TopicNames, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are sent once more by the client's successor: whoever sent them is told nothing of it."""
    monkeypatch.setitem(event_producer._PRODUCER_CONFIG, "message.timeout.ms", "5000")
    with make_broker() as broker, closing(EventProducer(broker.bootstrap_servers, topics)) as producer:
        await_that(lambda: is_taken(producer, touches(1)), "the first event taken")
        with standing_still(broker.pid), pytest.raises(EventsNotTaken, match="timed out"):
            producer.send(touches(1), PATIENCE_S)
        with ThreadPoolExecutor(4) as threads:
            sent = [threads.submit(producer.send, [ORDER], PATIENCE_S) for _ in range(4)]
            asyncio.run(producer.send_async([SETTINGS], PATIENCE_S))
            for one in sent:
                one.result()
        assert ORDER in {record.value() for record in read_back(broker.bootstrap_servers, topics.orders, 4)}
        assert SETTINGS in {record.value() for record in read_back(broker.bootstrap_servers, topics.profiles, 1)}


def test_a_topic_that_was_deleted_is_made_anew(
    producer: EventProducer, kafka_bootstrap: str, topics: TopicNames
) -> None:
    producer.send([ORDER], PATIENCE_S)
    delete_topic(kafka_bootstrap, topics.orders)
    await_that(lambda: is_taken(producer, [ORDER]), "taken again")


def test_what_the_broker_will_never_take_is_refused_at_once(producer: EventProducer, topics: TopicNames) -> None:
    """Longer than any record may be, although there would be time to send it again."""
    with pytest.raises(EventsNotTaken, match=r"(?i)too large"):
        producer.send_records([ProducerRecord(topics.orders, None, b"x" * 20_000_000)], PATIENCE_S)


def test_more_than_the_client_can_queue_is_taken_by_and_by(
    producer: EventProducer, kafka_bootstrap: str, topics: TopicNames
) -> None:
    """The queue holds 64 MiB."""
    records = [ProducerRecord(topics.touches, b"%d" % number, b"x" * 1_000_000) for number in range(80)]
    acknowledged = asyncio.run(producer.send_records_async(records, PATIENCE_S))
    assert acknowledged is not None
    assert acknowledged.offset == 79
    assert len(read_back(kafka_bootstrap, topics.touches, 80)) == 80


def test_closing_finishes_what_was_begun_and_takes_no_more(kafka_bootstrap: str, topics: TopicNames) -> None:
    producer = EventProducer(kafka_bootstrap, topics)
    producer.send(touches(1), PATIENCE_S)
    outcomes: list[bool] = []
    begun = threading.Barrier(5)

    def send(number: int) -> None:
        begun.wait()
        outcomes.append(is_taken(producer, touches(1_000, f"d{number}-")))

    senders = [threading.Thread(target=send, args=(number,)) for number in range(4)]
    for sender in senders:
        sender.start()
    begun.wait()
    producer.close()
    for sender in senders:
        sender.join()
    taken = sum(outcomes) * 1_000 + 1
    assert len(read_back(kafka_bootstrap, topics.touches, taken)) >= taken
    with pytest.raises(EventsNotTaken, match="stopping"):
        producer.send(touches(1))


def test_closing_waits_no_longer_than_it_is_told_for_a_broker_that_is_away(topics: TopicNames) -> None:
    producer = EventProducer("127.0.0.1:1", topics)
    outcomes: list[bool] = []
    sender = threading.Thread(target=lambda: outcomes.append(is_taken(producer, touches(1))))
    sender.start()
    producer.close(0.1)
    sender.join()
    assert outcomes == [False]
