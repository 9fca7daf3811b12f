"""Redis anew from what the dataflow retains: by the run that is live, or, if none is, by one that reads nothing.

Either way everything is built aside, put in its place key by key, and what is left of the old view is swept last.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

from config.errors import Unavailable
from config.stopping import StopRequest, stop_signals
from connectors.view.client import writing_client
from connectors.view.run_status import SINK_PARTITIONS, RunStatus
from connectors.view.waiting import Stopped
from dataflows.run import starting
from dataflows.run.plan import Plan
from dataflows.run.runner import run
from dataflows.store.store import Store, StoreInUse, existing_store, is_held

NOTICED_WITHIN_S: Final = 120.0
"""A live run looks at its view every two seconds, and starts again within some more."""
_POLL_S: Final = 0.2

Progress = Callable[[int], None]
"""Told how many of the `SINK_PARTITIONS` show the new view."""


class Rebuilt(NamedTuple):
    """How the view was built anew."""

    by_live_run: bool
    seconds: float


def rebuild(plan: Plan, on_progress: Progress, stop: StopRequest) -> Rebuilt | None:
    """Build the view anew, and return when readers see it; None: it was stopped before. A live run goes on with it.

    `plan`: with `rebuild` set. Raises `UserError` where there is no store or nothing in it, or where the view is
    another store's (`Plan.replace_view`), and `Unavailable`.
    """
    with stop_signals(stop):
        try:
            return _rebuild(plan, on_progress, stop)
        except Stopped:
            return None


def _rebuild(plan: Plan, on_progress: Progress, stop: StopRequest) -> Rebuilt | None:
    started = time.monotonic()
    starting.check(plan, stop)
    store = existing_store(Path(plan.recovery_dir))
    starting.require_own_view(plan, stop)
    while True:
        try:
            if not store.is_whole:
                _require_live_cluster(store)
            finished = run(plan, stop=stop).finished
        except StoreInUse:
            if _by_live_run(plan, store, on_progress, stop):
                return Rebuilt(by_live_run=True, seconds=time.monotonic() - started)
            # The run has ended meanwhile.
        else:
            return Rebuilt(by_live_run=False, seconds=time.monotonic() - started) if finished else None


def _require_live_cluster(store: Store) -> None:
    """Only the whole cluster can build the view from a store that is in the folders of its processes."""
    if is_held(store):
        raise StoreInUse(f"{store.directory} is in use by a cluster")
    raise Unavailable(
        f"LASTTOUCH_RECOVERY_DIR: {store.directory} holds a part of its recovery store, which is a cluster's: start "
        "the cluster, and rebuild then"
    )


def _by_live_run(plan: Plan, store: Store, on_progress: Progress, stop: StopRequest) -> bool:
    """Have the live run do it. False: it is not there any more. Raises `Unavailable` if it does not notice, and
    `Stopped`.
    """
    client = writing_client(plan.redis_url)
    status = RunStatus(client, stop)
    number_before, _ = status.shown(store.id)
    status.forget_views()
    give_up_at = time.monotonic() + NOTICED_WITHIN_S
    while True:
        if stop.requested:
            raise Stopped("stopped while the live run was building the view")
        time.sleep(_POLL_S)
        # Before the view is looked at: a run over files may end as soon as it has shown it.
        held = is_held(store)
        number, shown = status.shown(store.id)
        on_progress(shown)
        if shown == len(SINK_PARTITIONS):
            return True
        if not held:
            if store.is_whole:
                return False
            if time.monotonic() > give_up_at:
                raise Unavailable(
                    f"the process of the cluster that uses {plan.recovery_dir} has not come back; start it"
                )
        if number == number_before and time.monotonic() > give_up_at:
            raise Unavailable(
                f"the run that uses {plan.recovery_dir} has not noticed; does it write to the Redis at --redis-url?"
            )
