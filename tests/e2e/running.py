"""`lasttouch` as a real process: started, waited for, stopped, or killed with all its workers."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import psutil
import redis

from connectors.files.pause import VARIABLE as PAUSE
from connectors.files.positions import source_of
from connectors.view.layout import text_of
from dataflows.store.recovery_files import recovery_files
from tests.servers.commands import ReadCommand, own_environment, start_read_command
from tests.waiting import PATIENCE_S, await_that

_LAST_WORDS_S: Final = 2.0
_LAST_WORDS_MAX: Final = 20_000
_PROGRESS: Final = re.compile(r"(?:run|ingest): +[0-9]+ % of .*")


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

    def __init__(self, process: ReadCommand) -> None:
        self._process = process

    @property
    def has_ended(self) -> bool:
        return self._process.poll() is not None

    def wait(self, timeout_s: float = PATIENCE_S) -> Ended:
        stdout, stderr = self._process.communicate(timeout=timeout_s)
        assert self._process.returncode is not None
        return Ended(self._process.returncode, stdout, stderr)

    def stop(self) -> Ended:
        """Ask it to end, as a service manager does."""
        self._process.send_signal(signal.SIGTERM)
        return self.wait()

    def kill(self) -> Ended:
        """End it and its workers at once, as a power cut does, if it has not just ended by itself."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        return self.wait()

    def stand_still(self) -> None:
        """It and its workers do nothing any more, wherever they are, until they are killed."""
        os.killpg(self._process.pid, signal.SIGSTOP)

    @contextmanager
    def standing_still(self) -> Iterator[None]:
        """It and its workers do nothing for a while, wherever they are."""
        self.stand_still()
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
    pauses: bool = False
    """Whether the runs that are started can be made to rest at a marked line (`pause_at`)."""
    environment: dict[str, str] = field(default_factory=dict)
    """Variables that all commands are given."""
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
        all_words = [*map(str, words), *(word for pair in given for word in pair)]
        environment = own_environment() | self.environment
        if self.pauses:
            environment[PAUSE] = str(self._mark)
        running = Running(start_read_command(all_words, environment))
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

    @property
    def _mark(self) -> Path:
        return self.folder / "pause"

    def pause_at(self, files: Sequence[Path], share: float) -> None:
        """Runs that are started from here on, and those that are paused, read (plain) files so far and then rest."""
        self.pauses = True
        aside = self._mark.with_suffix(".new")
        aside.write_text(str(_offset(files, share)))
        aside.rename(self._mark)

    def go_on(self) -> None:
        """What is paused reads to the end."""
        self._mark.unlink()

    def read_to(self, running: Running, client: redis.Redis, files: Sequence[Path], share: float) -> None:
        """Let a run read so far, and return when it has: what it read last is about to be counted."""
        self.pause_at(files, share)
        to = _offset(files, share)
        wanted = {source_of(file): min(to, file.stat().st_size) for file in files}

        def is_there() -> bool:
            read = positions(client)
            assert not running.has_ended, f"ended at {read}: {running.wait().stderr}"
            return all(read.get(source, 0) >= offset for source, offset in wanted.items())

        await_that(is_there, f"{share:.2f} of all read")

    def recovery_dir(self, store: str = "store") -> Path:
        return self.folder / store / "recovery"

    def dead_letters(self, store: str = "store") -> Path:
        return self.folder / store / "dead-letters.jsonl"

    def end_all(self) -> None:
        """End what still runs. pytest shows what each of them logged where a test has failed."""
        for running in self._started:
            running.end()
            with suppress(subprocess.TimeoutExpired):
                ended = running.wait(_LAST_WORDS_S)
                last_words = ended.stderr[-_LAST_WORDS_MAX:]
                print(f"process {running.pid} ended with {ended.status}:\n{last_words}", file=sys.stderr)


def _offset(files: Sequence[Path], share: float) -> int:
    """Files are read side by side: of each the same number of bytes."""
    return int(share * max(file.stat().st_size for file in files))


def positions(client: redis.Redis) -> dict[str, int]:
    """How far runs have read, by file or topic partition: it is noted before what was read is counted."""
    return {text_of(unit): int(position) for unit, position in client.hgetall("lasttouch:positions").items()}


def read_share(client: redis.Redis, files: Sequence[Path]) -> float:
    """How much of (uncompressed) files has been read, from 0 to 1."""
    return sum(positions(client).values()) / sum(file.stat().st_size for file in files)


def await_epochs(*recovery_dirs: Path, count: int = 2) -> None:
    """Wait until a run has closed so many epochs more, and stored them: with the second one, all that it had read.

    `recovery_dirs`: of all its processes.
    """
    before = _epoch(*recovery_dirs)
    await_that(lambda: _epoch(*recovery_dirs) >= before + count, f"{count} epochs stored")


def _epoch(*recovery_dirs: Path) -> int:
    with recovery_files(*recovery_dirs) as stored:
        return stored._resume_epoch


def kill_on_the_way(
    start: Callable[[], Running], read_on: Callable[[Running, float], None], recovery_dir: Path
) -> None:
    """Kill a run three times on the way, each time a fifth of all after it had stored what it had read until then.

    `read_on`: lets the run read that share (0 to 1) of all, and returns when it has, so that the kill comes between
    the reading of events and the end of their epoch.
    """
    for kill_at in (0.3, 0.55, 0.8):
        running = start()
        read_on(running, kill_at - 0.2)
        await_epochs(recovery_dir)
        read_on(running, kill_at)
        assert running.kill().status == -signal.SIGKILL
