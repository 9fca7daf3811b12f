"""A run that is asked to stop writes all that it has counted before it waits for kernels that are being loaded."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import redis

from config.kernels_switch import KERNELS
from connectors.embedded.servers import EmbeddedValkey
from kernels import compiled_file
from tests.conftest import Broker
from tests.e2e.kafka_runs import await_caught_up, ingest
from tests.e2e.shop_files import generated
from tests.house.sources import PACKAGES, ROOT
from tests.servers.commands import own_environment
from tests.waiting import PATIENCE_S, await_that

pytestmark = pytest.mark.kafka


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A copy of this program, whose compiled kernels are in a pipe into which nobody writes."""
    copy = tmp_path / "program"
    for package in PACKAGES:
        shutil.copytree(ROOT / package, copy / package, ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "kernels" / "__pycache__").mkdir()
    os.mkfifo(copy / "kernels" / "__pycache__" / compiled_file.path().name)
    return copy


@contextmanager
def being_loaded(program: Path) -> Iterator[None]:
    """Once somebody reads the compiled kernels, who waits for their first byte until the end of the block."""
    [pipe] = (program / "kernels" / "__pycache__").glob("*.o")
    writing: list[int] = []

    def is_read() -> bool:
        with suppress(OSError):  # a pipe without a reader is not opened
            writing.append(os.open(pipe, os.O_WRONLY | os.O_NONBLOCK))
        return bool(writing)

    await_that(is_read, "a reader of the compiled kernels")
    try:
        yield
    finally:
        os.close(writing[0])


@pytest.mark.parametrize("workers", [1, 2])
def test_all_is_written_though_kernels_are_still_being_loaded(
    workers: int, program: Path, valkey: redis.Redis, valkey_server: EmbeddedValkey, broker: Broker, tmp_path: Path
) -> None:
    ingest(broker.bootstrap_servers, generated(tmp_path / "week.jsonl", 500))
    command = [sys.executable, "-m", "cli.main", "run", "--workers", str(workers)]
    command += ["--redis-url", valkey_server.url, "--recovery-dir", str(tmp_path / "recovery")]
    command += ["--kafka-bootstrap-servers", broker.bootstrap_servers]
    environment = own_environment() | {KERNELS: "on"}
    with subprocess.Popen(command, cwd=program, env=environment, stderr=subprocess.PIPE, text=True) as running:
        try:
            await_caught_up(valkey, 500)
            with being_loaded(program):
                running.send_signal(signal.SIGTERM)
                _, said = running.communicate(timeout=PATIENCE_S)
        finally:
            running.kill()
    assert "stopped before all was written" not in said
    assert running.returncode == 0
