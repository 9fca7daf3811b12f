"""One program as a process that is measured from its start to its end: wall, CPU and memory, with its children."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Final, Self

import psutil

from config.errors import Unavailable
from connectors.embedded.server_process import ServerProcess

_SAMPLE_S: Final = 0.05
_LOOK_FOR_CHILDREN_EVERY: Final = 10
"""Samples. To find children the whole process table is read, which costs CPU that the program could use."""
_MEBIBYTE: Final = 1_048_576
_LAST_WORDS_MAX: Final = 300


class ProgramFailed(Unavailable):
    """A program that is measured ended badly; one line that names it and its last words."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What a program took."""

    wall_s: float
    """From its start to its end."""
    cpu_s: float
    """User and system, of the process and of all children that it waited for."""
    lifetime_s: float
    """The wall time that the CPU times are of; `wall_s` may leave out waiting."""
    machine_cpu_s: float
    """What all cores worked in that time, for whomever."""
    rss_mib: int
    """The largest sum of resident memory over the process and its children; pages they share count for each."""


class MeasuredProcess:
    """Started when it is made. Its standard output and error go to files in `folder`.

    A context manager: what still runs at the end is killed.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        folder: Path,
        *,
        cwd: Path | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._name = name
        self._out = folder / f"{name}.out"
        self._err = folder / f"{name}.err"
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self._machine_cpu_s = _machine_cpu_seconds()
            self.started_at = time.perf_counter()
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, cwd=cwd, env=environment
            )
        self._memory = _MemorySampler(self._process.pid)
        self._usage: Usage | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        if self._usage is None:
            self._process.kill()
            self._process.wait()
            self._memory.peak_mib()

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def has_ended(self) -> bool:
        """Whether there is nothing to wait for."""
        return self._usage is not None or self._reap(os.WNOHANG)

    def ask_to_end(self) -> None:
        """SIGTERM."""
        self._process.terminate()

    def kill(self) -> None:
        """SIGKILL to it and to all its children at once; returns when it has ended."""
        family = [*_children(psutil.Process(self._process.pid)), psutil.Process(self._process.pid)]
        for member in family:
            with suppress(psutil.NoSuchProcess):
                member.kill()
        self._reap(0)

    def wait(self) -> Usage:
        """What it took until its end, which is waited for. Raises `ProgramFailed` for a status that is not 0."""
        if self._usage is None:
            self._reap(0)
        assert self._usage is not None
        if self._process.returncode:
            raise ProgramFailed(f"{self._name} ended with status {self._process.returncode}: {self._last_words()}")
        return self._usage

    def output(self) -> list[str]:
        """The lines of its standard output so far."""
        return self._out.read_text(errors="replace").splitlines()

    def complaints(self) -> list[str]:
        """The lines of its standard error so far."""
        return self._err.read_text(errors="replace").splitlines()

    def _reap(self, options: int) -> bool:
        # Popen's own waiting would throw away what the kernel says of the CPU time.
        pid, status, usage = os.wait4(self._process.pid, options)
        if pid == 0:
            return False
        wall_s = time.perf_counter() - self.started_at
        machine_cpu_s = _machine_cpu_seconds() - self._machine_cpu_s
        self._process.returncode = os.waitstatus_to_exitcode(status)
        cpu_s = usage.ru_utime + usage.ru_stime
        self._usage = Usage(wall_s, cpu_s, wall_s, machine_cpu_s, self._memory.peak_mib())
        return True

    def _last_words(self) -> str:
        lines = [line for file in (self._err, self._out) for line in file.read_text(errors="replace").splitlines()]
        said = [line.strip() for line in lines if line.strip()]
        return (said or ["it said nothing"])[-1][:_LAST_WORDS_MAX]


class _MemorySampler:
    """Looks at the memory of a process and its children again and again, on a thread of its own."""

    def __init__(self, pid: int) -> None:
        self._root = psutil.Process(pid)
        self._peak = 0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look, name="memory", daemon=True)
        self._thread.start()

    def peak_mib(self) -> int:
        """The largest sum seen; ends the looking."""
        self._done.set()
        self._thread.join()
        return self._peak // _MEBIBYTE

    def _look(self) -> None:
        children: list[psutil.Process] = []
        for sample in count():
            if sample % _LOOK_FOR_CHILDREN_EVERY == 0:
                children = _children(self._root)
            self._peak = max(self._peak, sum(map(_rss_bytes, [self._root, *children])))
            if self._done.wait(_SAMPLE_S):
                return


@contextmanager
def cpu_of(servers: Mapping[str, ServerProcess]) -> Iterator[dict[str, float]]:
    """Yields what is filled in at the end: the CPU seconds (user and system) of each server since the beginning."""
    before = {name: _cpu_seconds(server) for name, server in servers.items()}
    spent: dict[str, float] = {}
    yield spent
    spent.update({name: _cpu_seconds(server) - before[name] for name, server in servers.items()})


def _cpu_seconds(server: ServerProcess) -> float:
    times = psutil.Process(server.pid).cpu_times()
    return float(times.user + times.system)


def _machine_cpu_seconds() -> float:
    """Of all cores since the machine started; what its host took from it counts as worked."""
    times = psutil.cpu_times()._asdict()
    # Linux counts guests in `user` already; the others' names are the same wherever they exist.
    return float(sum(spent for kind, spent in times.items() if kind not in ("idle", "iowait", "guest", "guest_nice")))


def _children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children(recursive=True)
    except psutil.Error:
        return []  # it has ended


def _rss_bytes(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0  # it has ended
