"""`lasttouch run` from Kafka: the same view as from files, and the last record of each order is the truth (§6.2)."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
import redis

from connectors.kafka.topics import TopicPlan, ensure_topics
from tests.conftest import Broker
from tests.connectors.kafka.kafka_topics import produce
from tests.e2e.conftest import Undisturbed
from tests.e2e.kafka_runs import (
    TOPICS,
    await_caught_up,
    dead_letters,
    ingest,
    last_records,
    not_as_in_rows,
    records_read,
    rows_of,
)
from tests.e2e.running import Running, Runs, kill_on_the_way
from tests.e2e.shop_files import TOTAL, cut, generated, lines_of, touch
from tests.e2e.views import differences, view, view_of
from tests.reference.broken_lines import broken_lines
from tests.reference.reference import WHOLE, expected
from tests.reference.values import moment_ms
from tests.waiting import await_that

pytestmark = pytest.mark.kafka

EPOCH_S = 0.2


@pytest.fixture
def bootstrap(broker: Broker) -> str:
    return broker.bootstrap_servers


@pytest.mark.parametrize("workers", [1, 2])
def test_view_and_records_are_what_the_reference_says(
    workers: int, runs: Runs, valkey: redis.Redis, bootstrap: str, tmp_path: Path
) -> None:
    shop = generated(tmp_path / "week.jsonl", 5_000, seed=workers)
    right = expected(lines_of([shop]), {}, time.time_ns() // 1_000_000, **WHOLE)
    ingested = runs.command("ingest", shop, kafka_bootstrap_servers=bootstrap).wait()
    assert ingested.status == 0, ingested.stderr
    running = runs.start(workers=workers, kafka_bootstrap_servers=bootstrap)
    await_caught_up(valkey, 5_000)
    running.stop().went_well()
    assert not differences(view(valkey), view_of(right))
    assert last_records(bootstrap) == right.records
    assert dead_letters(bootstrap) == []


@pytest.mark.parametrize("workers", [1, 2])
def test_who_is_told_that_a_first_run_has_caught_up_sees_all_that_was_there(
    workers: int, runs: Runs, valkey: redis.Redis, bootstrap: str, tmp_path: Path
) -> None:
    shop = generated(tmp_path / "week.jsonl", 5_000, seed=6)
    right = view_of(expected(lines_of([shop]), {}, time.time_ns() // 1_000_000, **WHOLE))
    ingest(bootstrap, shop)
    runs.start(workers=workers, kafka_bootstrap_servers=bootstrap)
    await_that(lambda: valkey.hget("lasttouch:run", "catching_up") == b"0", "caught up")
    assert not differences(view(valkey), right)


def test_records_of_a_run_over_files(runs: Runs, valkey: redis.Redis, bootstrap: str, tmp_path: Path) -> None:
    shop = generated(tmp_path / "week.jsonl", 5_000, seed=4)
    right = expected(lines_of([shop]), {}, time.time_ns() // 1_000_000, **WHOLE)
    runs.run(shop, kafka_bootstrap_servers=bootstrap)
    assert not differences(view(valkey), view_of(right))
    assert last_records(bootstrap) == right.records


def test_killed_again_and_again(
    runs: Runs, valkey: redis.Redis, bootstrap: str, tmp_path: Path, undisturbed: Undisturbed
) -> None:
    count = 20_000
    shop = generated(tmp_path / "week.jsonl", count, seed=5)
    pieces = cut(shop, 20)
    sent = 0

    def read_on(running: Running, share: float) -> None:
        nonlocal sent
        while sent < share * len(pieces):
            ingest(bootstrap, pieces[sent])
            sent += 1
        await_that(lambda: records_read(valkey) == sent * count // len(pieces), f"{share} of all read")
        assert not running.has_ended

    def start() -> Running:
        return runs.start(workers=2, kafka_bootstrap_servers=bootstrap, epoch_seconds=EPOCH_S)

    kill_on_the_way(start, read_on, runs.recovery_dir())
    running = start()
    read_on(running, 1)
    await_caught_up(valkey, count)
    assert running.stop().status == 0
    shown = view(valkey)
    assert not differences(shown, undisturbed(shop))
    assert not not_as_in_rows(last_records(bootstrap), rows_of(shown))


def test_dead_letters_say_where_they_stood(runs: Runs, valkey: redis.Redis, bootstrap: str) -> None:
    good = [touch(f"c{number}", moment_ms("2026-01-05T10:00:00Z")) for number in range(3)]
    bad = [line for line, _ in broken_lines() if 0 < len(line) < 10_000 and b"\n" not in line]
    produce(bootstrap, TOPICS.touches, [good[0], *bad, good[1]], partition=1)
    produce(bootstrap, TOPICS.touches, [b"\n".join([good[2], bad[0], b"", bad[1]])], partition=2)
    running = runs.start(kafka_bootstrap_servers=bootstrap)
    await_caught_up(valkey, len(bad) + 3)
    assert running.stop().status == 0
    letters = dead_letters(bootstrap)
    places = {(letter["topic"], letter["partition"], letter["offset"], letter["line"]) for letter in letters}
    assert places == {(TOPICS.touches, 1, offset, 1) for offset in range(1, len(bad) + 1)} | {
        (TOPICS.touches, 2, 0, 2),
        (TOPICS.touches, 2, 0, 4),
    }
    assert all(letter["reason"] for letter in letters)
    assert valkey.hget(TOTAL, "clicked") == b"3"


def test_a_topic_that_is_not_there(make_broker: Callable[[], Broker], runs: Runs, valkey: redis.Redis) -> None:
    with make_broker() as broker:
        ensure_topics(broker.bootstrap_servers, [TopicPlan("touches"), TopicPlan("profiles")])
        ended = runs.start(kafka_bootstrap_servers=broker.bootstrap_servers).wait()
    assert ended.status == 2
    assert '"orders"' in ended.complaint
    assert valkey.dbsize() == 0
    assert not runs.recovery_dir().exists()
