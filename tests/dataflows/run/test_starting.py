"""How a run begins, and when readers are told that it has caught up."""

from __future__ import annotations

from pathlib import Path

import redis

from config.stopping import StopRequest
from connectors.embedded.servers import EmbeddedValkey
from connectors.view.layout import RUN_KEY
from connectors.view.placement import holding
from connectors.view.run_status import SINK_PARTITIONS, Mode, RunStatus
from dataflows.run import starting
from dataflows.run.plan import Plan


def test_a_fresh_run_has_caught_up_once_every_part_of_the_view_is_its_own(
    tmp_path: Path, valkey_server: EmbeddedValkey, valkey: redis.Redis
) -> None:
    """Else whoever asks for a rebuild right then is told of one that did not happen: the engine may make a sink
    partition after all sources have been read."""
    stop = StopRequest()
    plan = Plan(
        files=("events.jsonl",),
        redis_url=valkey_server.url,
        kafka=None,
        settings=None,
        recovery_dir=str(tmp_path / "recovery"),
    )
    started = starting.start(plan, stop)
    assert started.mode is Mode.FRESH
    status = RunStatus(valkey, stop)
    status.caught_up([starting.FILES])
    for part in SINK_PARTITIONS:
        assert valkey.hget(RUN_KEY, "catching_up") == b"1"
        status.own_view(part, started.store, started.run)
        status.caught_up([holding(part)])
    assert valkey.hget(RUN_KEY, "catching_up") == b"0"
    assert status.shown(started.store) == (started.run, len(SINK_PARTITIONS))
