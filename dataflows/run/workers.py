"""The worker processes of a cluster: how they are started, told what to do, watched and ended."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import IO, Final

import msgspec

from config.child_process import python_environment, stop_signals_blocked
from config.stopping import StopRequest
from dataflows.run.causes import Cause, Kind, RunFailed, most_telling
from dataflows.run.forked import Blank, ForkedProcess
from dataflows.run.plan import Plan, Started
from dataflows.run.tally import Counts, summed

GRACE_S: Final = 7.0
"""How long workers may take to end after they were asked to; what they have not written then comes again."""
_POLL_S: Final = 0.05

IsOver = Callable[[], bool]


class Orders(msgspec.Struct, frozen=True):
    """What a worker process is told, on stdin."""

    plan: Plan
    started: Started
    index: int
    addresses: list[str]
    report_fd: int
    """Where it writes its `Report`."""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """How a worker ended, as it says itself."""

    cause: Cause | None = None
    """None: its input ended, or a stop was asked for."""
    counts: Counts | None = None
    """What it counted until then."""


@dataclass(slots=True)
class _Worker:
    index: int
    process: subprocess.Popen[bytes] | ForkedProcess
    report: IO[bytes]
    """What it reports once it ends; it fits into the pipe."""
    is_given_up: bool = False
    """Whether it was killed here, for it did not end when it was asked to."""
    ended_itself: bool = False
    """Whether it ended well before it was asked to."""


def run_cluster(plan: Plan, started: Started, stop: StopRequest, blanks: list[Blank]) -> Counts:
    """Run `plan.workers` worker processes as one cluster until all have ended, and return what they counted.

    Takes from `blanks` as long as there are any. Raises `RunFailed` when one fails, after the others were ended, with
    the most telling of their causes.
    """
    addresses = _free_addresses(plan.workers)
    workers: list[_Worker] = []
    try:
        # One by one: those that were started are ended if the next cannot be.
        workers.extend(_launch(plan, started, index, addresses, blanks) for index in range(plan.workers))
        _watch(workers, stop)
    finally:
        _end(workers)
    reports = [_report(worker) for worker in workers]
    cause = failure(reports, is_over=any(worker.ended_itself for worker in workers))
    if cause is not None:
        raise RunFailed(cause)
    return summed(report.counts for report in reports if report.counts is not None)


def failure(reports: Sequence[Report], *, is_over: bool) -> Cause | None:
    """Why a cluster ended before its time; None: it did not.

    `is_over`: whether one of its workers ended well by itself. That it does only when all have nothing left to do; a
    thread of another worker's engine may yet find that its peer has gone.
    """
    causes = [report.cause for report in reports if report.cause is not None]
    if not causes or (is_over and all(cause.kind is Kind.PEER_DIED for cause in causes)):
        return None
    return most_telling(causes)


def run_member(plan: Plan, started: Started, stop: StopRequest, blanks: list[Blank], is_over: IsOver) -> Counts:
    """Run this process's worker of a cluster of several machines until it has ended, and return what it counted.

    Raises `RunFailed`. `is_over`: whether the others have ended, or are asked to.
    """
    workers: list[_Worker] = []
    try:
        workers.append(_launch(plan, started, plan.process, list(plan.addresses), blanks))
        _watch(workers, stop, is_over)
    finally:
        _end(workers)
    report = _report(workers[0])
    if report.cause is not None:
        raise RunFailed(report.cause)
    return report.counts or Counts()


def _free_addresses(count: int) -> list[str]:
    """Addresses on this machine that were free a moment ago."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for taken in sockets:
            taken.bind(("127.0.0.1", 0))
        return [f"127.0.0.1:{taken.getsockname()[1]}" for taken in sockets]


def _launch(plan: Plan, started: Started, index: int, addresses: list[str], blanks: list[Blank]) -> _Worker:
    """A worker. Its stdin stays open: when it closes, the worker's parent is gone, and it ends."""
    if blanks:
        forked = blanks.pop()
        worker, report_fd = _Worker(index, forked.process, forked.report), forked.report_fd
    else:
        worker, report_fd = _spawn(index)
    assert worker.process.stdin is not None
    # One that has ended already is found out by whoever watches it.
    with suppress(BrokenPipeError):
        worker.process.stdin.write(msgspec.json.encode(Orders(plan, started, index, addresses, report_fd)) + b"\n")
        worker.process.stdin.flush()
    return worker


def _spawn(index: int) -> tuple[_Worker, int]:
    """A worker with an interpreter of its own, and the descriptor that its report goes to."""
    reading, writing = os.pipe()
    try:
        with stop_signals_blocked():
            process = subprocess.Popen(
                [sys.executable, "-m", "dataflows.run.worker_process"],
                stdin=subprocess.PIPE,
                # The engine talks there while it connects its workers.
                stdout=subprocess.DEVNULL,
                env=python_environment(),
                pass_fds=(writing,),
            )
    finally:
        os.close(writing)
    return _Worker(index, process, os.fdopen(reading, "rb")), writing


def _watch(workers: Sequence[_Worker], stop: StopRequest, is_over: IsOver = lambda: False) -> None:
    """Return when all have ended, one has failed, a stop was asked for, or `is_over`."""
    while not stop.requested and not is_over() and any(worker.process.poll() is None for worker in workers):
        if any(worker.process.poll() not in (None, 0) for worker in workers):
            return
        time.sleep(_POLL_S)


def _end(workers: Sequence[_Worker]) -> None:
    """End what still runs: by a request, and by force what does not follow it in time."""
    for worker in workers:
        status = worker.process.poll()
        worker.ended_itself = status == 0
        if status is None:
            worker.process.send_signal(signal.SIGTERM)
    give_up_at = time.monotonic() + GRACE_S
    for worker in workers:
        try:
            worker.process.wait(max(0.0, give_up_at - time.monotonic()))
        except subprocess.TimeoutExpired:
            worker.is_given_up = True
            worker.process.kill()
            worker.process.wait()
        assert worker.process.stdin is not None
        with suppress(BrokenPipeError):
            worker.process.stdin.close()


def _report(worker: _Worker) -> Report:
    """What an ended worker says, or what its status does."""
    with worker.report:
        said = worker.report.read()
    status = worker.process.wait()
    if said:
        return msgspec.json.decode(said, type=Report)
    if status == 0:
        return Report()
    if worker.is_given_up:
        how = f"had not ended {GRACE_S:g} s after it was asked to: a server was away, or the disk slow"
    else:
        how = f"was killed by {signal.Signals(-status).name}" if status < 0 else f"ended with status {status}"
    return Report(cause=Cause(kind=Kind.DIED, text=f"worker {worker.index} {how}", worker=worker.index))
