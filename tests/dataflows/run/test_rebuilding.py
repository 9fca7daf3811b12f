"""Who has built the view anew is told by what readers see, however soon the run ends that has built it."""

from __future__ import annotations

from pathlib import Path

import pytest
import redis

from config.stopping import StopRequest
from connectors.embedded.servers import EmbeddedValkey
from connectors.view.run_status import SINK_PARTITIONS, RunStatus
from dataflows.run import rebuilding
from dataflows.run.plan import Plan
from dataflows.store.store import Store, open_store


def test_a_run_that_ends_as_soon_as_it_has_shown_the_view_has_built_it(
    tmp_path: Path, valkey_server: EmbeddedValkey, valkey: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_store(tmp_path / "recovery")
    plan = Plan(redis_url=valkey_server.url, kafka=None, settings=None, recovery_dir=str(store.directory), rebuild=True)
    status = RunStatus(valkey, StopRequest())

    def shows_it_and_ends(_store: Store) -> bool:
        for part in SINK_PARTITIONS:
            status.own_view(part, store.id, 1)
        return False

    monkeypatch.setattr(rebuilding, "is_held", shows_it_and_ends)
    assert rebuilding._by_live_run(plan, store, lambda _shown: None, StopRequest())
