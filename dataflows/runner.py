"""A run from its start to its end: one worker in this process, or a cluster of worker processes, watched over.

When a worker dies the others cannot go on; all are started again from the recovery store, after a pause that grows,
and not for ever. Redis that lost the view is cause for a start too: it is rebuilt from the store.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

import structlog

from config.errors import Unavailable, UserError
from connectors.lines import StopRequest
from connectors.redis_client import sink_client
from connectors.redis_run import RunStatus, Stopped
from connectors.redis_writes import Fenced, ViewLost
from dataflows import starting
from dataflows.plan import Plan
from dataflows.store import held
from dataflows.worker import FileProgress, execute
from dataflows.workers import WorkerDied, run_cluster

STARTS_MAX: Final = 6
"""Failed starts in a row, each short of `STEADY_S`, before a run gives up."""
STEADY_S: Final = 60.0
"""A run that lasted so long has started well; what fails later is counted from the beginning."""
PAUSE_S_MAX: Final = 15.0
REBUILD_PAUSE_S: Final = 0.5

_LOG: Final = structlog.get_logger()


def run(plan: Plan, *, on_progress: FileProgress | None = None, stop: StopRequest | None = None) -> bool:
    """Do a run. True: the files were read to their end; False: it was stopped.

    Raises `UserError` and `Unavailable`, one line each.
    """
    stop = stop or StopRequest()
    starting.check(plan)
    with held(plan.recovery_dir), _stop_signals(stop):
        failures, began = 0, time.monotonic()
        while True:
            try:
                _once(plan, stop, on_progress)
                return not stop.requested
            except (UserError, Fenced, Stopped) as error:
                raise _told(error) from error
            except ViewLost as error:
                _LOG.warning("building the view anew", cause=_line(error))
                _with_status(plan, stop, RunStatus.forget_views)
                _pause(REBUILD_PAUSE_S, stop)
            except (Exception, WorkerDied) as error:
                if stop.requested:
                    raise Unavailable(f"stopped, but not cleanly: {_line(error)}") from error
                failures = 1 if time.monotonic() - began > STEADY_S else failures + 1
                if failures >= STARTS_MAX:
                    raise Unavailable(f"gave up after {failures} starts: {_line(error)}") from error
                _LOG.error("run failed, starting again", error=_line(error), failures=failures)
                _pause(min(2.0 ** (failures - 2), PAUSE_S_MAX) if failures > 1 else 0.0, stop)
                began = time.monotonic()


def _once(plan: Plan, stop: StopRequest, on_progress: FileProgress | None) -> None:
    started = starting.start(plan, stop)
    _LOG.info("run started", run=started.run, mode=started.mode.value, workers=plan.workers)
    if plan.workers == 1:
        execute(plan, started, stop, on_progress=on_progress)
    else:
        run_cluster(plan, started, stop)
    if plan.files and not stop.requested:
        _with_status(plan, stop, lambda status: status.caught_up([starting.FILES]))


def _with_status(plan: Plan, stop: StopRequest, tell: Callable[[RunStatus], None]) -> None:
    client = sink_client(plan.redis_url)
    tell(RunStatus(client, stop))
    client.close()


def _told(error: Exception) -> Exception:
    return error if isinstance(error, UserError) else Unavailable(_line(error))


def _line(error: BaseException) -> str:
    """An error in one line."""
    text = " ".join(str(error).split()) or type(error).__name__
    known = isinstance(error, UserError | Unavailable | Fenced | Stopped | ViewLost | WorkerDied)
    return text if known else f"{type(error).__name__}: {text}"


def _pause(seconds: float, stop: StopRequest) -> None:
    until = time.monotonic() + seconds
    while not stop.requested and time.monotonic() < until:
        time.sleep(0.05)


@contextmanager
def _stop_signals(stop: StopRequest) -> Iterator[None]:
    """SIGTERM and Ctrl-C ask for an end at the next batch, after which everything is written and closed.

    A second one ends at once; the next run then repeats up to an epoch.
    """

    def handle(number: int, frame: FrameType | None) -> None:
        del number, frame
        if stop.requested:
            raise KeyboardInterrupt
        stop.requested = True

    kept = {number: signal.signal(number, handle) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)
