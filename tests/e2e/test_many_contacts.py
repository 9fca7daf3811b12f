"""Of so many contacts that kernels add touches to tables of them, a run shows what one in Python shows."""

from __future__ import annotations

from pathlib import Path

import pytest
import redis

from config.kernels_switch import KERNELS
from dataflows.store.worker_tables import IDS_MIN
from state.key_groups import GROUPS
from tests.e2e.conftest import Undisturbed
from tests.e2e.running import Runs, kill_on_the_way
from tests.e2e.shop_files import generated
from tests.e2e.views import differences, view

EVENTS = 16 * IDS_MIN * GROUPS
"""There is a contact for each twelve of them, and a table where a key group has `IDS_MIN`."""


def test_killed_and_resumed_with_kernels_it_ends_as_undisturbed_and_without(
    runs: Runs, valkey: redis.Redis, undisturbed: Undisturbed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = generated(tmp_path / "week.jsonl", EVENTS)
    with monkeypatch.context() as without:
        without.setenv(KERNELS, "off")
        right = undisturbed(shop)
    monkeypatch.setenv(KERNELS, "on")
    runs.pause_at([shop], 0)
    kill_on_the_way(
        lambda: runs.start(shop, epoch_seconds=0.2),
        lambda running, share: runs.read_to(running, valkey, [shop], share),
        runs.recovery_dir(),
    )
    runs.go_on()
    runs.run(shop)
    assert not differences(view(valkey), right)
