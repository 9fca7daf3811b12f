"""`lasttouch run FILE…`: what the view shows at the end, however the events come to the run."""

from __future__ import annotations

import gzip
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import redis
import zstandard

from tests.e2e.conftest import Undisturbed
from tests.e2e.running import Runs, read_share
from tests.e2e.shop_files import TOTAL, cut, generated, lines_of, order, touch, write
from tests.e2e.views import Contents, differences, out_of_balance, view, view_of, watching
from tests.reference.reference import WHOLE, expected
from tests.reference.values import moment_ms


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return generated(tmp_path_factory.mktemp("shop") / "week.jsonl", 24_000)


@pytest.fixture(scope="module")
def halves(shop: Path) -> list[Path]:
    return cut(shop, 2)


@pytest.fixture(scope="module")
def whole(shop: Path, undisturbed: Undisturbed) -> dict[str, Contents]:
    """What one run over the whole shop shows."""
    return undisturbed(shop)


def test_the_view_is_what_the_reference_says(runs: Runs, valkey: redis.Redis, tmp_path: Path) -> None:
    small = generated(tmp_path / "small.jsonl", 6_000, seed=2)
    runs.run(small)
    right = view_of(expected(lines_of([small]), {}, time.time_ns() // 1_000_000, **WHOLE))
    assert len(right) > 30
    assert not differences(view(valkey), right)


def test_two_runs_one_after_the_other_are_one_run(
    runs: Runs, valkey: redis.Redis, halves: list[Path], whole: dict[str, Contents]
) -> None:
    first, second = halves
    runs.run(first)
    assert view(valkey) != whole
    runs.run(second)
    assert not differences(view(valkey), whole)


def test_what_happened_later_may_be_read_first(
    runs: Runs, valkey: redis.Redis, halves: list[Path], whole: dict[str, Contents]
) -> None:
    first, second = halves
    runs.run(second)
    runs.run(first)
    assert not differences(view(valkey), whole)


def test_reading_again_changes_nothing(
    runs: Runs, valkey: redis.Redis, shop: Path, whole: dict[str, Contents], tmp_path: Path
) -> None:
    runs.run(shop)
    runs.run(shop)
    assert not differences(view(valkey), whole)
    other_name = Path(shutil.copy(shop, tmp_path / "copy.jsonl"))
    runs.run(shop, other_name)
    assert not differences(view(valkey), whole)


@pytest.mark.parametrize(
    ("suffix", "pack"), [(".gz", gzip.compress), (".zst", zstandard.ZstdCompressor().compress)], ids=["gz", "zst"]
)
def test_compressed_files_are_the_same_files(
    suffix: str,
    pack: Callable[[bytes], bytes],
    runs: Runs,
    valkey: redis.Redis,
    halves: list[Path],
    whole: dict[str, Contents],
    tmp_path: Path,
) -> None:
    packed = tmp_path / f"first.jsonl{suffix}"
    packed.write_bytes(pack(halves[0].read_bytes()))
    runs.run(packed, halves[1])
    assert not differences(view(valkey), whole)


def test_two_workers_show_what_one_shows(
    runs: Runs, valkey: redis.Redis, halves: list[Path], whole: dict[str, Contents]
) -> None:
    runs.run(*halves, workers=2)
    assert not differences(view(valkey), whole)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_run_that_is_asked_to_stop_ends_in_order_and_the_next_one_goes_on(
    workers: int, runs: Runs, valkey: redis.Redis, shop: Path, whole: dict[str, Contents]
) -> None:
    runs.pause_at([shop], 0)
    running = runs.start(shop, workers=workers)
    runs.read_to(running, valkey, [shop], 0.4)
    running.stop().went_well(status=128 + signal.SIGTERM)
    runs.go_on()
    read_before = read_share(valkey, [shop])
    assert read_before < 1
    stopped_at = view(valkey)[TOTAL]
    assert 0 < int(stopped_at["sent"]) < int(whole[TOTAL]["sent"])
    runs.run(shop, workers=workers)
    assert not differences(view(valkey), whole)


def test_what_adds_up_adds_up_at_every_moment(runs: Runs, valkey: redis.Redis, shop: Path) -> None:
    busy_day = "lasttouch:{acme}:day:2026-01-06"
    with watching(runs.redis_url, [TOTAL, busy_day]) as seen:
        runs.run(shop)
    assert not out_of_balance([state for states in seen.values() for state in states])
    assert seen[TOTAL][-1] == {name: int(value) for name, value in view(valkey)[TOTAL].items()}


def test_a_run_says_when_it_has_caught_up(runs: Runs, valkey: redis.Redis, shop: Path) -> None:
    runs.pause_at([shop], 0)
    running = runs.start(shop)
    runs.read_to(running, valkey, [shop], 0.4)
    assert valkey.hget("lasttouch:run", "catching_up") == b"1"
    runs.go_on()
    assert running.wait().status == 0
    assert valkey.hget("lasttouch:run", "catching_up") == b"0"


def test_sums_may_be_greater_than_any_amount(runs: Runs, valkey: redis.Redis, tmp_path: Path) -> None:
    """An amount has 63 bits (contract §8), what many of them come to has more."""
    at = moment_ms("2026-01-05T10:00:00Z")
    lines = [order(f"o{number}", "c1", at, amount="92233720368547758.07") for number in range(5)]
    file = write(tmp_path / "rich.jsonl", [touch("c1", at), *lines])
    more = write(tmp_path / "richer.jsonl", [order("o5", "c1", at, amount="92233720368547758.07")])
    runs.run(file)
    runs.run(more)
    assert valkey.hget(TOTAL, "revenue:EUR") == str(6 * (2**63 - 1)).encode()
    assert not differences(
        view(valkey), view_of(expected(lines_of([file, more]), {}, time.time_ns() // 1_000_000, **WHOLE))
    )
