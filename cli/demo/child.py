"""A `lasttouch` command that the demo runs as a child of this process, which it does not outlive."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import ClassVar, Final, Self

import msgspec

from config.child_process import python_environment
from config.errors import Unavailable
from config.metrics_address import METRICS_PORT, SERVE_METRICS_PORT
from connectors.embedded.server_process import death_with_parent

START_TIMEOUT_S: Final = 120.0
"""One that has ended is noticed at once; a slow machine takes its time to import all that a start needs."""
END_TIMEOUT_S: Final = 20.0
_GRACE_S: Final = 5.0
_LINE_MAX: Final = 300


class CommandProcess:
    """A `lasttouch` command with these arguments; a context manager. What it says goes to the file `log`."""

    name: ClassVar[str]
    """As messages call it."""
    command: ClassVar[str]

    def __init__(self, arguments: Sequence[str], log: Path) -> None:
        self._log = log
        self._process = self._start(arguments)

    def _start(self, arguments: Sequence[str]) -> subprocess.Popen[bytes]:
        self._started_at = time.monotonic()
        with self._log.open("wb") as out:
            return subprocess.Popen(
                [sys.executable, "-m", "cli.main", self.command, *arguments],
                # Two demos, or a demo beside a system, would want the same ports.
                env={METRICS_PORT: "0", SERVE_METRICS_PORT: "0"} | python_environment(),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                # Ctrl-C on a terminal is for the demo, which ends its parts when it no longer needs them.
                process_group=0,
                preexec_fn=death_with_parent(),  # noqa: PLW1509 - takes no lock: one call to the kernel
            )

    def check(self) -> None:
        """Raises `Unavailable` with its last words when it has ended, which it never does by itself."""
        status = self._process.poll()
        if status is not None:
            raise Unavailable(f"{self.name} ended with {_shown(status)}: {self._last_words()}")

    def check_start(self) -> None:
        """The same while it starts: raises `Unavailable` when that takes too long as well."""
        self.check()
        if time.monotonic() - self._started_at > START_TIMEOUT_S:
            raise Unavailable(f"{self.name} did not start within {START_TIMEOUT_S:g} s: {self._last_words()}")

    def end(self) -> None:
        """Ask it to end (SIGTERM) and wait until it has. Raises `Unavailable` for any status but 0."""
        self.check()
        self._process.terminate()
        try:
            status = self._process.wait(END_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            raise Unavailable(f"{self.name} did not end within {END_TIMEOUT_S:g} s of SIGTERM") from None
        if status != 0:
            raise Unavailable(f"{self.name} ended with {_shown(status)} when stopped: {self._last_words()}")

    def said(self) -> list[str]:
        """What it has said so far, line by line."""
        return [line.strip() for line in self._log.read_text(errors="replace").splitlines() if line.strip()]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        if self._process.poll() is None:
            self._process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_GRACE_S)
        # Its workers too, if it has some and they were left behind.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def _last_words(self) -> str:
        said = self.said()
        if not said:
            return "it said nothing"
        try:
            # A line of the log, which has more in it than a person wants to know.
            return _READ_LOGGED(said[-1]).error
        except msgspec.MsgspecError:
            return said[-1].removeprefix("lasttouch: ")[:_LINE_MAX]


class _Logged(msgspec.Struct):
    error: str


_READ_LOGGED: Final = msgspec.json.Decoder(_Logged).decode


def _shown(status: int) -> str:
    return f"status {status}" if status >= 0 else signal.Signals(-status).name
