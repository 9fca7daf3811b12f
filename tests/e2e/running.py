"""`lasttouch` as a real process: started, waited for, stopped, or killed with all its workers."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import psutil
import redis

from connectors.view.layout import text_of
from tests.house.sources import ROOT

_PROGRESS: Final = re.compile(r"(?:run|ingest): +[0-9]+ % of .*")
PATIENCE_S: Final = 120.0
"""After which something that has to happen is taken to have failed."""


@dataclass(frozen=True)
class Ended:
    """How a process ended."""

    status: int
    stdout: str
    stderr: str

    @property
    def complaint(self) -> str:
        """The one line that a failed command has to say; how far it was by then is no word of it."""
        [line] = [line for line in self.stderr.splitlines() if line.strip() and not _PROGRESS.fullmatch(line)]
        return line

    def went_well(self, status: int = 0) -> Ended:
        """It ended so, and nothing that it logged is of its own: only how far it was, and what librdkafka says."""
        assert self.status == status, self.stderr
        logged = [json.loads(line)["event"] for line in self.stderr.splitlines() if line.startswith("{")]
        assert set(logged) <= {"kafka_client"}, self.stderr
        assert "Traceback" not in self.stderr
        return self


class Running:
    """One process, the leader of a process group of its own."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    @property
    def has_ended(self) -> bool:
        return self._process.poll() is not None

    def wait(self, timeout_s: float = PATIENCE_S) -> Ended:
        stdout, stderr = self._process.communicate(timeout=timeout_s)
        return Ended(self._process.returncode, stdout, stderr)

    def stop(self) -> Ended:
        """Ask it to end, as a service manager does."""
        self._process.send_signal(signal.SIGTERM)
        return self.wait()

    def kill(self) -> Ended:
        """End it and its workers at once, as a power cut does."""
        os.killpg(self._process.pid, signal.SIGKILL)
        return self.wait()

    @contextmanager
    def standing_still(self) -> Iterator[None]:
        """It and its workers do nothing for a while, wherever they are."""
        os.killpg(self._process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.killpg(self._process.pid, signal.SIGCONT)

    @property
    def pid(self) -> int:
        return self._process.pid

    def workers(self) -> list[int]:
        """The ids of its worker processes."""
        return [child.pid for child in psutil.Process(self._process.pid).children()]

    def end(self) -> None:
        """Whatever it still does is not needed any more."""
        if not self.has_ended:
            self.kill()


@dataclass
class Runs:
    """Starts commands that share a Redis. Each recovery store has a folder to itself, with its dead letters in it."""

    folder: Path
    redis_url: str
    _started: list[Running] = field(default_factory=list)

    def command(self, *words: str | Path, **flags: object) -> Running:
        """Start `lasttouch` with `words` and flags: `epoch_seconds=1` is `--epoch-seconds 1`, None is left out.

        A flag that takes no value is given as True.
        """
        given = [
            (f"--{name.replace('_', '-')}", *([] if value is True else [str(value)]))
            for name, value in flags.items()
            if value is not None
        ]
        command = [sys.executable, "-m", "cli.main", *map(str, words), *(word for pair in given for word in pair)]
        # What the machine's own environment says of servers is not for these.
        environment = {name: value for name, value in os.environ.items() if not name.startswith("LASTTOUCH_")}
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            process_group=0,
        )
        running = Running(process)
        self._started.append(running)
        return running

    def start(self, *files: Path, store: str = "store", **flags: object) -> Running:
        """Start `lasttouch run`."""
        recovery_dir = self.recovery_dir(store)
        recovery_dir.parent.mkdir(exist_ok=True)
        with_defaults = {"redis_url": self.redis_url, "recovery_dir": recovery_dir, **flags}
        return self.command("run", *files, **with_defaults)

    def run(self, *files: Path, store: str = "store", **flags: object) -> Ended:
        """Do a `lasttouch run` over files to their end, which nothing goes wrong in."""
        return self.start(*files, store=store, **flags).wait().went_well()

    def recovery_dir(self, store: str = "store") -> Path:
        return self.folder / store / "recovery"

    def dead_letters(self, store: str = "store") -> Path:
        return self.folder / store / "dead-letters.jsonl"

    def end_all(self) -> None:
        for running in self._started:
            running.end()


def positions(client: redis.Redis) -> dict[str, int]:
    """How far runs have read, by file or topic partition: it is noted before what was read is counted."""
    return {text_of(unit): int(position) for unit, position in client.hgetall("lasttouch:positions").items()}


def read_share(client: redis.Redis, files: list[Path]) -> float:
    """How much of (uncompressed) files has been read, from 0 to 1."""
    return sum(positions(client).values()) / sum(file.stat().st_size for file in files)


def await_that(holds: Callable[[], bool], what: str) -> None:
    """Wait until it holds."""
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline, f"never came: {what}"
        time.sleep(0.001)


def await_share(running: Running, share: Callable[[], float], goal: float, *, slowly: bool = False) -> float:
    """Wait until a run has come so far. Returns how far it is then; it must not have ended by itself.

    `slowly`: clocks go on while it stands still for two thirds of the time, so that epochs close every few thousand
    events and totals are told as often.
    """
    reached = 0.0

    def is_there() -> bool:
        nonlocal reached
        reached = share()
        assert not running.has_ended, f"ended at {reached:.2f}: {running.wait().stderr}"
        if reached < goal and slowly:
            time.sleep(0.02)
            with running.standing_still():
                time.sleep(0.04)
        return reached >= goal

    await_that(is_there, f"{goal:.2f} of all")
    return reached


def kill_on_the_way(start: Callable[[], Running], share: Callable[[], float]) -> list[float]:
    """Kill a run whenever it has come at least a fifth further than at the kill before.

    `share`: how far it is, from 0 to 1. Returns where the kills landed: at least two of them in the middle of the
    stream, and none after its end.
    """
    landed = [0.0]
    while landed[-1] < 0.7:
        running = start()
        await_share(running, share, landed[-1] + 0.01)
        landed.append(await_share(running, share, landed[-1] + 0.2, slowly=True))
        assert running.kill().status == -signal.SIGKILL
    assert sum(reached < 1.0 for reached in landed[1:]) > 1
    return landed[1:]
