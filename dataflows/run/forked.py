"""Worker processes of a run's first start, forked before the run does anything: a new interpreter imports for more than
a second what this one has imported already.

Later starts are interpreters of their own (`dataflows.run.workers`): by then there are threads and clients of Kafka in
this process, and a fork would copy their locks as they are.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Final, NamedTuple, NoReturn

from config.child_process import stop_signals_blocked

FAILED_STATUS: Final = 1
_POLL_S: Final = 0.005


class ForkedProcess:
    """A forked child, with as much of `subprocess.Popen` as a cluster needs."""

    def __init__(self, pid: int, stdin: IO[bytes]) -> None:
        self.pid = pid
        self.stdin = stdin
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Its exit status once it has ended, negative if a signal ended it."""
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Its exit status. Raises `subprocess.TimeoutExpired` after so many seconds; None waits without end."""
        give_up_at = None if timeout is None else time.monotonic() + timeout
        while (status := self.poll()) is None:
            if give_up_at is not None and time.monotonic() > give_up_at:
                raise subprocess.TimeoutExpired("a forked worker", timeout or 0.0)
            time.sleep(_POLL_S)
        return status

    def send_signal(self, number: int) -> None:
        """Unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """At once."""
        self.send_signal(signal.SIGKILL)


class Blank(NamedTuple):
    """A worker process that has not been told yet what to do."""

    process: ForkedProcess
    report: IO[bytes]
    """Where its report can be read."""
    report_fd: int
    """Where it writes it."""


@contextmanager
def blank_workers(count: int) -> Iterator[list[Blank]]:
    """So many of them, none where this process has threads; who takes one out ends it.

    Those that are left end when the block does.
    """
    blanks: list[Blank] = []
    try:
        if threading.active_count() == 1:
            blanks.extend(_fork() for _ in range(count))
        yield blanks
    finally:
        for blank in blanks:
            blank.process.kill()
            blank.process.wait()
            blank.report.close()
            blank.process.stdin.close()


def _fork() -> Blank:
    orders, to_orders = os.pipe()
    report, to_report = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    # The parent's handlers set what only the parent looks at.
    with stop_signals_blocked():
        pid = os.fork()
        if pid == 0:
            _become_worker(orders, to_report)
    os.close(orders)
    os.close(to_report)
    return Blank(ForkedProcess(pid, os.fdopen(to_orders, "wb")), os.fdopen(report, "rb"), to_report)


def _become_worker(orders: int, report: int) -> NoReturn:
    """In the child: stdin is what it is told, stdout nothing, and of the parent's files it keeps none."""
    status = FAILED_STATUS
    try:
        os.dup2(orders, 0)
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, 1)
        # The ends of an earlier child's pipes among them: it would not see that its parent is gone.
        os.closerange(3, report)
        os.closerange(report + 1, os.sysconf("SC_OPEN_MAX"))
        from dataflows.run.worker_process import main

        status = main()
    except BaseException:  # noqa: BLE001 - nothing above this frame is the child's
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(status)
