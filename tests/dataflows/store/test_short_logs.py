"""The logs of a recovery store are short again soon after an epoch, whoever reads and writes; nothing is lost."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import bytewax.operators as op
import psutil
import pytest
from bytewax.dataflow import Dataflow
from bytewax.operators import StatefulBatchLogic
from bytewax.recovery import RecoveryConfig
from bytewax.testing import TestingSink, TestingSource, run_main
from structlog.testing import capture_logs

from dataflows.store import short_logs
from dataflows.store.parts import files_of, make_parts, part_file
from dataflows.store.recovery_files import recovery_files
from dataflows.store.short_logs import LOG_SUFFIX, cut, logs_kept_short
from tests.waiting import PATIENCE_S, await_that

SNAPSHOT = bytes(300_000)
KEYS = 10
EPOCHS = 40
_INSERT = "INSERT INTO snaps (step_id, state_key, snap_epoch, ser_change) VALUES ('s', ?, ?, ?)"


@contextmanager
def written(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection as the engine has one."""
    with closing(sqlite3.connect(path, timeout=5.0, isolation_level=None)) as database:
        yield database


def log_of(path: Path) -> int:
    return path.with_name(path.name + LOG_SUFFIX).stat().st_size


def store_epoch(database: sqlite3.Connection, epoch: int, keys: int = KEYS) -> None:
    database.execute("BEGIN IMMEDIATE")
    for key in range(keys):
        database.execute(_INSERT, (str(key), epoch, SNAPSHOT))
    database.execute("COMMIT")


@pytest.fixture
def part(tmp_path: Path) -> Path:
    make_parts(tmp_path, [0], 1)
    return tmp_path / part_file(0)


def test_a_log_is_cut_while_the_engine_has_its_file_open(part: Path) -> None:
    with written(part) as engine, logs_kept_short([part]):
        store_epoch(engine, 1)
        await_that(lambda: log_of(part) == 0, lambda: f"the log still has {log_of(part)} bytes")
        assert engine.execute("SELECT count(*) FROM snaps").fetchone() == (10,)


def test_a_log_of_some_pages_is_left_as_it_is(part: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside a long one, which is cut meanwhile."""
    monkeypatch.setattr(short_logs, "LOOK_EVERY_S", 0.01)
    other = tmp_path / "other"
    other.mkdir()
    make_parts(other, [0], 1)
    long = other / part_file(0)
    with written(part) as engine, written(long) as another, logs_kept_short([part, long]):
        engine.execute(_INSERT, ("0", 1, b"little"))
        store_epoch(another, 1)
        await_that(lambda: log_of(long) == 0, "the long log is cut")
        assert 0 < log_of(part) < short_logs.LONG_BYTES


def test_who_ends_does_not_wait_for_a_log_that_is_being_cut(
    part: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In place of what cuts it: what never ends by itself."""
    program, begun = tmp_path / "endless.py", tmp_path / "begun"
    program.write_text(f"import os, signal\nos.symlink(str(os.getpid()), {str(begun)!r})\nsignal.pause()\n")
    monkeypatch.setattr(short_logs, "_PROGRAM", str(program))
    monkeypatch.setattr(short_logs, "_CUT_MOST_S", 2 * PATIENCE_S)
    monkeypatch.setattr(short_logs, "LOOK_EVERY_S", 0.01)
    with written(part) as engine, logs_kept_short([part]):
        store_epoch(engine, 1)
        await_that(begun.is_symlink, "a log that is being cut")
    await_that(lambda: not psutil.pid_exists(int(begun.readlink().name)), "the end of what cuts it")


def test_an_engine_that_stores_epochs_without_a_pause_is_never_refused(tmp_path: Path) -> None:
    """The engine's own SQLite, in this process; the store it leaves is whole."""
    make_parts(tmp_path, range(2), 2)
    files = files_of(tmp_path, 0, 1)
    ending = threading.Event()
    failures: set[str] = set()

    def keep_cutting() -> None:
        while not ending.is_set():
            failures.add(cut(files))

    thread = threading.Thread(target=keep_cutting)
    thread.start()
    try:
        run_main(counting_flow(), epoch_interval=timedelta(0), recovery_config=RecoveryConfig(str(tmp_path)))
    finally:
        ending.set()
        thread.join()
    assert failures == {""}
    with recovery_files(tmp_path) as stored:
        last = [stored.plain("counts.count", str(key)) for key in range(KEYS)]
    assert last == [(EPOCHS, SNAPSHOT)] * KEYS
    for path in files:
        with written(path) as database:
            assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)


class Counting(StatefulBatchLogic[int, int, Any]):
    """Counts its batches; with a snapshot of some size."""

    def __init__(self, resumed: Any) -> None:
        self.batches = 0 if resumed is None else resumed[0]

    def on_batch(self, values: list[int]) -> tuple[list[int], bool]:
        self.batches += 1
        return values, StatefulBatchLogic.RETAIN

    def snapshot(self) -> tuple[int, bytes]:
        return self.batches, SNAPSHOT


def counting_flow() -> Dataflow:
    flow = Dataflow("counts")
    items = [(str(key), epoch) for epoch in range(EPOCHS) for key in range(KEYS)]
    keyed = op.input("items", flow, TestingSource(items, batch_size=KEYS))
    op.output("out", op.stateful_batch("count", keyed, Counting), TestingSink([]))
    return flow


def test_who_reads_an_instant_keeps_it_and_the_log_is_cut_afterwards(part: Path) -> None:
    with written(part) as engine, written(part) as reader:
        store_epoch(engine, 1)
        reader.execute("BEGIN")
        assert reader.execute("SELECT count(*) FROM snaps").fetchone() == (10,)
        store_epoch(engine, 2)
        assert cut([part]) == ""
        assert reader.execute("SELECT count(*) FROM snaps").fetchone() == (10,)
        assert log_of(part) > 0
        reader.execute("COMMIT")
        assert cut([part]) == ""
        assert log_of(part) == 0
        assert reader.execute("SELECT count(*) FROM snaps").fetchone() == (20,)


def test_logs_that_cannot_be_cut_are_said_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(short_logs, "LOOK_EVERY_S", 0.01)
    tried = 0

    def watched(files: Sequence[Path], ending: threading.Event) -> str:
        nonlocal tried
        tried += 1
        return cut(files, ending)

    monkeypatch.setattr(short_logs, "cut", watched)
    folder = tmp_path / part_file(0)
    folder.mkdir()
    (tmp_path / f"{folder.name}{LOG_SUFFIX}").write_bytes(bytes(short_logs.LONG_BYTES))
    with capture_logs() as logs, logs_kept_short([folder]):
        await_that(lambda: tried >= 3, "nobody tried again")
    assert [(log["log_level"], log["error"]) for log in logs] == [
        ("warning", f"{folder}: unable to open database file")
    ]


def test_a_file_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    assert "unable to open" in cut([tmp_path / part_file(0)])
    assert list(tmp_path.iterdir()) == []


def test_every_file_is_one_sharers(tmp_path: Path) -> None:
    make_parts(tmp_path, range(5), 5)
    shares = [files_of(tmp_path, place, 3) for place in range(3)]
    assert sorted(path.name for share in shares for path in share) == [part_file(number) for number in range(5)]
    assert all(shares)
