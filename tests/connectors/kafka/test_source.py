"""The Kafka source, driven as the engine drives it, against a real broker."""

from __future__ import annotations

import hashlib
import time
import zlib
from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing

import pytest
from confluent_kafka import Consumer, TopicPartition

from config.errors import UserError
from config.stopping import StopRequest
from connectors.embedded.servers import EmbeddedKafka
from connectors.kafka import lag_commits, topic_layout
from connectors.kafka.partition_ends import BrokerEnds
from connectors.kafka.partition_reader import OffsetLost
from connectors.kafka.positions import partition_of
from connectors.kafka.source import KafkaSource
from connectors.kafka.topics import MissingTopic, TopicNames
from connectors.sources.raw_lines import MAX_EVENT_BYTES, SOURCE_PARTITIONS, Lines
from connectors.sources.replay import ReplayFinished, SourceItem, Start
from tests.connectors.files.file_runs import Notes
from tests.connectors.kafka.kafka_topics import (
    at_least,
    delete_topic,
    drive,
    events,
    growing_topic,
    make_topic,
    positions,
    produce,
    standing_still,
)
from tests.connectors.kafka.source_runs import Run, has_passed, has_passed_with, lines
from tests.servers.apache_kafka import ApacheKafka
from tests.waiting import PATIENCE_S

pytestmark = pytest.mark.kafka


def test_reads_a_topic_from_its_beginning(kafka_bootstrap: str, topic: str) -> None:
    produce(kafka_bootstrap, topic, lines(*range(25_000)))
    run = Run(kafka_bootstrap, [topic])
    items, state = run.read(partition_of(topic, 0), at_least(25_000))
    assert list(events(items)) == list(enumerate(lines(*range(25_000))))
    assert {(item.source, item.partition) for item in items if isinstance(item, Lines)} == {(topic, 0)}
    assert positions(state) == {f"{topic}:0": 25_000}


def test_goes_on_after_a_snapshot(kafka_bootstrap: str, topic: str) -> None:
    produce(kafka_bootstrap, topic, lines(*range(10)))
    name = partition_of(topic, 0)
    _, state = Run(kafka_bootstrap, [topic]).read(name, at_least(10))
    produce(kafka_bootstrap, topic, lines(10, 11))
    items, state = Run(kafka_bootstrap, [topic]).read(name, at_least(2), state)
    assert list(events(items)) == [(10, b'{"n":10}'), (11, b'{"n":11}')]
    assert state[f"{topic}:0"] == 12


def test_a_topic_that_is_left_out_for_a_while_goes_on_where_it_stopped(
    kafka_bootstrap: str, topic: str, topics: TopicNames
) -> None:
    other = make_topic(kafka_bootstrap, topics.orders)
    produce(kafka_bootstrap, topic, lines(1, 2))
    name = partition_of(topic, 0)
    _, state = Run(kafka_bootstrap, [topic]).read(name, at_least(2))
    _, state = Run(kafka_bootstrap, [other]).read(name, has_passed, state)
    produce(kafka_bootstrap, topic, lines(3))
    items, _ = Run(kafka_bootstrap, [topic, other]).read(name, at_least(1), state)
    assert list(events(items)) == [(2, b'{"n":3}')]


@pytest.mark.parametrize("version", [1, 3])
def test_a_state_of_another_version_is_refused(kafka_bootstrap: str, topic: str, version: int) -> None:
    with pytest.raises(UserError, match=f"LASTTOUCH_RECOVERY_DIR holds Kafka positions of form {version}"):
        Run(kafka_bootstrap, [topic]).source.build_part("in", SOURCE_PARTITIONS[0], {"version": version})


def test_a_record_may_hold_several_lines_blank_ones_or_none(kafka_bootstrap: str, topic: str) -> None:
    produce(kafka_bootstrap, topic, [b"a\nb\n", None, b"", b" \n\t\r\n", b"c\n", b"\nd\r\n \r\ne", b"f"])
    items, state = Run(kafka_bootstrap, [topic]).read(partition_of(topic, 0), at_least(6))
    assert list(events(items)) == [
        ((0, 1), b"a"),
        ((0, 2), b"b"),
        (4, b"c"),
        ((5, 2), b"d"),
        ((5, 4), b"e"),
        (6, b"f"),
    ]
    assert state[f"{topic}:0"] == 7


def test_an_event_of_one_mebibyte_is_read_and_of_a_longer_one_a_head(kafka_bootstrap: str, topic: str) -> None:
    longest, longer = b"x" * MAX_EVENT_BYTES, b"y" * (MAX_EVENT_BYTES + 1)
    produce(kafka_bootstrap, topic, [longest, longer, b"a\n" + longer, b"z"])
    items, _ = Run(kafka_bootstrap, [topic]).read(partition_of(topic, 0), at_least(3))
    assert list(events(items)) == [(0, longest), ((2, 1), b"a"), (3, b"z")]
    long = [event for item in items if isinstance(item, Lines) for event in item.oversized]
    assert [event.at for event in long] == [1, (2, 2)]
    for event in long:
        assert event.head == longer[:65_536]
        assert event.length == len(longer)
        assert event.sha256 == hashlib.sha256(longer).hexdigest()


def test_every_topic_partition_is_read_by_its_virtual_partition(kafka_bootstrap: str, topics: TopicNames) -> None:
    counts = {make_topic(kafka_bootstrap, topics.touches, 5): 5, make_topic(kafka_bootstrap, topics.orders, 9): 9}
    for topic, count in counts.items():
        for number in range(count):
            produce(kafka_bootstrap, topic, [f"{topic}/{number}/{n}".encode() for n in range(3)], number)
    run = Run(kafka_bootstrap, list(counts))
    seen: dict[tuple[str, int | None], list[bytes]] = {}
    for index, name in enumerate(SOURCE_PARTITIONS):
        mine = {
            (topic, number)
            for topic, count in counts.items()
            for number in range(count)
            if (zlib.crc32(topic.encode()) + number) % 8 == index
        }
        items, state = run.read(name, has_passed_with(3 * len(mine)))
        batches = [item for item in items if isinstance(item, Lines)]
        assert {(batch.source, batch.partition) for batch in batches} == mine
        assert positions(state) == {f"{topic}:{number}": 3 for topic, number in mine}
        for batch in batches:
            seen.setdefault((batch.source, batch.partition), []).extend(batch.lines)
    assert seen == {
        (topic, number): [f"{topic}/{number}/{n}".encode() for n in range(3)]
        for topic, count in counts.items()
        for number in range(count)
    }


def test_the_first_partition_says_start_before_all_and_each_says_passed_once(kafka_bootstrap: str, topic: str) -> None:
    run = Run(kafka_bootstrap, [topic])
    for name in SOURCE_PARTITIONS:
        items, _ = run.read(name, has_passed)
        start = [Start(rebuild=False)] if name == SOURCE_PARTITIONS[0] else []
        assert items == [*start, ReplayFinished(name)]


def test_passes_when_it_has_read_what_an_earlier_run_had_read(kafka_bootstrap: str, topic: str) -> None:
    produce(kafka_bootstrap, topic, lines(*range(50)))
    name = partition_of(topic, 0)
    notes = Notes({f"{topic}:0": 50})
    items, _ = Run(kafka_bootstrap, [topic], notes).read(name, has_passed)
    assert len(list(events(items))) == 50
    assert items[-1] == ReplayFinished(name)


def test_a_note_of_a_topic_that_was_made_anew_holds_nothing_up(kafka_bootstrap: str, topic: str) -> None:
    produce(kafka_bootstrap, topic, lines(1))
    notes = Notes({f"{topic}:0": 1_000})
    run = Run(kafka_bootstrap, [topic], notes)
    name = partition_of(topic, 0)
    items, _ = run.read(name, has_passed)
    assert items[-1] == ReplayFinished(name)


def test_all_that_it_has_read_is_to_be_noted(kafka_bootstrap: str, topic: str) -> None:
    produce(kafka_bootstrap, topic, lines(*range(10)))
    run = Run(kafka_bootstrap, [topic])
    with closing(run.source.build_part("in", partition_of(topic, 0), None)) as part:

        def check(items: list[SourceItem]) -> bool:
            read = len(list(events(items)))
            assert part.to_note(part.position()) == ({f"{topic}:0": read} if read else {})
            return read == 10

        drive(part, check)


def test_polls_do_not_wait_for_the_answer_of_a_broker_that_gives_none(
    make_broker: Callable[[], EmbeddedKafka | ApacheKafka], topics: TopicNames, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a worker would see a request to stop, and whatever else it does, seconds late."""
    asked: list[float] = []
    ask = BrokerEnds.ask

    def counted(self: BrokerEnds, units: Mapping[str, TopicPartition]) -> Mapping[str, int]:
        asked.append(time.monotonic())
        return ask(self, units)

    monkeypatch.setattr(BrokerEnds, "ask", counted)
    with make_broker() as broker:
        topic = make_topic(broker.bootstrap_servers, topics.touches)
        produce(broker.bootstrap_servers, topic, lines(1))
        run = Run(broker.bootstrap_servers, [topic])
        with standing_still(broker.pid), closing(run.source.build_part("in", partition_of(topic, 0), None)) as part:
            for _ in range(100):
                part.next_batch()
            assert 1 <= len(asked) < 10


def test_a_topic_that_was_made_anew_is_named_at_once(
    kafka_bootstrap: str, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also when it has grown past what was read of the one before: its offsets would look right."""
    monkeypatch.setattr(topic_layout, "_IDS_TIMEOUT_S", PATIENCE_S)
    produce(kafka_bootstrap, topic, lines(1, 2))
    name = partition_of(topic, 0)
    _, state = Run(kafka_bootstrap, [topic]).read(name, at_least(2))
    delete_topic(kafka_bootstrap, topic)
    make_topic(kafka_bootstrap, topic)
    produce(kafka_bootstrap, topic, lines(3, 4, 5, 6))
    part = Run(kafka_bootstrap, [topic]).source.build_part("in", name, state)
    with closing(part), pytest.raises(OffsetLost, match=f"^topic {topic} was deleted and made anew: .*_RECOVERY_DIR$"):
        part.next_batch()
    other = next(part for part in SOURCE_PARTITIONS if part != name)
    items, _ = Run(kafka_bootstrap, [topic]).read(other, has_passed, state={"version": 2})
    assert items[-1] == ReplayFinished(other)


def test_partitions_that_a_topic_gets_while_it_is_read_are_read_from_their_beginning(
    kafka_bootstrap: str, topics: TopicNames, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each by its virtual partition, also one that had nothing to read; and a later run goes on with them."""
    monkeypatch.setattr(topic_layout, "LOOK_EVERY_S", 0.1)
    topic, grow = growing_topic(kafka_bootstrap, topics.touches, monkeypatch)
    produce(kafka_bootstrap, topic, [b"p0"])
    run = Run(kafka_bootstrap, [topic])
    with ExitStack() as stack:
        parts = {
            name: stack.enter_context(closing(run.source.build_part("in", name, None))) for name in SOURCE_PARTITIONS
        }
        for name, part in parts.items():
            drive(part, has_passed_with(1 if name == partition_of(topic, 0) else 0))
        grow(10)
        for number in range(1, 10):
            produce(kafka_bootstrap, topic, [b"p%d" % number], number)
        wanted: dict[str, set[bytes]] = {name: set() for name in SOURCE_PARTITIONS}
        for number in range(1, 10):
            wanted[partition_of(topic, number)].add(b"p%d" % number)
        for name, part in parts.items():
            items = drive(part, at_least(len(wanted[name])))
            assert {line for _, line in events(items)} == wanted[name]
        states = {name: part.snapshot() for name, part in parts.items()}
    produce(kafka_bootstrap, topic, [b"later"], 9)
    name = partition_of(topic, 9)
    items, _ = Run(kafka_bootstrap, [topic]).read(name, at_least(1), states[name])
    assert list(events(items)) == [(1, b"later")]


def test_the_group_has_the_offsets_of_the_snapshot_before(
    kafka_bootstrap: str, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lag_commits, "_SETTLE_S", PATIENCE_S)
    run = Run(kafka_bootstrap, [topic])
    produce(kafka_bootstrap, topic, lines(*range(4)))
    with closing(run.source.build_part("in", partition_of(topic, 0), None)) as part:
        drive(part, at_least(4))
        part.snapshot()
        assert _committed(kafka_bootstrap, topic) < 0
        produce(kafka_bootstrap, topic, lines(4, 5))
        drive(part, at_least(2))
        part.snapshot()
        drive(part, lambda _: _committed(kafka_bootstrap, topic) == 4)
    assert _committed(kafka_bootstrap, topic) == 6


def _committed(bootstrap: str, topic: str) -> int:
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": f"group-{topic}", "log_level": 0})
    [position] = consumer.committed([TopicPartition(topic, 0)], timeout=PATIENCE_S)
    consumer.close()
    return position.offset


@pytest.mark.parametrize("name", SOURCE_PARTITIONS)
def test_ends_when_a_stop_is_requested(kafka_bootstrap: str, topic: str, name: str) -> None:
    run = Run(kafka_bootstrap, [topic])
    with closing(run.source.build_part("in", name, None)) as part:
        part.next_batch()
        run.stop.requested = True
        with pytest.raises(StopIteration):
            part.next_batch()


def test_a_missing_topic_is_named_before_the_flow_starts(kafka_bootstrap: str, topics: TopicNames) -> None:
    with pytest.raises(MissingTopic, match=f'^Kafka topic "{topics.orders}" does not exist at .*--create'):
        KafkaSource(kafka_bootstrap, [topics.orders], notes=Notes(), stop=StopRequest())


def test_waits_for_a_broker_that_stands_still(
    make_broker: Callable[[], EmbeddedKafka | ApacheKafka], topics: TopicNames
) -> None:
    with make_broker() as broker:
        topic = make_topic(broker.bootstrap_servers, topics.touches)
        produce(broker.bootstrap_servers, topic, lines(1))
        run = Run(broker.bootstrap_servers, [topic])
        with closing(run.source.build_part("in", partition_of(topic, 0), None)) as part:
            drive(part, at_least(1))
            with standing_still(broker.pid):
                for _ in range(100):
                    assert part.next_batch() == []
            produce(broker.bootstrap_servers, topic, lines(2))
            assert list(events(drive(part, at_least(1)))) == [(1, b'{"n":2}')]


def test_ends_while_the_broker_stands_still(
    make_broker: Callable[[], EmbeddedKafka | ApacheKafka], topics: TopicNames
) -> None:
    """A client that is closed waits for the answer to a commit for ever."""
    with make_broker() as broker:
        topic = make_topic(broker.bootstrap_servers, topics.touches)
        produce(broker.bootstrap_servers, topic, lines(1))
        part = Run(broker.bootstrap_servers, [topic]).source.build_part("in", partition_of(topic, 0), None)
        drive(part, at_least(1))
        with standing_still(broker.pid):
            part.snapshot()
            part.snapshot()
            part.close()
