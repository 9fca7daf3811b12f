"""A run that is asked to stop ends within 10 s and in order, whatever is away, with one worker and with two."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from connectors.embedded.servers import EmbeddedValkey
from tests.conftest import Broker
from tests.connectors.kafka.kafka_topics import standing_still
from tests.e2e.conftest import Undisturbed
from tests.e2e.kafka_runs import await_caught_up, ingest
from tests.e2e.running import Running, Runs
from tests.e2e.shop_files import generated
from tests.e2e.views import differences, view
from tests.waiting import await_that

pytestmark = pytest.mark.kafka

WITHIN_S = 10
"""By contract §8; more is an error of the test's `wait`, so that a slow machine has its start-up for itself."""
EPOCH_S = 0.2
both = pytest.mark.parametrize("workers", [1, 2])


@pytest.fixture
def mortal() -> Iterator[EmbeddedValkey]:
    """A Redis of the test's own."""
    with EmbeddedValkey() as server:
        yield server


def stopped_within_bounds(running: Running) -> int:
    os.kill(running.pid, signal.SIGTERM)
    return running.wait(WITHIN_S + 2).status


@both
def test_while_redis_does_not_answer(workers: int, mortal: EmbeddedValkey, broker: Broker, tmp_path: Path) -> None:
    runs = Runs(tmp_path, mortal.url)
    shop = generated(tmp_path / "week.jsonl", 500)
    ingest(broker.bootstrap_servers, shop)
    with redis.Redis.from_url(mortal.url) as client:
        running = runs.start(workers=workers, kafka_bootstrap_servers=broker.bootstrap_servers, epoch_seconds=EPOCH_S)
        try:
            await_caught_up(client, 500)
            with standing_still(mortal.pid):
                assert stopped_within_bounds(running) == 0
        finally:
            running.end()


@both
def test_while_redis_and_kafka_are_gone(workers: int, mortal: EmbeddedValkey, broker: Broker, tmp_path: Path) -> None:
    runs = Runs(tmp_path, mortal.url)
    ingest(broker.bootstrap_servers, generated(tmp_path / "week.jsonl", 500))
    with redis.Redis.from_url(mortal.url) as client:
        running = runs.start(workers=workers, kafka_bootstrap_servers=broker.bootstrap_servers, epoch_seconds=EPOCH_S)
        try:
            await_caught_up(client, 500)
            broker.kill()
            mortal.kill()
            assert stopped_within_bounds(running) == 0
        finally:
            running.end()


def test_a_worker_that_does_not_end_is_told_of(runs: Runs, valkey: redis.Redis, broker: Broker) -> None:
    """Not only that it was killed, as if by somebody else."""
    running = runs.start(workers=2, kafka_bootstrap_servers=broker.bootstrap_servers)
    await_that(lambda: valkey.hget("lasttouch:run", "catching_up") == b"0", "a run that has caught up")
    os.kill(running.workers()[1], signal.SIGSTOP)
    os.kill(running.pid, signal.SIGTERM)
    ended = running.wait(WITHIN_S + 2)
    assert ended.status == 0
    assert "had not ended 7 s after it was asked to" in ended.stderr


def test_while_workers_start(runs: Runs, valkey: redis.Redis, broker: Broker) -> None:
    running = runs.start(workers=2, kafka_bootstrap_servers=broker.bootstrap_servers)
    await_that(lambda: len(running.workers()) > 0, "a worker process")
    assert stopped_within_bounds(running) == 0


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT])
def test_a_run_over_files_says_by_what_it_was_stopped(
    by: signal.Signals, runs: Runs, valkey: redis.Redis, tmp_path: Path
) -> None:
    shop = generated(tmp_path / "week.jsonl", 5_000)
    runs.pause_at([shop], 0)
    running = runs.start(shop, epoch_seconds=EPOCH_S)
    runs.read_to(running, valkey, [shop], 0.1)
    os.kill(running.pid, by)
    running.wait().went_well(128 + by)


def test_a_worker_that_dies_while_the_broker_is_away_is_waited_for(
    runs: Runs, valkey: redis.Redis, broker: Broker, tmp_path: Path, undisturbed: Undisturbed
) -> None:
    """It goes on once the broker is back, and shows all."""
    shop = generated(tmp_path / "first.jsonl", 500)
    right = undisturbed(shop)
    ingest(broker.bootstrap_servers, shop)
    running = runs.start(workers=2, kafka_bootstrap_servers=broker.bootstrap_servers, epoch_seconds=EPOCH_S)
    await_caught_up(valkey, 500)
    with standing_still(broker.pid):
        workers = running.workers()
        os.kill(workers[0], signal.SIGKILL)
        await_that(lambda: not set(workers) & set(running.workers()), "the end of both workers")
        await_that(lambda: _number(valkey) > 1, "another start")
    await_caught_up(valkey, 500)
    assert running.stop().status == 0
    assert not differences(view(valkey), right)


@both
def test_a_redis_from_an_older_dump_is_replaced(
    workers: int, mortal: EmbeddedValkey, broker: Broker, tmp_path: Path, undisturbed: Undisturbed
) -> None:
    runs = Runs(tmp_path, mortal.url)
    files = [generated(tmp_path / f"{seed}.jsonl", 500, seed=seed) for seed in (1, 2)]
    first, both_files = undisturbed(files[0]), undisturbed(*files)
    with redis.Redis.from_url(mortal.url) as client:
        ingest(broker.bootstrap_servers, files[0])
        running = runs.start(workers=workers, kafka_bootstrap_servers=broker.bootstrap_servers, epoch_seconds=EPOCH_S)
        try:
            await_that(lambda: not differences(view(client), first), "the first half shown")
            client.save()
            ingest(broker.bootstrap_servers, files[1])
            await_that(lambda: not differences(view(client), both_files), "all shown")
            mortal.kill()
            mortal.restart()
            await_that(lambda: _number(client) > 1, "another start")
            await_that(lambda: not differences(view(client), both_files), "the view replaced")
            assert running.stop().status == 0
            assert not differences(view(client), both_files)
        finally:
            running.end()


def _number(client: redis.Redis) -> int:
    return int(client.hget("lasttouch:run", "number") or 0)
