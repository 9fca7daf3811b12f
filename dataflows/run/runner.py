"""A run from its start to its end: one worker in this process, or a cluster of worker processes, watched over.

When a worker fails the others cannot go on; all are started again from the recovery store, after a pause that grows.
What nobody expected is tried so a few times, a server that is away is waited for without end, and what only its owner
can mend ends the run at once. Redis that lost the view is cause for a start too: it is rebuilt from the store.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Final, NamedTuple

import structlog

from config.errors import Unavailable, UserError
from config.stopping import StopRequest, ends_within, stop_signals
from connectors.view.run_status import run_status
from connectors.view.waiting import Stopped
from dataflows.run import starting
from dataflows.run.causes import Cause, Kind, cause_of
from dataflows.run.endings import FOR_GOOD, end_stopped, log_unexpected
from dataflows.run.forked import Blank, blank_workers
from dataflows.run.member import as_member
from dataflows.run.metrics_endpoints import RunMetrics, run_metrics
from dataflows.run.plan import Plan, Started
from dataflows.run.tally import Counts
from dataflows.run.worker import FileProgress, execute
from dataflows.run.workers import run_cluster
from dataflows.store.health import problem
from dataflows.store.store import existing_store, held, held_folder

STARTS_MAX: Final = 6
"""Failed starts in a row, each short of `STEADY_S`, before a run gives up."""
STEADY_S: Final = 60.0
"""A run that lasted so long has started well; what fails later is counted from the beginning."""
PAUSE_S_MAX: Final = 15.0
REBUILD_PAUSE_S: Final = 0.5
END_WITHIN_S: Final = 8.5
"""After a request to stop; a server that is away must not hold it up for longer than 10 s (contract §8)."""

_LOG: Final = structlog.get_logger()


class Ended(NamedTuple):
    """How a run ended that nothing went wrong in."""

    finished: bool
    """The files were read to their end; else a stop was asked for."""
    counts: Counts
    """What the last start has counted."""
    starts: int


def run(plan: Plan, *, on_progress: FileProgress | None = None, stop: StopRequest | None = None) -> Ended:
    """Do a run, until the files are read or a stop is asked for.

    Raises `UserError` and `Unavailable`, one line each. A stop that takes too long ends the process.
    """
    stop = stop or StopRequest()
    with (
        stop_signals(stop),
        blank_workers(_worker_processes(plan)) as blanks,  # before there is a thread
        ends_within(END_WITHIN_S, stop, plan.stopped_status),
    ):
        try:
            with run_metrics(plan) as metrics:
                starting.check(plan, stop)
                if plan.addresses:
                    with held_folder(plan.recovery_dir):
                        return Ended(*as_member(metrics.plan, stop, blanks), starts=1)
                with held(plan.recovery_dir):
                    starting.require_own_view(plan, stop)
                    return _Run(metrics, stop, on_progress, blanks).until_its_end()
        except (Unavailable, Stopped):
            if not stop.requested:
                raise
            return Ended(finished=False, counts=Counts(), starts=0)


def _worker_processes(plan: Plan) -> int:
    """How many there are beside this process, which is the worker itself where it is the only one."""
    return 1 if plan.addresses else plan.workers if plan.workers > 1 else 0


class _Run:
    """One run, through all its starts."""

    def __init__(
        self, metrics: RunMetrics, stop: StopRequest, on_progress: FileProgress | None, blanks: list[Blank]
    ) -> None:
        self._plan, self._metrics = metrics.plan, metrics
        self._stop, self._on_progress, self._blanks = stop, on_progress, blanks
        self._started: Started | None = None
        self._starts = 0
        self._failures = 0
        self._pause_s = 0.0
        self._is_away = False

    def until_its_end(self) -> Ended:
        while True:
            began = time.monotonic()
            try:
                counts = self._once()
            except Exception as error:  # noqa: BLE001 - its cause says what is to be done
                cause = cause_of(error, store=Path(self._plan.recovery_dir))
                if self._stop.requested:
                    end_stopped(cause)
                    return Ended(finished=False, counts=Counts(), starts=self._starts)
                if time.monotonic() - began > STEADY_S:
                    self._failures, self._pause_s, self._is_away = 0, 0.0, False
                self._prepare_next(cause)
            else:
                return Ended(not self._stop.requested, counts, self._starts)

    def _once(self) -> Counts:
        plan, stop = self._plan, self._stop
        started = starting.start(plan, stop, after=self._started.run if self._started else None)
        self._started = started
        if self._starts:
            self._metrics.restarts.add()
        self._starts += 1
        _LOG.info("run started", run=started.run, mode=started.mode.value, workers=plan.workers)
        if plan.workers == 1:
            counts = execute(plan, started, stop, on_progress=self._on_progress, metrics=self._metrics.worker)
        else:
            counts = run_cluster(plan, started, stop, self._blanks)
        if plan.files and not stop.requested:
            with run_status(plan.redis_url, stop) as status:
                status.caught_up([starting.FILES])
        return counts

    def _prepare_next(self, cause: Cause) -> None:
        """Do what has to be done before the next start, or raise why there is none."""
        match cause.kind:
            case Kind.WRONG_INPUT:
                raise UserError(cause.text)
            case kind if kind in FOR_GOOD:
                raise Unavailable(cause.text)
            case Kind.VIEW_LOST:
                _LOG.warning("building the view anew", cause=cause.text)
                with run_status(self._plan.redis_url, self._stop) as status:
                    status.forget_views()
                _pause(REBUILD_PAUSE_S, self._stop)
            case Kind.AWAY:
                if self._started is None:
                    raise Unavailable(cause.text)
                if not self._is_away:
                    _LOG.warning("a server is away, waiting", cause=cause.text, worker=cause.worker)
                self._is_away = True
                self._wait_longer()
            case Kind.FAILED | Kind.PEER_DIED if (said := self._problem()) is not None:
                # The engine does not say so when it runs as a cluster.
                raise Unavailable(said)
            case _:
                self._is_away = False
                self._failures += 1
                if self._failures >= STARTS_MAX:
                    log_unexpected("run failed", cause, failures=self._failures)
                    raise Unavailable(f"gave up after {self._failures} starts: {cause.text}")
                log_unexpected("run failed, starting again", cause, failures=self._failures)
                if self._failures > 1:
                    self._wait_longer()

    def _problem(self) -> str | None:
        """What is wrong with the recovery store, if something is."""
        store = Path(self._plan.recovery_dir)
        return problem(store, existing_store(store).databases)

    def _wait_longer(self) -> None:
        """Pause; the next pause is twice as long."""
        self._pause_s = min(max(2 * self._pause_s, 1.0), PAUSE_S_MAX)
        _pause(self._pause_s, self._stop)


def _pause(seconds: float, stop: StopRequest) -> None:
    until = time.monotonic() + seconds
    while not stop.requested and time.monotonic() < until:
        time.sleep(0.05)
