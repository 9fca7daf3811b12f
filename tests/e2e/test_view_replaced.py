"""A new recovery directory over an old view: readers go from the one to the other and see nothing in between (§8)."""

from __future__ import annotations

from pathlib import Path

import pytest
import redis

from tests.e2e.conftest import Undisturbed
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
        runs.run(new, store="new", workers=workers)
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
    runs.run(new, store="new")
    runs.run(old, store="old")
    assert not differences(view(valkey), before)


def _numbers(fields: dict[str, str]) -> dict[str, int]:
    return {name: int(value) for name, value in fields.items()}
