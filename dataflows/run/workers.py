"""The worker processes of a cluster: how they are started, told what to do, watched and ended."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack
from typing import Final

import msgspec

from config.errors import UserError
from config.stopping import StopRequest
from connectors.view.writes import Fenced, ViewLost
from dataflows.run.plan import Plan, Started

GRACE_S: Final = 30.0
"""How long workers may take to end after they were asked to."""
_POLL_S: Final = 0.05
_KINDS: Final[dict[str, type[Exception]]] = {"user": UserError, "fenced": Fenced, "view lost": ViewLost}
"""What a worker may say why it ended, in words of its own → what is raised."""
USER_ERROR_STATUS: Final = 2


class WorkerDied(RuntimeError):
    """A worker ended before the run did."""


class Orders(msgspec.Struct, frozen=True):
    """What a worker process is told, on stdin."""

    plan: Plan
    started: Started
    index: int
    addresses: list[str]


def run_cluster(plan: Plan, started: Started, stop: StopRequest) -> None:
    """Run `plan.workers` worker processes as one cluster until all have ended.

    Raises `WorkerDied` when one dies, after the others were ended, or what it says is the matter: `UserError`,
    `Fenced`, `ViewLost`.
    """
    addresses = _free_addresses(plan.workers)
    workers = [_launch(Orders(plan, started, index, addresses)) for index in range(plan.workers)]
    try:
        _watch(workers, stop)
    finally:
        _end(workers)


def _free_addresses(count: int) -> list[str]:
    """Addresses on this machine that were free a moment ago."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for taken in sockets:
            taken.bind(("127.0.0.1", 0))
        return [f"127.0.0.1:{taken.getsockname()[1]}" for taken in sockets]


def _launch(orders: Orders) -> subprocess.Popen[bytes]:
    """A worker. Its stdin stays open: when it closes, the worker's parent is gone, and it ends."""
    command = [sys.executable, "-m", "dataflows.run.worker_process"]
    # The current folder may have packages named like ours; a worker imports from where this process does.
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONSAFEPATH": "1"}
    worker = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)
    assert worker.stdin is not None
    worker.stdin.write(msgspec.json.encode(orders) + b"\n")
    worker.stdin.flush()
    return worker


def _watch(workers: list[subprocess.Popen[bytes]], stop: StopRequest) -> None:
    told = False
    while any(worker.poll() is None for worker in workers):
        if stop.requested and not told:
            told = True
            _signal(workers, signal.SIGTERM)
        _check(workers)
        time.sleep(_POLL_S)
    _check(workers)


def _check(workers: list[subprocess.Popen[bytes]]) -> None:
    for index, worker in enumerate(workers):
        if worker.poll() not in (None, 0):
            reasons = _reasons(workers)
            for kind, known in _KINDS.items():
                for reason in reasons:
                    if reason.get("kind") == kind:
                        raise known(reason["error"])
            said = "; ".join(reason["error"] for reason in reasons if reason.get("error"))
            raise WorkerDied(f"worker {index} ended with status {worker.returncode}{': ' if said else ''}{said}")


def _reasons(workers: list[subprocess.Popen[bytes]]) -> list[dict[str, str]]:
    """Why workers say they ended; each says so in one line of JSON on stdout."""
    _end(workers)
    reasons = []
    for worker in workers:
        assert worker.stdout is not None
        line = worker.stdout.read().strip().splitlines()
        if line:
            reasons.append(json.loads(line[-1]))
    return reasons


def _signal(workers: list[subprocess.Popen[bytes]], number: int) -> None:
    for worker in workers:
        if worker.poll() is None:
            worker.send_signal(number)


def _end(workers: list[subprocess.Popen[bytes]]) -> None:
    """End what still runs. A worker whose peer is gone has nothing to finish."""
    _signal(workers, signal.SIGTERM)
    for worker in workers:
        if worker.stdin is not None:
            worker.stdin.close()
        try:
            worker.wait(GRACE_S)
        except subprocess.TimeoutExpired:
            worker.kill()
            worker.wait()
