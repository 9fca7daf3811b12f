"""What ends a run is said in one line, at once, by two workers as by one; nothing is tried again that cannot help."""

from __future__ import annotations

import gzip
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis

from tests.e2e.running import Runs
from tests.e2e.shop_files import generated, touch, write
from tests.reference.values import moment_ms

both = pytest.mark.parametrize("workers", [1, 2])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write(tmp_path / "events.jsonl", [touch("c1", moment_ms("2026-01-05T10:00:00Z"))])


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """What is started meanwhile finds its disk full once a file has so many bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@both
def test_a_broken_file(workers: int, runs: Runs, valkey: redis.Redis, tmp_path: Path) -> None:
    broken = tmp_path / "week.jsonl.gz"
    packed = gzip.compress(generated(tmp_path / "week.jsonl", 2_000).read_bytes())
    broken.write_bytes(packed[: len(packed) // 2])
    ended = runs.start(broken, workers=workers).wait()
    assert ended.status == 2
    assert str(broken) in ended.complaint
    assert valkey.hget("lasttouch:run", "number") == b"1"


@both
def test_a_newer_run_on_the_same_redis(workers: int, runs: Runs, valkey: redis.Redis, tmp_path: Path) -> None:
    """The older one ends; neither keeps the other from ending."""
    shop = generated(tmp_path / "older.jsonl", 5_000)
    runs.pause_at([shop], 0)
    older = runs.start(shop, workers=workers, epoch_seconds=0.2)
    runs.read_to(older, valkey, [shop], 0.1)
    with older.standing_still():
        runs.go_on()
        newer = runs.start(
            generated(tmp_path / "newer.jsonl", 500),
            store="newer",
            workers=workers,
            epoch_seconds=0.2,
            replace_view=True,
        )
        assert newer.wait().status == 0
    ended = older.wait()
    assert ended.status == 1
    assert "newer run" in ended.complaint
    assert valkey.hget("lasttouch:run", "number") == b"2"


@both
def test_a_damaged_recovery_store(workers: int, runs: Runs, valkey: redis.Redis, file: Path) -> None:
    runs.run(file)
    for part in runs.recovery_dir().glob("*.sqlite3"):
        part.write_bytes(b"x" * 4096)
    ended = runs.start(file, workers=workers).wait()
    assert ended.status == 1
    assert str(runs.recovery_dir()) in ended.complaint
    assert "damaged" in ended.complaint
    assert valkey.hget("lasttouch:run", "number") == b"2"


@both
def test_a_recovery_store_on_a_full_disk(workers: int, runs: Runs, valkey: redis.Redis, tmp_path: Path) -> None:
    shop = generated(tmp_path / "week.jsonl", 20_000)
    with files_of_at_most(150_000):
        running = runs.start(shop, workers=workers, epoch_seconds=0.2)
    ended = running.wait()
    assert ended.status == 1
    assert str(runs.recovery_dir()) in ended.complaint
    assert "cannot be written" in ended.complaint
    assert valkey.hget("lasttouch:run", "number") == b"1"


@both
def test_dead_letters_on_a_full_disk(workers: int, runs: Runs, valkey: redis.Redis, tmp_path: Path) -> None:
    bad = write(tmp_path / "bad.jsonl", [b"no event"] * 20_000)
    with files_of_at_most(600_000):
        running = runs.start(bad, workers=workers)
    ended = running.wait()
    assert ended.status == 1
    assert str(runs.dead_letters()) in ended.complaint
    assert valkey.hget("lasttouch:run", "number") == b"1"


@both
def test_what_a_run_has_done(workers: int, runs: Runs, file: Path, tmp_path: Path) -> None:
    """One line on stdout: the sum of all workers."""
    bad = write(tmp_path / "bad.jsonl", [b"no event", b"none either", touch("c2", moment_ms("2026-01-05T10:00:00Z"))])
    [line] = runs.run(file, bad, workers=workers).stdout.splitlines()
    assert line.startswith("read 4 lines: took 2 touch; 2 refused (")
    assert line.endswith(f"; 0 too late; dead letters: {runs.dead_letters()}")
