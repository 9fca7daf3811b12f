"""The start of a run: is everything there, what is the view in Redis to this store, and what has to be caught up."""

from __future__ import annotations

import time
from contextlib import closing
from pathlib import Path
from typing import Final

import redis

from config.errors import Unavailable, UserError
from config.redis_url import shown_redis_url
from config.settings_file import load_settings_file
from config.stopping import StopRequest
from connectors.kafka.first_records import have_first_records
from connectors.kafka.topics import end_positions, ensure_topics, require_topics, topic_plans
from connectors.sources.raw_lines import SOURCE_PARTITIONS
from connectors.view.client import require_redis, writing_client
from connectors.view.ownership import other_owner, own
from connectors.view.placement import holding
from connectors.view.read_positions import ALL_UNITS, EVERYTHING
from connectors.view.run_status import SINK_PARTITIONS, Mode, RunStatus
from connectors.view.waiting import Stopped
from connectors.view.writes import Fenced
from dataflows.run.plan import Plan, Started
from dataflows.store.store import Store, existing_store, open_store

FILES: str = "files"
"""What the files of a run are called among those that are behind."""
_LOADING_POLL_S: Final = 0.2


def check(plan: Plan, stop: StopRequest) -> None:
    """Whether everything a run needs is there, before anything is written. A Redis that loads is waited for.

    Raises `UserError` (settings, files, topics, recovery folder), `Unavailable` (Redis, Kafka), `Stopped`.
    """
    load_settings_file(Path(plan.settings) if plan.settings else None)
    if plan.rebuild and existing_store(Path(plan.recovery_dir)).fresh:
        raise UserError(f"LASTTOUCH_RECOVERY_DIR: {plan.recovery_dir} holds nothing; no run has used it yet")
    _require_loaded_redis(plan.redis_url, stop)
    if plan.kafka is None:
        return
    names = plan.topic_names
    if not plan.files:
        require_topics(plan.kafka, names.inputs)
    ours = (names.attributions, names.dead_letters)
    ensure_topics(plan.kafka, [topic for topic in topic_plans(names) if topic.name in ours])


def _require_loaded_redis(url: str, stop: StopRequest) -> None:
    while not stop.requested:
        try:
            require_redis(url)
        except Unavailable as error:
            if not isinstance(error.__cause__, redis.exceptions.BusyLoadingError):
                raise
            time.sleep(_LOADING_POLL_S)
        else:
            return
    raise Stopped("stopped before Redis had loaded its data")


def require_own_view(plan: Plan, stop: StopRequest) -> None:
    """Raises `UserError` where the view in Redis is another store's, and may not be replaced (contract §8).

    It may if `plan.replace_view` says so, or if the store is new and will have all of the past.
    """
    with closing(writing_client(plan.redis_url)) as client:
        store = open_store(Path(plan.recovery_dir))
        if plan.replace_view or RunStatus(client, stop).mode(store.id) is not Mode.REPLACE:
            return
        owner = other_owner(client, stop, store.id, is_new=store.fresh)
    if owner is None or _has_all_of_the_past(plan, store):
        return
    raise UserError(
        f"--replace-view: the view in Redis at {shown_redis_url(plan.redis_url)} is of another recovery store "
        f"({owner}), not of {plan.recovery_dir}, and would be lost; name that store's folder, or give --replace-view"
    )


def _has_all_of_the_past(plan: Plan, store: Store) -> bool:
    if not store.fresh or plan.files or plan.rebuild or plan.kafka is None:
        return False
    return have_first_records(plan.kafka, plan.topic_names.inputs)


def start(plan: Plan, stop: StopRequest, *, after: int | None = None) -> Started:
    """Begin a run: it gets its number, and readers learn that it is catching up.

    `after`: the number that this run had before, if it starts again. Raises `Fenced` if another run has begun since.
    """
    store = open_store(Path(plan.recovery_dir))
    with closing(writing_client(plan.redis_url)) as client:
        status = RunStatus(client, stop)
        if after is not None and status.shown(store.id)[0] > after:
            raise Fenced(f"a newer run of lasttouch writes to this Redis; this one, {after}, ends")
        number = status.begin(store.last_run)
        mode, fresh = status.mode(store.id), store.fresh
        own(client, stop, store.id)
        if plan.rebuild or (mode is Mode.FRESH and not fresh):
            mode = Mode.REPLACE
        store.use(number)
        if mode is Mode.FRESH:
            status.build()
        behind = [FILES] if plan.files else [f"source:{part}" for part in SOURCE_PARTITIONS if not plan.rebuild]
        # Also where nothing is held back: until the engine has made a partition, its view is not yet this run's.
        behind += [holding(part) for part in SINK_PARTITIONS]
        status.behind(behind)
    return Started(
        run=number,
        store=store.id,
        mode=mode,
        rebuild=mode is Mode.REPLACE and not fresh,
        targets=_targets(plan, mode),
    )


def _targets(plan: Plan, mode: Mode) -> dict[str, int]:
    """An old view is replaced when the files are read, or the topics to where they end now.

    A new one is whole when the topics have been read to their ends once; of files, when the run is at its end.
    """
    match mode:
        case Mode.RESUME:
            return {}
        case Mode.FRESH:
            return {} if plan.files else {ALL_UNITS: EVERYTHING}
        case Mode.REPLACE if plan.files or plan.kafka is None:
            return {ALL_UNITS: EVERYTHING}
        case Mode.REPLACE:
            return end_positions(plan.kafka, plan.topic_names.inputs)
