"""`lasttouch rebuild`, and a Redis that lost its data: the view is what the store says, and nobody sees half of it."""

from __future__ import annotations

from pathlib import Path

import pytest
import redis

from connectors.view import layout
from dataflows.store.store import open_store
from tests.conftest import Broker
from tests.e2e.running import Running, Runs, await_epochs
from tests.e2e.shop_files import TOTAL, generated, growing
from tests.e2e.views import view, watching
from tests.waiting import await_that

SPRING = "lasttouch:{acme}:campaign:email:spring"
KEYS = (TOTAL, SPRING, "lasttouch:{acme}:day:2026-01-05")


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return growing(tmp_path / "growing.jsonl", 2_000)


def rebuild(runs: Runs) -> str:
    """Do a rebuild; what it says."""
    ended = runs.command("rebuild", redis_url=runs.redis_url, recovery_dir=runs.recovery_dir()).wait()
    assert ended.status == 0, ended.stderr
    return ended.stdout


def await_shown(client: redis.Redis) -> None:
    """Wait until all of the view is what a store says."""
    await_that(lambda: len(_views(client)) == 8, "the view shown again")


def _views(client: redis.Redis) -> list[str]:
    return [name for name in map(layout.text_of, client.hkeys(layout.RUN_KEY)) if name.startswith("view:")]


def spoil(client: redis.Redis) -> None:
    """What must not be there any more: wrong numbers, and keys of a campaign that never was."""
    client.hincrby(TOTAL, "revenue:EUR", 7)
    client.hset(TOTAL, "channel:push:sent", 1)
    client.delete("lasttouch:{acme}:rows:2026-01-05")
    client.hset("lasttouch:{acme}:campaign:email:never", "sent", 5)
    client.hset("lasttouch:{nobody}:total", "sent", 5)


@pytest.mark.parametrize("workers", [1, 2])
def test_an_emptied_redis_is_filled_from_the_store_of_a_run_that_has_ended(
    workers: int, runs: Runs, valkey: redis.Redis, tmp_path: Path
) -> None:
    shop = generated(tmp_path / "week.jsonl", 6_000)
    runs.run(shop, workers=workers)
    before = view(valkey)
    valkey.flushall()
    assert "no run was using it" in rebuild(runs)
    assert view(valkey) == before
    assert valkey.hget("lasttouch:run", "catching_up") == b"0"
    runs.run(shop)
    assert view(valkey) == before


def test_a_spoilt_view_is_mended_and_left_overs_are_swept(runs: Runs, valkey: redis.Redis, shop: Path) -> None:
    runs.run(shop)
    before = view(valkey)
    spoil(valkey)
    valkey.set("somebody:else", "1")
    with watching(runs.redis_url, KEYS) as seen:
        rebuild(runs)
    assert view(valkey) == before
    assert valkey.get("somebody:else") == b"1"
    for key in KEYS:
        assert len(seen[key]) <= 2, "a reader saw more than the old and the new value"


def test_settings_stay_as_the_run_had_them(runs: Runs, valkey: redis.Redis, shop: Path, tmp_path: Path) -> None:
    settings = tmp_path / "settings.toml"
    settings.write_text("[accounts.acme]\ntime_zone = 'Asia/Tokyo'\nchannels = {}\n")
    runs.run(shop, settings=settings)
    before = view(valkey)
    assert b"revenue:EUR" not in valkey.hkeys(TOTAL)
    valkey.flushall()
    rebuild(runs)
    assert view(valkey) == before
    runs.run(shop, settings=settings)
    assert view(valkey) == before


def test_rows_that_have_left_do_not_come_back(runs: Runs, valkey: redis.Redis, tmp_path: Path) -> None:
    runs.environment["LASTTOUCH_ROW_RETENTION_DAYS"] = "3"
    runs.run(generated(tmp_path / "week.jsonl", 6_000))
    before = view(valkey)
    assert "rows_from" in before["lasttouch:{acme}:account"]
    rebuild(runs)
    assert view(valkey) == before


def test_after_a_crash_the_next_run_goes_on_behind_it(runs: Runs, valkey: redis.Redis, tmp_path: Path) -> None:
    shop = generated(tmp_path / "week.jsonl", 20_000)
    runs.pause_at([shop], 0)
    running = runs.start(shop, epoch_seconds=0.2)
    runs.read_to(running, valkey, [shop], 0.3)
    await_epochs(runs.recovery_dir())
    runs.read_to(running, valkey, [shop], 0.5)
    running.kill()
    runs.go_on()
    valkey.flushall()
    rebuild(runs)
    part = view(valkey)
    runs.run(shop)
    after = view(valkey)
    assert part != after
    runs.run(shop, store="other", replace_view=True)
    assert view(valkey) == after


def test_a_run_over_files_that_is_live_does_it(runs: Runs, valkey: redis.Redis, tmp_path: Path) -> None:
    shop = generated(tmp_path / "week.jsonl", 20_000)
    runs.pause_at([shop], 0)
    running = runs.start(shop, epoch_seconds=0.2)
    runs.read_to(running, valkey, [shop], 0.3)
    await_shown(valkey)
    asked = runs.command("rebuild", redis_url=runs.redis_url, recovery_dir=runs.recovery_dir())
    await_that(lambda: not _views(valkey), "the view to be built anew")
    # A run over files finds out when it writes, and shows the view when it has read them.
    runs.go_on()
    assert "by the run that uses it" in asked.wait().stdout
    assert running.wait().status == 0
    after = view(valkey)
    valkey.flushall()
    rebuild(runs)
    assert view(valkey) == after


@pytest.mark.parametrize(("made", "word"), [(False, "is no recovery store"), (True, "no run has used it")])
def test_what_holds_nothing_rebuilds_nothing(
    made: bool, word: str, runs: Runs, valkey: redis.Redis, shop: Path
) -> None:
    runs.run(shop, store="other")
    before = view(valkey)
    if made:
        open_store(runs.recovery_dir())
    ended = runs.command("rebuild", redis_url=runs.redis_url, recovery_dir=runs.recovery_dir()).wait()
    assert ended.status == 2
    assert word in ended.complaint
    assert view(valkey) == before


def test_no_redis(runs: Runs, shop: Path) -> None:
    runs.run(shop)
    ended = runs.command("rebuild", redis_url="redis://127.0.0.1:1/0", recovery_dir=runs.recovery_dir()).wait()
    assert ended.status == 1
    assert "127.0.0.1:1" in ended.complaint


class Stream:
    """A run over Kafka, of a shop that has nothing more to tell."""

    def __init__(self, runs: Runs, valkey: redis.Redis, bootstrap: str) -> None:
        self._runs = runs
        self._valkey = valkey
        self._bootstrap = bootstrap

    def start(self, workers: int = 1) -> Running:
        """Start it, and wait until everything is counted."""
        number = self._valkey.hget(layout.RUN_KEY, "number")
        running = self._runs.start(kafka_bootstrap_servers=self._bootstrap, epoch_seconds="0.5", workers=str(workers))
        await_that(lambda: self._valkey.hget(layout.RUN_KEY, "number") != number, "started")
        self.await_rest()
        return running

    def await_rest(self) -> None:
        """Wait until it has counted everything, and has closed an epoch after that."""
        await_that(lambda: self._valkey.hget(TOTAL, "orders:DELIVERED:EUR") == b"2000", "all orders counted")
        await_that(lambda: self._valkey.hget(layout.RUN_KEY, "catching_up") == b"0", "caught up")
        await_epochs(self._runs.recovery_dir())


@pytest.fixture
def stream(runs: Runs, valkey: redis.Redis, bare_broker: Broker, shop: Path) -> Stream:
    kafka = bare_broker.bootstrap_servers
    assert runs.command("ingest", shop, kafka_bootstrap_servers=kafka).wait().status == 0
    return Stream(runs, valkey, kafka)


@pytest.mark.kafka
@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("gone", ["everything", layout.RUN_KEY])
def test_a_live_stream_that_rests_finds_out_that_redis_was_emptied_and_heals(
    gone: str, workers: int, runs: Runs, valkey: redis.Redis, stream: Stream
) -> None:
    stream.start(workers)
    before = view(valkey)
    with watching(runs.redis_url, KEYS) as seen:
        valkey.flushall() if gone == "everything" else valkey.delete(gone)
        await_shown(valkey)
        stream.await_rest()
    assert view(valkey) == before
    for key in KEYS:
        states = [state for state in seen[key] if state]
        assert all(state == states[0] for state in states), "a reader saw a value that was half built"


@pytest.mark.kafka
def test_a_live_stream_rebuilds_when_it_is_asked_to(runs: Runs, valkey: redis.Redis, stream: Stream) -> None:
    stream.start()
    before = view(valkey)
    spoil(valkey)
    with watching(runs.redis_url, KEYS) as seen:
        assert "by the run that uses it" in rebuild(runs)
        assert view(valkey) == before
    for key in KEYS:
        assert len(seen[key]) <= 2
        assert all(seen[key]), "a key was away for a moment"


@pytest.mark.kafka
def test_the_store_of_a_stream_that_was_stopped_is_enough(runs: Runs, valkey: redis.Redis, stream: Stream) -> None:
    running = stream.start()
    before = view(valkey)
    assert running.stop().status == 0
    valkey.flushall()
    assert "no run was using it" in rebuild(runs)
    assert view(valkey) == before
    running = stream.start()
    assert (running.stop().status, view(valkey)) == (0, before)


@pytest.mark.kafka
def test_a_redis_that_started_again_with_older_data_is_found_out(valkey: redis.Redis, stream: Stream) -> None:
    """As after the restart of a server that saves a dump now and then: everything is there, but old."""
    stream.start()
    before = view(valkey)
    # All of it at once: the stream may look at any moment.
    with valkey.pipeline() as transaction:
        for name, mark in valkey.hgetall(layout.RUN_KEY).items():
            if layout.text_of(name).startswith("mark:"):
                run, _, writes = layout.text_of(mark).partition(":")
                transaction.hset(layout.RUN_KEY, name, f"{run}:{int(writes) - 1}")
        transaction.hset(TOTAL, "revenue:EUR", 1)
        transaction.execute()
    await_that(lambda: view(valkey) == before, "the view built anew")
