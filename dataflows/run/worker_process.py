"""The program of one worker process of a cluster; `dataflows.run.workers` starts it and tells it what to do."""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path
from types import FrameType, TracebackType
from typing import Final

import msgspec

from config.child_process import unblock_stop_signals
from config.crash_traces import leave_crash_traces
from config.logs import configure_logs
from config.stopping import StopRequest
from dataflows.run.causes import RunFailed, cause_of
from dataflows.run.metrics_endpoints import number_on_machine, serve_worker
from dataflows.run.worker import execute
from dataflows.run.workers import Orders, Report

FAILED_STATUS: Final = 1
ORPHANED_STATUS: Final = 3


def main() -> int:
    """Do what the line on stdin says, and report how it ended."""
    stop = StopRequest()

    def handle(number: int, frame: FrameType | None) -> None:
        del number, frame
        stop.requested = True

    signal.signal(signal.SIGTERM, handle)
    # Ctrl-C reaches the whole foreground group; the parent says what is to be done.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    unblock_stop_signals()
    configure_logs()
    leave_crash_traces()
    leave_out_late_panics()
    said = sys.stdin.buffer.readline()
    if not said:
        return ORPHANED_STATUS
    orders = msgspec.json.decode(said, type=Orders)
    # What this process starts itself has no business with the pipe.
    os.set_inheritable(orders.report_fd, False)  # noqa: FBT003 - positional in os
    threading.Thread(target=_end_with_parent, name="parent-watch", daemon=True).start()
    try:
        number = number_on_machine(orders.plan) if orders.plan.addresses else orders.index
        metrics = serve_worker(orders.plan.metrics, number)
        counts = execute(
            orders.plan, orders.started, stop, index=orders.index, addresses=orders.addresses, metrics=metrics
        )
    except BaseException as error:  # noqa: BLE001 - whatever it is, the parent is told
        store = Path(orders.plan.recovery_dir)
        until_then = error.counts if isinstance(error, RunFailed) else None
        _report(orders, Report(cause=cause_of(error, store=store, worker=orders.index), counts=until_then))
        return FAILED_STATUS
    _report(orders, Report(counts=counts))
    return 0


def leave_out_late_panics() -> None:
    """What a thread of the engine panics of when the run is over, that its peer has gone, does not come to stderr.

    The engine prints it there by Python's means, between the end of the run and this process's. Whatever is the reason
    of the end is in the report.
    """

    def print_own(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if threading.get_ident() == threading.main_thread().ident:
            sys.__excepthook__(kind, error, trace)

    sys.excepthook = print_own


def _end_with_parent() -> None:
    """A worker without its parent is watched by nobody and would write beside the next run: it ends at once."""
    while sys.stdin.buffer.read(1):
        pass
    os._exit(ORPHANED_STATUS)


def _report(orders: Orders, report: Report) -> None:
    """On a pipe of its own: the engine and librdkafka write to stdout and stderr as they like."""
    with os.fdopen(orders.report_fd, "wb") as pipe:
        pipe.write(msgspec.json.encode(report))


if __name__ == "__main__":
    # What the engine left running must not hold up the end.
    os._exit(main())
