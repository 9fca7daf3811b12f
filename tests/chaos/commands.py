"""`lasttouch` as its users run it: the installed command, configured by the environment, its log kept in a file."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import psutil

from tests.servers.commands import own_environment

_PROGRAM: Final = Path(sys.executable).with_name("lasttouch")
_COMMAND_S_MAX: Final = 60.0
_COMPLAINTS_MAX: Final = 40
_QUIET: Final = frozenset({"debug", "info"})
_OF_THE_CLIENT: Final = frozenset({"kafka_client", "kafka_error"})


class LongCommand:
    """A command that goes on until it is ended, the leader of a process group of its own."""

    def __init__(self, words: list[str], environment: dict[str, str], log: Path) -> None:
        self.log = log
        with log.open("wb") as out:
            self._process = subprocess.Popen(
                [str(_PROGRAM), *words],
                cwd=log.parent,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                process_group=0,
            )

    @property
    def status(self) -> int | None:
        """How it ended; None: it has not."""
        return self._process.poll()

    def workers(self) -> list[int]:
        """The ids of the processes that it started."""
        return [child.pid for child in psutil.Process(self._process.pid).children()]

    def members(self) -> list[int]:
        """It, its workers, and whatever these started: all that is alive of its group."""
        return [process.pid for process in psutil.process_iter() if self._has(process)]

    def _has(self, process: psutil.Process) -> bool:
        try:
            return process.status() != psutil.STATUS_ZOMBIE and os.getpgid(process.pid) == self._process.pid
        except (psutil.NoSuchProcess, ProcessLookupError):
            return False

    def ask_to_stop(self) -> None:
        """As a service manager does."""
        self._process.send_signal(signal.SIGTERM)

    def kill_alone(self) -> None:
        """Only the supervisor, and not its workers."""
        self._process.kill()
        self._process.wait()

    def end(self) -> None:
        """It and its workers, whatever state they are in."""
        for pid in self.members():
            os.kill(pid, signal.SIGKILL)
        self._process.wait()

    def complaints(self) -> list[str]:
        """The last of what it logged above INFO, or not as JSON; not what the Kafka client says of a broker."""
        said = [line for line in self.log.read_text(errors="replace").splitlines() if not _is_quiet(line)]
        return said[-_COMPLAINTS_MAX:]


def _is_quiet(line: str) -> bool:
    try:
        entry = json.loads(line)
    except ValueError:
        return not line.strip()
    return isinstance(entry, dict) and (entry.get("level") in _QUIET or entry.get("event") in _OF_THE_CLIENT)


@dataclass
class Commands:
    """Starts commands over the same servers and the same recovery store."""

    folder: Path
    redis_url: str
    bootstrap: str
    _runs: list[LongCommand] = field(default_factory=list)

    def start_run(self, workers: int, epoch_s: float) -> LongCommand:
        """`lasttouch run` from Kafka."""
        words = ["run", "--workers", str(workers), "--epoch-seconds", str(epoch_s)]
        run = LongCommand(words, self._environment(), self.folder / f"run-{len(self._runs)}.log")
        self._runs.append(run)
        return run

    def call(self, *words: str | Path) -> subprocess.CompletedProcess[str]:
        """A command that comes to an end by itself."""
        return subprocess.run(
            [str(_PROGRAM), *map(str, words)],
            cwd=self.folder,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_COMMAND_S_MAX,
        )

    def answer(self, *words: str) -> Any:
        """What a command that must go well answers in JSON."""
        done = self.call(*words, "--format", "json")
        assert done.returncode == 0, f"lasttouch {' '.join(words)}: {done.stderr}"
        return json.loads(done.stdout)

    def end_all(self) -> None:
        for run in self._runs:
            run.end()

    def complaints(self) -> list[str]:
        """What all runs complained of, each line after the name of its log."""
        return [f"{run.log.name}: {line}" for run in self._runs for line in run.complaints()]

    def _environment(self) -> dict[str, str]:
        return {
            **own_environment(),
            "LASTTOUCH_REDIS_URL": self.redis_url,
            "LASTTOUCH_KAFKA_BOOTSTRAP_SERVERS": self.bootstrap,
            "LASTTOUCH_RECOVERY_DIR": str(self.folder / "recovery"),
            "LASTTOUCH_METRICS_PORT": "0",
        }
