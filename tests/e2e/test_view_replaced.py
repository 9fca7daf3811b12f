"""A new recovery directory over an old view: readers go from the one to the other and see nothing in between (§8)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import redis

from tests.conftest import Broker
from tests.e2e.conftest import Undisturbed
from tests.e2e.kafka_runs import await_caught_up, ingest, make_inputs
from tests.e2e.running import Runs
from tests.e2e.shop_files import TOTAL, growing, touch, write
from tests.e2e.views import differences, view, watching
from tests.reference.values import moment_ms

SPRING = "lasttouch:{acme}:campaign:email:spring"
GONE = "lasttouch:{acme}:campaign:email:gone"
OTHER_SHOP = "lasttouch:{other}:total"
NOT_OURS = ("somebody:else", "lasttouch", "lasttouch2:{acme}:total", "{acme}:total")
KEYS = (TOTAL, SPRING, GONE, OTHER_SHOP, "lasttouch:{acme}:day:2026-01-05")


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """More than the new one has: a campaign, a day and an account that will be gone, and twice as many orders."""
    at = moment_ms("2025-12-24T10:00:00Z")
    old = growing(tmp_path / "old.jsonl", 4_000)
    gone = [touch("c1", at, campaign="gone"), touch("c1", at, account="other")]
    return write(old, [*old.read_bytes().splitlines(), *gone])


@pytest.fixture
def new(tmp_path: Path) -> Path:
    return growing(tmp_path / "new.jsonl", 2_000)


@pytest.mark.parametrize("workers", [1, 2])
def test_each_number_is_the_old_one_until_it_is_the_new_one(
    workers: int, runs: Runs, valkey: redis.Redis, old: Path, new: Path, undisturbed: Undisturbed
) -> None:
    runs.run(old, store="old")
    for key in NOT_OURS:
        valkey.set(key, "1")
    before = view(valkey)
    with watching(runs.redis_url, KEYS) as seen:
        runs.run(new, store="new", workers=workers, replace_view=True)
    after = view(valkey)
    assert not differences(after, undisturbed(new))
    assert valkey.mget(NOT_OURS) == [b"1"] * len(NOT_OURS)
    for key in KEYS:
        assert seen[key] == [_numbers(before.get(key, {})), _numbers(after.get(key, {}))]


def test_a_view_that_went_is_built_from_the_store_alone(runs: Runs, valkey: redis.Redis, old: Path) -> None:
    runs.run(old)
    before = view(valkey)
    valkey.flushdb()
    runs.run(old)
    assert not differences(view(valkey), before)


def test_a_view_of_which_a_part_went_is_mended(runs: Runs, valkey: redis.Redis, old: Path, new: Path) -> None:
    """As when another recovery store wrote to this Redis in between."""
    runs.run(old, store="old")
    before = view(valkey)
    runs.run(new, store="new", replace_view=True)
    runs.run(old, store="old", replace_view=True)
    assert not differences(view(valkey), before)


@pytest.fixture
def small(tmp_path: Path) -> Path:
    return write(tmp_path / "small.jsonl", [touch("c1", moment_ms("2026-01-05T10:00:00Z"))])


def test_a_run_in_the_wrong_folder_changes_nothing(runs: Runs, valkey: redis.Redis, small: Path) -> None:
    """Neither with a new store nor with one that was in use before; the store whose view it is goes on."""
    runs.run(small, store="right")
    valkey.flushall()
    runs.run(small, store="used")
    valkey.flushall()
    runs.run(small, store="right")
    before = {key: valkey.dump(key) for key in valkey.scan_iter()}
    for wrong in ("new", "used"):
        ended = runs.start(small, store=wrong).wait()
        assert ended.status == 2
        assert "--replace-view" in ended.complaint
        assert str(runs.recovery_dir(wrong)) in ended.complaint
    assert {key: valkey.dump(key) for key in valkey.scan_iter()} == before
    runs.run(small, store="right")


def test_rebuild_asks_before_it_replaces_another_stores_view(runs: Runs, valkey: redis.Redis, small: Path) -> None:
    runs.run(small, store="old")
    before = view(valkey)
    runs.run(small, store="new", replace_view=True)
    flags = {"redis_url": runs.redis_url, "recovery_dir": runs.recovery_dir("old")}
    refused = runs.command("rebuild", **flags).wait()
    assert refused.status == 2
    assert "--replace-view" in refused.complaint
    done = runs.command("rebuild", **flags, replace_view=True).wait()
    assert done.status == 0, done.stderr
    assert view(valkey) == before
    # It is this store's view again.
    assert runs.command("rebuild", **flags).wait().status == 0


@pytest.mark.kafka
def test_a_new_store_that_reads_all_of_the_past_needs_no_leave(
    runs: Runs, valkey: redis.Redis, small: Path, make_broker: Callable[[], Broker]
) -> None:
    """Topics that still have their first records."""
    runs.run(small, store="old")
    with make_broker() as broker:
        make_inputs(broker.bootstrap_servers)
        ingest(broker.bootstrap_servers, small)
        running = runs.start(store="new", kafka_bootstrap_servers=broker.bootstrap_servers, epoch_seconds=0.2)
        await_caught_up(valkey, small.stat().st_size + 1)
        assert running.stop().status == 0
    assert valkey.hget(TOTAL, "clicked") == b"1"


def _numbers(fields: dict[str, str]) -> dict[str, int]:
    return {name: int(value) for name, value in fields.items()}
