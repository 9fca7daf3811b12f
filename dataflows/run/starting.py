"""The start of a run: is everything there, what is the view in Redis to this store, and what has to be caught up."""

from __future__ import annotations

from pathlib import Path

from config.errors import UserError
from config.settings_file import load_settings_file
from config.stopping import StopRequest
from connectors.kafka.topics import end_positions, ensure_topics, require_topics, topic_plans
from connectors.sources.raw_lines import SOURCE_PARTITIONS
from connectors.view.client import require_redis, writing_client
from connectors.view.placement import holding
from connectors.view.read_positions import ALL_UNITS, EVERYTHING
from connectors.view.run_status import SINK_PARTITIONS, Mode, RunStatus
from dataflows.run.plan import Plan, Started
from dataflows.store.store import existing_store, open_store

FILES: str = "files"
"""What the files of a run are called among those that are behind."""


def check(plan: Plan) -> None:
    """Whether everything a run needs is there, before anything is written.

    Raises `UserError` (settings, files, topics, recovery folder) and `Unavailable` (Redis, Kafka).
    """
    load_settings_file(Path(plan.settings) if plan.settings else None)
    if plan.rebuild and existing_store(Path(plan.recovery_dir)).fresh:
        raise UserError(f"LASTTOUCH_RECOVERY_DIR: {plan.recovery_dir} holds nothing; no run has used it yet")
    require_redis(plan.redis_url)
    if plan.kafka is None:
        return
    names = plan.topic_names
    if not plan.files:
        require_topics(plan.kafka, names.inputs)
    ours = (names.attributions, names.dead_letters)
    ensure_topics(plan.kafka, [topic for topic in topic_plans(names) if topic.name in ours])


def start(plan: Plan, stop: StopRequest) -> Started:
    """Begin a run: it gets its number, and readers learn that it is catching up."""
    store = open_store(Path(plan.recovery_dir))
    client = writing_client(plan.redis_url)
    status = RunStatus(client, stop)
    number = status.begin(store.last_run)
    mode, fresh = status.mode(store.id), store.fresh
    if plan.rebuild or (mode is Mode.FRESH and not fresh):
        mode = Mode.REPLACE
    store.use(number)
    behind = [FILES] if plan.files else [f"source:{part}" for part in SOURCE_PARTITIONS if not plan.rebuild]
    if mode is not Mode.FRESH:
        behind += [holding(part) for part in SINK_PARTITIONS]
    status.behind(behind)
    client.close()
    return Started(
        run=number,
        store=store.id,
        mode=mode,
        rebuild=mode is Mode.REPLACE and not fresh,
        targets=_targets(plan) if mode is Mode.REPLACE else {},
    )


def _targets(plan: Plan) -> dict[str, int]:
    """An old view is replaced when the files are read, or the topics to where they end now."""
    if plan.files or plan.kafka is None:
        return {ALL_UNITS: EVERYTHING}
    return end_positions(plan.kafka, plan.topic_names.inputs)
