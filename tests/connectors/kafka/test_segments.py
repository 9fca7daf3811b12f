"""Segments in their topic: whatever server took them, all servers have them; who was erased is in none of them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from threading import Event

import pytest
from confluent_kafka import KafkaError, KafkaException

from connectors.embedded.servers import EmbeddedKafka
from connectors.kafka import segments
from connectors.kafka.event_producer import EventProducer, EventsNotTaken
from connectors.kafka.segments import FollowedSegments
from connectors.kafka.topics import BrokerUnavailable, TopicNames, TopicPlan, ensure_topics
from state.segments import SegmentRecord, encode_segment, segment_key
from state.times import format_time
from tests.connectors.kafka.kafka_topics import GROWN_PARTITIONS, growing_topic, produce, read_back
from tests.servers.apache_kafka import ApacheKafka
from tests.waiting import PATIENCE_S, await_that

pytestmark = pytest.mark.kafka


class Server:
    """What a server has of segments."""

    def __init__(self, producer: EventProducer, segments: FollowedSegments) -> None:
        self.producer = producer
        self.segments = segments

    def put(self, *contacts: str, name: str = "vip", at_ms: int | None = None) -> None:
        self.producer.send_records([self.segments.replace(made(*contacts, name=name, at_ms=at_ms))], PATIENCE_S)

    def members(self, name: str = "vip", account: str = "acme") -> list[str] | None:
        self.segments.catch_up(PATIENCE_S)
        record = self.segments.record(account, name)
        return None if record is None else list(record.contacts)

    def erase(self, contact: str, ms_from_now: int = 0) -> None:
        self.producer.send([erasure(contact, ms_from_now)], PATIENCE_S)


def made(*contacts: str, name: str = "vip", at_ms: int | None = None) -> SegmentRecord:
    created_ms = time.time_ns() // 1_000_000 if at_ms is None else at_ms
    return SegmentRecord("acme", name, format_time(created_ms), "Ann", contacts)


def erasure(contact: str, ms_from_now: int = 0) -> bytes:
    moment = format_time(time.time_ns() // 1_000_000 + ms_from_now)
    return json.dumps({"type": "erase", "account": "acme", "contact": contact, "time": moment}).encode()


@contextmanager
def server(bootstrap: str, topics: TopicNames) -> Iterator[Server]:
    with (
        closing(EventProducer(bootstrap, topics)) as producer,
        closing(FollowedSegments(bootstrap, topics, producer)) as segments,
    ):
        yield Server(producer, segments)


def test_what_one_server_takes_every_server_has(kafka_bootstrap: str, topics: TopicNames) -> None:
    with server(kafka_bootstrap, topics) as one, server(kafka_bootstrap, topics) as other:
        assert one.members() is None
        for number in range(5):
            one.put(f"c{number}")
            assert other.members() == [f"c{number}"]
            assert one.members() == [f"c{number}"]
        other.put("c1", "c2", name="new")
        assert one.members("new") == ["c1", "c2"]
        listed = [(row.name, row.contacts, row.created_by) for row in one.segments.listed("acme")]
        assert listed == [("new", 2, "Ann"), ("vip", 1, "Ann")]
        one.producer.send_records([one.segments.removal("acme", "vip")], PATIENCE_S)
        assert other.members() is None
    with server(kafka_bootstrap, topics) as later:
        assert (later.members(), later.members("new")) == (None, ["c1", "c2"])


def test_an_erased_contact_leaves_every_segment_and_its_record(kafka_bootstrap: str, topics: TopicNames) -> None:
    with server(kafka_bootstrap, topics) as one:
        one.put("c1", "c2")
        one.put("c1", name="alone")
        one.erase("c1")
        assert (one.members(), one.members("alone")) == (["c2"], [])
        records = read_back(kafka_bootstrap, topics.segments, 4)
    last = {record.key(): json.loads(record.value() or b"") for record in records}
    assert sorted(value["contacts"] for value in last.values()) == [[], ["c2"]]


def test_an_erasure_that_no_server_saw_holds_for_the_next_one(kafka_bootstrap: str, topics: TopicNames) -> None:
    with server(kafka_bootstrap, topics) as one:
        one.put("c1", "c2")
        one.put("c3", name="other")
    with closing(EventProducer(kafka_bootstrap, topics)) as producer:
        Server(producer, one.segments).erase("c1")
    with server(kafka_bootstrap, topics) as later:
        assert later.members() == ["c2"]
        (*_, last) = read_back(kafka_bootstrap, topics.segments, 3)
        assert json.loads(last.value() or b"")["contacts"] == ["c2"]


def test_who_was_erased_before_may_be_in_a_segment_again(kafka_bootstrap: str, topics: TopicNames) -> None:
    with server(kafka_bootstrap, topics) as one:
        one.erase("c1")
        assert one.members() is None
        one.put("c1", at_ms=time.time_ns() // 1_000_000 + 1_000)
        assert one.members() == ["c1"]


def test_an_erasure_that_names_an_earlier_time_but_comes_later_holds(kafka_bootstrap: str, topics: TopicNames) -> None:
    with server(kafka_bootstrap, topics) as one:
        one.put("c1", "c2")
        one.erase("c1", ms_from_now=-90 * 86_400_000)
        assert one.members() == ["c2"]


def test_a_segment_in_a_partition_that_its_topic_has_got_is_there_at_once(
    kafka_bootstrap: str, topics: TopicNames, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, grow = growing_topic(kafka_bootstrap, topics.segments, monkeypatch)
    with server(kafka_bootstrap, topics) as one:
        produce(kafka_bootstrap, topics.segments, [encode_segment(made("c1"))], key=segment_key("acme", "vip"))
        assert (one.members(), one.members("later")) == (["c1"], None)
        grow(GROWN_PARTITIONS)
        later = encode_segment(made("c2", name="later"))
        produce(kafka_bootstrap, topics.segments, [later], GROWN_PARTITIONS - 1, segment_key("acme", "later"))
        assert (one.members(), one.members("later")) == (["c1"], ["c2"])


@pytest.mark.parametrize("is_asked_for", [True, False])
def test_an_erasure_in_a_partition_that_its_topic_has_got_is_seen(
    kafka_bootstrap: str, topics: TopicNames, monkeypatch: pytest.MonkeyPatch, *, is_asked_for: bool
) -> None:
    """Also where nobody asks for a segment: the record is written anew within a minute (20 s, here at once)."""
    if not is_asked_for:
        monkeypatch.setattr(segments, "LOOK_EVERY_S", 0.0)
    _, grow = growing_topic(kafka_bootstrap, topics.profiles, monkeypatch)
    with server(kafka_bootstrap, topics) as one:
        one.put("c1", "c2")
        assert one.members() == ["c1", "c2"]
        grow(GROWN_PARTITIONS)
        produce(kafka_bootstrap, topics.profiles, [erasure("c1")], GROWN_PARTITIONS - 1)
        if is_asked_for:
            assert one.members() == ["c2"]
        (*_, last) = read_back(kafka_bootstrap, topics.segments, 2)
        assert json.loads(last.value() or b"")["contacts"] == ["c2"]


def test_a_partition_that_has_no_leader_yet_is_waited_for(
    kafka_bootstrap: str, topics: TopicNames, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one that was made a moment ago."""
    real = FollowedSegments._range
    refusals = iter([KafkaError.NOT_LEADER_FOR_PARTITION, KafkaError.LEADER_NOT_AVAILABLE])

    def asked(self: FollowedSegments, topic: str, partition: int) -> tuple[int, int]:
        for refusal in refusals:
            raise KafkaException(KafkaError(refusal))
        return real(self, topic, partition)

    with server(kafka_bootstrap, topics) as one:
        one.put("c1")
        assert one.members() == ["c1"]
        monkeypatch.setattr(FollowedSegments, "_range", asked)
        assert one.members() == ["c1"]


def test_it_is_waited_for_by_who_asks_while_all_is_read_for_the_first_time_too(
    kafka_bootstrap: str, topics: TopicNames, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whose topics the server itself has made a moment ago."""
    real, first_reading, is_waited_for = FollowedSegments._range, FollowedSegments._await_first_reading, Event()
    refusals = iter([KafkaError.NOT_LEADER_FOR_PARTITION, KafkaError.LEADER_NOT_AVAILABLE])

    def asked(self: FollowedSegments, topic: str, partition: int) -> tuple[int, int]:
        for refusal in refusals:
            assert is_waited_for.wait(PATIENCE_S)
            raise KafkaException(KafkaError(refusal))
        return real(self, topic, partition)

    def awaited(self: FollowedSegments, timeout_s: float) -> None:
        is_waited_for.set()
        first_reading(self, timeout_s)

    monkeypatch.setattr(FollowedSegments, "_range", asked)
    monkeypatch.setattr(FollowedSegments, "_await_first_reading", awaited)
    with server(kafka_bootstrap, topics) as one:
        assert one.members() is None


def test_records_that_are_no_segments_are_passed_over(kafka_bootstrap: str, topics: TopicNames) -> None:
    ensure_topics(kafka_bootstrap, [TopicPlan(topics.segments)])
    produce(kafka_bootstrap, topics.segments, [b"no json", encode_segment(made("c1"))], key=b'["acme","other"]')
    with server(kafka_bootstrap, topics) as one:
        one.put("c2")
        assert (one.members(), one.members("other")) == (["c2"], None)


def test_a_broker_that_is_away_is_said_and_found_when_it_is_back(
    make_broker: Callable[[], EmbeddedKafka | ApacheKafka], topics: TopicNames
) -> None:
    """Also where it begins anew, with nothing."""

    def answers(one: Server) -> bool:
        try:
            one.segments.catch_up(0.2)
        except BrokerUnavailable:
            return False
        return True

    def takes(one: Server, *contacts: str) -> bool:
        try:
            one.producer.send_records([one.segments.replace(made(*contacts))], 1.0)
        except EventsNotTaken:
            return False
        return True

    broker = make_broker()
    with server(broker.bootstrap_servers, topics) as one:
        assert not answers(one)
        broker.start()
        try:
            await_that(lambda: answers(one), "a broker that started later is read")
            one.put("c1")
            assert one.members() == ["c1"]
            broker.kill()
            assert not answers(one)
            broker.restart()
            await_that(lambda: answers(one), "a broker that came back is read")
            await_that(lambda: takes(one, "c2"), "it takes segments again")
            await_that(lambda: answers(one) and one.members() == ["c2"], "they are read")
        finally:
            broker.stop()
