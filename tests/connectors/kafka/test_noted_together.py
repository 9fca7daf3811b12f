"""How far the partitions of a worker are read is noted in Redis at once, and before anything of it is handed on."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Final, TypeAlias

import pytest
import redis
from bytewax.dataflow import Dataflow
from bytewax.operators import input as input_step
from bytewax.operators import map as map_step
from bytewax.operators import output as output_step
from bytewax.testing import TestingSink, run_main

from config.stopping import StopRequest
from connectors.decoding.decoder import Decoded, DecodedItem
from connectors.decoding.read_ahead import DecodedPartition, DecodedSource
from connectors.embedded.servers import EmbeddedValkey
from connectors.kafka.positions import State, partition_of
from connectors.kafka.source import KafkaSource
from connectors.kafka.topics import TopicNames
from connectors.sources.raw_lines import SOURCE_PARTITIONS
from connectors.sources.replay import ReplayFinished
from connectors.view.client import writing_client
from connectors.view.read_positions import Positions, noted_positions
from tests.connectors.kafka.kafka_topics import make_topic, positions, produce, standing_still
from tests.waiting import await_that

pytestmark = pytest.mark.kafka

Parts: TypeAlias = Mapping[str, DecodedPartition[State]]
PARTITIONS: Final = len(SOURCE_PARTITIONS)
"""Of a topic: each is read by a virtual partition of its own."""
_NO_EVENT: Final = b"no event"
"""Becomes a dead letter, which says where it stood."""


@pytest.fixture
def topic(kafka_bootstrap: str, topics: TopicNames) -> str:
    return make_topic(kafka_bootstrap, topics.touches, PARTITIONS)


def source_of(bootstrap: str, topic: str, client: redis.Redis, stop: StopRequest) -> DecodedSource[State]:
    return DecodedSource(KafkaSource(bootstrap, [topic], notes=Positions(client, stop), stop=stop), ahead=False)


@contextmanager
def worker(
    bootstrap: str, topic: str, client: redis.Redis, states: Mapping[str, State | None] | None = None
) -> Iterator[Parts]:
    """All partitions of one worker, as they go on from these states."""
    source = source_of(bootstrap, topic, client, StopRequest())
    with ExitStack() as stack:
        yield {
            name: stack.enter_context(closing(source.build_part("in", name, (states or {}).get(name))))
            for name in source.list_parts()
        }


def ask(parts: Parts) -> dict[str, list[DecodedItem]]:
    """One activation of the engine: whoever is due is asked, one after the other."""
    now = datetime.now(UTC)
    awake_at = {name: part.next_awake() for name, part in parts.items()}
    due = [name for name, at in awake_at.items() if at is None or at <= now]
    return {name: parts[name].next_batch() for name in due}


def fill(bootstrap: str, topic: str) -> None:
    """One record more in each partition."""
    for number in range(PARTITIONS):
        produce(bootstrap, topic, [_NO_EVENT], number)


def read_everywhere(bootstrap: str, topic: str, parts: Parts) -> None:
    """Until all have said that they have passed, and all records so far are handed on."""
    fill(bootstrap, topic)
    left = set(parts)

    def is_read() -> bool:
        for name, items in ask(parts).items():
            if events_in(items):
                left.discard(name)
        return not left

    await_that(is_read, lambda: f"events of {left}")


def events_in(items: Sequence[DecodedItem]) -> int:
    return sum(item.events for item in items if isinstance(item, Decoded))


def handed_on_to(parts: Parts) -> dict[str, int]:
    """By unit, the next position after all that was handed on."""
    return {unit: int(at) for part in parts.values() for unit, at in positions(part.snapshot()).items()}


def noting_calls(client: redis.Redis) -> int:
    """How often the server was told of positions: nothing else in these tests is a hash."""
    stats = client.info("commandstats").get("cmdstat_hset", {})
    return int(stats.get("calls", 0))


def test_partitions_that_are_polled_together_are_noted_together(
    kafka_bootstrap: str, topic: str, valkey: redis.Redis
) -> None:
    with worker(kafka_bootstrap, topic, valkey) as parts:
        read_everywhere(kafka_bootstrap, topic, parts)

        def brings_events_of_all() -> bool:
            fill(kafka_bootstrap, topic)
            before = noting_calls(valkey)
            handed_on = ask(parts)
            has_events = [name for name, items in handed_on.items() if events_in(items)]
            assert noting_calls(valkey) - before <= 1
            return len(has_events) == PARTITIONS

        await_that(brings_events_of_all, "a pass that brings events of all partitions")


def test_all_is_noted_before_anything_is_handed_on(kafka_bootstrap: str, topic: str, valkey: redis.Redis) -> None:
    with worker(kafka_bootstrap, topic, valkey) as parts:
        for _ in range(20):
            fill(kafka_bootstrap, topic)
            for name in parts:
                parts[name].next_batch()
                noted = noted_positions(valkey)
                assert all(at <= noted[unit] for unit, at in handed_on_to(parts).items())


def test_under_the_engine_too(kafka_bootstrap: str, topic: str, valkey: redis.Redis) -> None:
    stop = StopRequest()
    left = {(number, at) for number in range(PARTITIONS) for at in range(5)}

    def look(item: DecodedItem) -> DecodedItem:
        if isinstance(item, Decoded):
            noted = noted_positions(valkey)
            for letter in item.dead:
                assert letter.partition is not None
                assert letter.offset is not None
                assert letter.offset < noted[f"{topic}:{letter.partition}"]
                left.remove((letter.partition, letter.offset))
            stop.requested = not left
        return item

    for _ in range(5):
        fill(kafka_bootstrap, topic)
    flow = Dataflow("noted")
    out: list[DecodedItem] = []
    read = input_step("in", flow, source_of(kafka_bootstrap, topic, valkey, stop))
    output_step("out", map_step("look", read, look), TestingSink(out))
    run_main(flow, epoch_interval=timedelta(milliseconds=50))
    assert not left
    assert sorted(item.partition for item in out if isinstance(item, ReplayFinished)) == list(SOURCE_PARTITIONS)


def test_what_was_noted_and_not_handed_on_comes_in_the_next_run_which_passes_behind_it(
    kafka_bootstrap: str, topic: str, valkey: redis.Redis
) -> None:
    first, other = partition_of(topic, 0), partition_of(topic, 1)
    with worker(kafka_bootstrap, topic, valkey) as parts:
        read_everywhere(kafka_bootstrap, topic, parts)
        produce(kafka_bootstrap, topic, [_NO_EVENT], 1)

        def is_noted() -> bool:
            if parts[other]._lot is not None:
                assert parts[other].next_batch() == []
            parts[first].next_batch()
            return noted_positions(valkey)[f"{topic}:1"] == 2

        await_that(is_noted, "what the other partition has read")
        states = {name: part.snapshot() for name, part in parts.items()}
    assert positions(states[other]) == {f"{topic}:1": 1}
    with worker(kafka_bootstrap, topic, valkey, states) as parts:
        said: list[DecodedItem] = []

        def has_passed() -> bool:
            said.extend(parts[other].next_batch())
            return ReplayFinished(other) in said

        await_that(has_passed, "the end of what is repeated")
        assert events_in(said[: said.index(ReplayFinished(other))]) == 1


@pytest.mark.parametrize("is_killed", [False, True])
def test_while_redis_is_away_nothing_is_handed_on(kafka_bootstrap: str, topic: str, *, is_killed: bool) -> None:
    with (
        EmbeddedValkey(appendonly=True) as server,
        writing_client(server.url) as client,
        worker(kafka_bootstrap, topic, client) as parts,
    ):
        read_everywhere(kafka_bootstrap, topic, parts)
        handed_on: dict[str, int] = dict.fromkeys(parts, 0)

        def has_all() -> bool:
            for name, items in ask(parts).items():
                handed_on[name] += events_in(items)
            return all(count == 1 for count in handed_on.values())

        working = threading.Thread(target=lambda: await_that(has_all, "the events of all partitions"))
        with ExitStack() as away:
            if is_killed:
                server.kill()
                away.callback(server.restart)
            else:
                away.enter_context(standing_still(server.pid))
            fill(kafka_bootstrap, topic)
            working.start()
            await_that(lambda: any(2 in part._inner.position().values() for part in parts.values()), "something read")
            working.join(0.2)
            assert working.is_alive()
            assert set(handed_on.values()) == {0}
        working.join()
        assert set(handed_on.values()) == {1}
        assert (
            handed_on_to(parts) == noted_positions(client) == {f"{topic}:{number}": 2 for number in range(PARTITIONS)}
        )
