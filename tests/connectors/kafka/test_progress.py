"""When a Kafka source says that it has caught up, and that it does not keep up; against a real broker."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from contextlib import ExitStack, closing

import pytest

from connectors.embedded.servers import EmbeddedKafka
from connectors.kafka import polls
from connectors.kafka.polls import BATCH_RECORDS_MAX
from connectors.kafka.positions import partition_of
from connectors.kafka.topics import TopicNames
from connectors.sources import catch_up
from connectors.sources.raw_lines import SOURCE_PARTITIONS, Lines
from connectors.sources.replay import ReplayFinished, SourceItem
from tests.connectors.files.file_runs import Notes
from tests.connectors.kafka.kafka_topics import at_least, drive, events, make_topic, produce, standing_still
from tests.connectors.kafka.source_runs import Run, has_passed, lines
from tests.servers.apache_kafka import ApacheKafka
from tests.waiting import PATIENCE_S, await_that

pytestmark = pytest.mark.kafka


def test_tells_when_it_has_caught_up_and_only_on_change(kafka_bootstrap: str, topic: str) -> None:
    produce(kafka_bootstrap, topic, lines(*range(100)))
    run = Run(kafka_bootstrap, [topic])
    name = partition_of(topic, 0)
    run.read(name, lambda _: (name, True) in run.progress)
    assert run.progress[-1] == (name, True)
    assert all(a != b for a, b in zip(run.progress, run.progress[1:], strict=False))
    idle = next(part for part in SOURCE_PARTITIONS if part != name)
    run.read(idle, has_passed)
    assert run.progress[-1] == (idle, True)


def test_caught_up_is_told_only_when_all_that_was_there_has_been_read(kafka_bootstrap: str, topic: str) -> None:
    produce(kafka_bootstrap, topic, lines(*range(25_000)))
    run = Run(kafka_bootstrap, [topic])
    name = partition_of(topic, 0)
    read_when_told: list[int] = []

    def look(items: list[SourceItem]) -> bool:
        if (name, True) in run.progress and not read_when_told:
            read_when_told.append(len(list(events(items))))
        return bool(read_when_told)

    run.read(name, look)
    assert read_when_told == [25_000]


def test_one_burst_is_no_reason_to_say_that_it_catches_up(
    kafka_bootstrap: str, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catch_up, "BEHIND_AFTER_S", PATIENCE_S)  # however long the machine takes to work it off
    run = Run(kafka_bootstrap, [topic])
    name = partition_of(topic, 0)
    with closing(run.source.build_part("in", name, None)) as part:
        drive(part, lambda _: (name, True) in run.progress)

        def has_filled_a_poll() -> bool:
            """A client that gets no processor meanwhile has less of it in its queue."""
            produce(kafka_bootstrap, topic, lines(*range(25_000)))
            batches = drive(part, at_least(25_000))
            return any(isinstance(item, Lines) and len(item.lines) == BATCH_RECORDS_MAX for item in batches)

        await_that(has_filled_a_poll, "a burst of which one poll brought as much as it can")
    assert run.progress == [(name, True)]


def test_a_source_that_does_not_keep_up_says_so_and_when_it_has_caught_up_again(
    kafka_bootstrap: str, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each poll brings ten records of many thousands, and the next poll is already too late."""
    monkeypatch.setattr(catch_up, "ASK_AFTER_S", 0.0)
    monkeypatch.setattr(catch_up, "BEHIND_AFTER_S", 0.0)
    run = Run(kafka_bootstrap, [topic])
    name = partition_of(topic, 0)
    with closing(run.source.build_part("in", name, None)) as part:
        drive(part, lambda _: (name, True) in run.progress)
        with monkeypatch.context() as patch:
            patch.setattr(polls, "BATCH_RECORDS_MAX", 10)
            produce(kafka_bootstrap, topic, lines(*range(50_000)))
            drive(part, lambda _: run.progress[-1] == (name, False))
        drive(part, lambda _: run.progress[-1] == (name, True))
    assert run.progress == [(name, True), (name, False), (name, True)]


def test_a_source_that_gets_no_answer_has_neither_caught_up_nor_passed(
    make_broker: Callable[[], EmbeddedKafka | ApacheKafka], topics: TopicNames, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long a poll brings nothing: seconds pass by the thousand here, and the broker stands still."""
    with make_broker() as broker:
        topic = make_topic(broker.bootstrap_servers, topics.touches)
        produce(broker.bootstrap_servers, topic, lines(*range(5_000)))
        notes = Notes({f"{topic}:0": 5_000})
        run = Run(broker.bootstrap_servers, [topic], notes)
        name = partition_of(topic, 0)
        with ExitStack() as stack:
            with standing_still(broker.pid), monkeypatch.context() as patch:
                part = stack.enter_context(closing(run.source.build_part("in", name, None)))
                seconds = itertools.count(int(time.monotonic()) - 10_000_000, 1_000)
                patch.setattr(time, "monotonic", lambda: float(next(seconds)))
                items = [item for _ in range(100) for item in part.next_batch()]
            assert not has_passed(items)
            assert (name, True) not in run.progress
            items += drive(part, lambda _: (name, True) in run.progress)
        assert len(list(events(items))) == 5_000
        assert items[-1] == ReplayFinished(name)
