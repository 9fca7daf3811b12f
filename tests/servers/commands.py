"""`lasttouch` commands as processes of their own, forked from one that has imported them all: of the two seconds of CPU
that a small command takes, imports are one and a half.

How a command starts from nothing is tested where it is started as users start it: by the lines of the pages, the demo,
the chaos test, and the tests of wrong input.
"""

from __future__ import annotations

import atexit
import json
import os
import resource
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Final

from config.kernels_switch import KERNELS
from tests.house.sources import ROOT

_STATUS_BYTES_MAX: Final = 16
_PID_BYTES_MAX: Final = 16


class CommandProcess:
    """A forked command, the leader of a process group of its own, with as much of `subprocess.Popen` as tests need."""

    def __init__(self, pid: int, status: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._status = status

    def poll(self) -> int | None:
        """Its exit status once it has ended, negative if a signal ended it."""
        return self._await_status(0)

    def wait(self, timeout: float) -> int:
        """Its exit status. Raises `subprocess.TimeoutExpired` where it has none after so many seconds."""
        if (status := self._await_status(timeout)) is None:
            raise subprocess.TimeoutExpired("lasttouch", timeout)
        return status

    def send_signal(self, number: int) -> None:
        """Unless it has ended, which may not have been told yet."""
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        """At once."""
        self.send_signal(signal.SIGKILL)

    def _await_status(self, timeout_s: float) -> int | None:
        if self.returncode is None and select.select([self._status], [], [], timeout_s)[0]:
            said = os.read(self._status, _STATUS_BYTES_MAX)
            os.close(self._status)
            assert said, "the process that forks commands has died"
            self.returncode = int(said)
        return self.returncode


class ReadCommand(CommandProcess):
    """One whose words are read as they come, so that it never waits for a reader."""

    def __init__(self, pid: int, status: int, stdout: int, stderr: int) -> None:
        super().__init__(pid, status)
        self._texts = ["", ""]
        self._readers = [
            threading.Thread(target=self._read, args=(number, pipe), daemon=True)
            for number, pipe in enumerate((stdout, stderr))
        ]
        for reader in self._readers:
            reader.start()

    def communicate(self, timeout: float) -> tuple[str, str]:
        """What it wrote to stdout and stderr, when it has ended and all who could write there have.

        Raises `subprocess.TimeoutExpired` where that takes more than so many seconds.
        """
        self.wait(timeout)
        for reader in self._readers:
            reader.join(timeout)
            if reader.is_alive():
                raise subprocess.TimeoutExpired("lasttouch", timeout)
        return self._texts[0], self._texts[1]

    def _read(self, number: int, pipe: int) -> None:
        with open(pipe, encoding="utf-8") as stream:
            self._texts[number] = stream.read()


class _Forks:
    """The process that forks."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.servers.command_forks", str(theirs.fileno())],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,  # a stream that cannot be sought in, as its forks have
                pass_fds=[theirs.fileno()],
            )
        atexit.register(self._end)

    def start(
        self, words: Sequence[str], environment: Mapping[str, str], folder: Path, stdout: int, stderr: int
    ) -> tuple[int, int]:
        asked = {
            "words": list(words),
            "environment": dict(environment),
            "folder": str(folder),
            "file_bytes_max": resource.getrlimit(resource.RLIMIT_FSIZE),
        }
        status, status_end = os.pipe()
        nothing = os.open(os.devnull, os.O_RDONLY)
        try:
            with self._lock:
                descriptors = [nothing, stdout, stderr, status_end]
                socket.send_fds(self._requests, [json.dumps(asked).encode() + b"\n"], descriptors)
                pid = self._requests.recv(_PID_BYTES_MAX)
        finally:
            os.close(nothing)
            os.close(status_end)
        assert pid, "the process that forks commands has died"
        return int(pid), status

    def _end(self) -> None:
        self._requests.close()
        self._process.communicate()


def own_environment() -> dict[str, str]:
    """This process's environment but for what the machine says of servers, which is not for tests: only whether kernels
    are wanted is.

    Many commands run beside each other: no metrics at the usual ports.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LASTTOUCH_") or name == KERNELS}
    return kept | {"LASTTOUCH_METRICS_PORT": "0", "LASTTOUCH_SERVE_METRICS_PORT": "0"}


@cache
def _forks() -> _Forks:
    return _Forks()


def start_command(
    words: Sequence[str], environment: Mapping[str, str], stdout: int, stderr: int, folder: Path = ROOT
) -> CommandProcess:
    """Start `lasttouch` with these words, in this environment and no other, writing to these descriptors."""
    return CommandProcess(*_forks().start(words, environment, folder, stdout, stderr))


def start_read_command(words: Sequence[str], environment: Mapping[str, str], folder: Path = ROOT) -> ReadCommand:
    """The same, with what it writes read for whoever asks when it has ended."""
    (out, out_end), (err, err_end) = os.pipe(), os.pipe()
    try:
        return ReadCommand(*_forks().start(words, environment, folder, out_end, err_end), out, err)
    finally:
        os.close(out_end)
        os.close(err_end)
