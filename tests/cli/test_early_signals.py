"""A signal that comes while a command is still imported ends it as one that comes later does, without a traceback."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from config.child_process import python_environment
from dataflows.store.store import open_store
from tests.house.sources import ROOT

# Sends itself a signal, so many times, when a module is about to be imported; and begins as `lasttouch` does.
PROGRAM: Final = """
import os, signal, sys

module, number, times = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
# As on a terminal, whatever this process was started from.
signal.signal(signal.SIGINT, signal.default_int_handler)

class Sender:
    def find_spec(self, name, path=None, target=None):
        if name == module:
            sys.meta_path.remove(self)
            for _ in range(times):
                os.kill(os.getpid(), number)

sys.meta_path.insert(0, Sender())
from cli.main import main

sys.argv[1:] = sys.argv[4:]
sys.exit(main())
"""
BY: Final = pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT])
# Nobody is there: a command that was asked to end looks for none.
SERVERS: Final = ("--redis-url", "redis://127.0.0.1:1")


def status_of(module: str, by: signal.Signals, *words: str | Path, times: int = 1) -> int:
    """The exit status of a command that is sent a signal when it imports `module`; it has nothing to say."""
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM, module, str(int(by)), str(times), *map(str, words)],
        cwd=ROOT,
        env=python_environment() | {"LASTTOUCH_METRICS_PORT": "0", "LASTTOUCH_SERVE_METRICS_PORT": "0"},
        capture_output=True,
        text=True,
    )
    assert ended.stderr == ""
    return ended.returncode


@BY
@pytest.mark.parametrize(("module", "workers"), [("typer", 1), ("cli.run", 2), ("confluent_kafka", 1)])
def test_a_run_from_kafka(module: str, workers: int, by: signal.Signals, tmp_path: Path) -> None:
    words = ("run", "--workers", str(workers), *SERVERS, "--recovery-dir", tmp_path / "recovery")
    assert status_of(module, by, *words) == 0
    assert not list(tmp_path.iterdir())


@BY
def test_a_run_over_files(by: signal.Signals, tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    file.write_text("{}\n")
    assert status_of("bytewax", by, "run", file, *SERVERS, "--recovery-dir", tmp_path / "recovery") == 128 + by
    assert list(tmp_path.iterdir()) == [file]


@BY
def test_a_rebuild(by: signal.Signals, tmp_path: Path) -> None:
    open_store(tmp_path / "recovery").use(1)
    assert status_of("bytewax", by, "rebuild", *SERVERS, "--recovery-dir", tmp_path / "recovery") == 128 + by


@BY
@pytest.mark.parametrize("module", ["typer", "uvicorn.lifespan.on"])
def test_a_server(module: str, by: signal.Signals, tmp_path: Path) -> None:
    tokens = tmp_path / "tokens.toml"
    tokens.touch(0o600)
    assert status_of(module, by, "serve", "--port", "0", *SERVERS, "--tokens", tokens) == 0


@BY
def test_a_demo(by: signal.Signals) -> None:
    assert status_of("cli.demo.session", by, "demo") == 128 + signal.SIGINT


@pytest.mark.parametrize(("by", "status"), [(signal.SIGTERM, -signal.SIGTERM), (signal.SIGINT, 128 + signal.SIGINT)])
@pytest.mark.parametrize("words", [("ingest", "events.jsonl"), ("report", "campaigns"), ()])
def test_what_loses_nothing_is_cut_off(words: tuple[str, ...], by: signal.Signals, status: int) -> None:
    assert status_of("typer", by, *words) == status


@BY
def test_a_second_signal_ends_it_at_once(by: signal.Signals) -> None:
    assert status_of("cli.run", by, "run", times=2) == -by
