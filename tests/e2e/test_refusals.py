"""What a run cannot do ends it with one line and its exit status, before anything is written (contract §7, §8)."""

from __future__ import annotations

from pathlib import Path

import pytest
import redis

from connectors.embedded.servers import EmbeddedValkey
from tests.connectors.kafka.kafka_topics import standing_still
from tests.e2e.running import Runs
from tests.e2e.shop_files import generated, touch, write
from tests.reference.values import moment_ms


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write(tmp_path / "events.jsonl", [touch("c1", moment_ms("2026-01-05T10:00:00Z"))])


@pytest.mark.parametrize(
    ("toml", "word"),
    [
        ("[accounts.acme]\ntime_zone = 'Kyiv'", "accounts.acme.time_zone"),
        ("[default]\ncurrency = 'EURO'", "default.currency"),
        (
            "[accounts.acme.channels]\nemail = { event = 'clicked', window = '24' }",
            "accounts.acme.channels.email.window",
        ),
        ("[accounts.acme]\nexcluded_tag = ['service']", "accounts.acme.excluded_tag"),
        ("[accounts", "settings.toml"),
    ],
)
def test_wrong_settings(toml: str, word: str, runs: Runs, valkey: redis.Redis, file: Path, tmp_path: Path) -> None:
    settings = tmp_path / "settings.toml"
    settings.write_text(toml)
    ended = runs.start(file, settings=settings).wait()
    assert ended.status == 2
    assert word in ended.complaint
    assert valkey.dbsize() == 0
    assert not runs.recovery_dir().exists()


def test_a_file_that_is_not_there(runs: Runs, valkey: redis.Redis, tmp_path: Path) -> None:
    ended = runs.start(tmp_path / "none.jsonl").wait()
    assert ended.status == 2
    assert "none.jsonl" in ended.complaint
    assert valkey.dbsize() == 0


@pytest.mark.parametrize(("flag", "value"), [("--workers", 0), ("--workers", "two"), ("--epoch-seconds", 0)])
def test_wrong_flags(flag: str, value: object, runs: Runs, file: Path) -> None:
    ended = runs.command("run", file, flag, str(value)).wait()
    assert ended.status == 2
    assert flag in ended.complaint


def test_a_recovery_directory_that_is_none(runs: Runs, file: Path) -> None:
    runs.recovery_dir().mkdir(parents=True)
    (runs.recovery_dir() / "notes.txt").write_text("mine")
    ended = runs.start(file).wait()
    assert ended.status == 2
    assert str(runs.recovery_dir()) in ended.complaint


def test_a_recovery_directory_that_another_run_uses(
    runs: Runs, valkey: redis.Redis, file: Path, tmp_path: Path
) -> None:
    shop = generated(tmp_path / "shop.jsonl", 5_000)
    runs.pause_at([shop], 0)
    holder = runs.start(shop)
    runs.read_to(holder, valkey, [shop], 0.1)
    ended = runs.start(file).wait()
    runs.go_on()
    assert ended.status == 2
    assert str(runs.recovery_dir()) in ended.complaint
    assert holder.wait().status == 0


@pytest.mark.parametrize("workers", [1, 2])
def test_no_redis(workers: int, runs: Runs, file: Path) -> None:
    running = runs.start(file, redis_url="redis://127.0.0.1:1/0", workers=workers)
    ended = running.wait()
    assert ended.status == 1
    assert "127.0.0.1:1" in ended.complaint


def test_a_redis_that_does_not_answer(runs: Runs, valkey_server: EmbeddedValkey, file: Path) -> None:
    with standing_still(valkey_server.pid):
        ended = runs.start(file).wait()
    assert ended.status == 1
    assert f"127.0.0.1:{valkey_server.port}" in ended.complaint


@pytest.mark.kafka
def test_no_kafka(runs: Runs, valkey: redis.Redis) -> None:
    address = "127.0.0.1:1"
    ended = runs.start(kafka_bootstrap_servers=address).wait()
    assert ended.status == 1
    assert address in ended.complaint
    assert valkey.dbsize() == 0
