"""A server as a child of this process: started until it answers, stopped for sure, gone when its parent is gone."""

from __future__ import annotations

import atexit
import ctypes
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import ClassVar, Final, Self

from config.errors import Unavailable
from connectors.embedded.held_ports import bound_port, hold

_PR_SET_PDEATHSIG: Final = 1
_READY_POLL_S: Final = 0.02
_STOP_GRACE_S: Final = 5.0
_PORT_ATTEMPTS_MAX: Final = 3


class ServerFailed(Unavailable):
    """A server did not start, or is not there for this platform; one line that says which and why."""


class ServerProcess(ABC):
    """One server on 127.0.0.1 with a temporary folder of its own; a context manager.

    A subclass says how it is called, by which command it starts, and how to tell that it answers.
    """

    name: ClassVar[str]
    """How errors call it."""
    start_timeout_s: ClassVar[float] = 20.0
    stop_signal: ClassVar[signal.Signals] = signal.SIGTERM

    def __init__(self) -> None:
        self._holding = ExitStack()
        self._take_port()
        self.folder = Path(tempfile.mkdtemp(prefix="lasttouch-"))
        self._process: subprocess.Popen[bytes] | None = None
        atexit.register(self.stop)

    @abstractmethod
    def command(self) -> list[str]:
        """The program and its arguments, for `port` and `folder` as they are now."""

    @abstractmethod
    def is_ready(self) -> bool:
        """Whether the server answers a real question; returns within a second or so either way."""

    @property
    def pid(self) -> int | None:
        """The process id while the server runs."""
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    def start(self) -> None:
        """Start on `port` and wait until it answers. Raises `ServerFailed`."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._require_own_port()
        self._launch()
        self._await_ready()

    def stop(self) -> None:
        """End it by `stop_signal`, by SIGKILL when that is ignored, and remove its folder; nothing if it is gone."""
        self._end(self.stop_signal)
        self._holding.close()
        shutil.rmtree(self.folder, ignore_errors=True)
        atexit.unregister(self.stop)

    def kill(self) -> None:
        """End it as a power cut would: SIGKILL. Its folder stays, for `restart`."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        """Start again on the same port with what the folder still holds; ends it first if it runs."""
        self._end(self.stop_signal)
        atexit.register(self.stop)
        self.start()

    def __enter__(self) -> Self:
        try:
            self._start_on_any_port()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_exc: object) -> None:
        self.stop()

    def _start_on_any_port(self) -> None:
        # Where ports cannot be held, somebody else may take it before the server does.
        for _ in range(_PORT_ATTEMPTS_MAX - 1):
            try:
                self.start()
            except ServerFailed as failure:
                if "in use" not in str(failure):
                    raise
                self.kill()
                self._take_port()
            else:
                return
        self.start()

    def _take_port(self) -> None:
        """Another port, which stays this server's until `stop`."""
        self._holding.close()
        bound = self._holding.enter_context(bound_port())
        self.port = int(bound.getsockname()[1])
        hold(bound)

    def _require_own_port(self) -> None:
        # Whoever listens there already would answer in the place of this server.
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", self.port))
            except OSError as error:
                raise ServerFailed(f"{self.name} cannot be started: port {self.port} is in use") from error

    def _launch(self) -> None:
        command = self.command()
        try:
            with self._log.open("wb") as log:
                self._process = subprocess.Popen(
                    command,
                    cwd=self.folder,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    # Ctrl-C on a terminal is for the parent, which ends its servers when it no longer needs them.
                    process_group=0,
                    preexec_fn=death_with_parent(),  # noqa: PLW1509 - two system calls, no lock and no import
                )
        except OSError as error:
            raise ServerFailed(f"{self.name} cannot be started: {command[0]}: {error.strerror}") from error

    def _await_ready(self) -> None:
        process = self._process
        assert process is not None
        deadline = time.monotonic() + self.start_timeout_s
        while True:
            if process.poll() is not None:
                raise ServerFailed(f"{self.name} ended at once (status {process.returncode}): {self._last_words()}")
            if self.is_ready():
                return
            if time.monotonic() > deadline:
                words = self._last_words()
                self.kill()
                raise ServerFailed(f"{self.name} did not answer within {self.start_timeout_s:g} s: {words}")
            time.sleep(_READY_POLL_S)

    def _end(self, by: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(by)
        try:
            process.wait(_STOP_GRACE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    @property
    def _log(self) -> Path:
        return self.folder / "server.log"

    def _last_words(self) -> str:
        lines = self._log.read_text(errors="replace").split("\n") if self._log.exists() else []
        said = [line.strip() for line in lines if line.strip()]
        telling = [line for line in said if "in use" in line.lower()]
        return (telling or said or ["it said nothing"])[-1][:300]


def death_with_parent() -> Callable[[], None] | None:
    """What a child runs before its program so that the kernel kills it when its parent dies; None where that is not
    to be had: then `atexit` ends it, unless the parent is killed."""
    # The kernel means the thread that forked, not the process: from a passing thread the child would die with it.
    if not sys.platform.startswith("linux") or threading.current_thread() is not threading.main_thread():
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    parent = os.getpid()

    def die_with_parent() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return die_with_parent
