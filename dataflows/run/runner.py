"""A run from its start to its end: one worker in this process, or a cluster of worker processes, watched over.

When a worker dies the others cannot go on; all are started again from the recovery store, after a pause that grows,
and not for ever. Redis that lost the view is cause for a start too: it is rebuilt from the store.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

import structlog

from config.errors import Unavailable, UserError
from config.stopping import StopRequest, stop_signals
from connectors.view.client import writing_client
from connectors.view.run_status import RunStatus
from connectors.view.waiting import Stopped
from connectors.view.writes import Fenced, ViewLost
from dataflows.run import starting
from dataflows.run.plan import Plan
from dataflows.run.worker import FileProgress, execute
from dataflows.run.workers import WorkerDied, run_cluster
from dataflows.store.store import held

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
    with held(plan.recovery_dir), stop_signals(stop):
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
    client = writing_client(plan.redis_url)
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
