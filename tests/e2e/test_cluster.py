"""Several machines, one stream: three processes with three recovery folders show what one process alone shows."""

from __future__ import annotations

from pathlib import Path

import pytest
import redis

from tests.e2e.clusters import Cluster, move_parts
from tests.e2e.conftest import Undisturbed
from tests.e2e.running import Runs, await_epochs, read_share
from tests.e2e.shop_files import cut, generated
from tests.e2e.views import Contents, differences, view

EPOCH_S = 0.2
EVENTS = 20_000


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return cut(generated(tmp_path_factory.mktemp("shop") / "week.jsonl", EVENTS), 3)


@pytest.fixture(scope="module")
def right(shop: list[Path], undisturbed: Undisturbed) -> dict[str, Contents]:
    """What a run that nothing happens to shows."""
    return undisturbed(*shop)


@pytest.mark.parametrize("victim", [0, 2])
def test_one_is_killed_all_end_and_resume_when_they_are_started_again(
    victim: int, runs: Runs, valkey: redis.Redis, shop: list[Path], right: dict[str, Contents]
) -> None:
    """Whichever it is: the one that settles the start, or one that follows."""
    cluster = Cluster(runs, 3, {"epoch_seconds": EPOCH_S})
    runs.pause_at(shop, 0)
    cluster.start(*shop)
    runs.read_to(cluster.processes[0], valkey, shop, 0.3)
    await_epochs(*cluster.folders())
    runs.read_to(cluster.processes[0], valkey, shop, 0.5)
    cluster.processes[victim].kill()
    for number, ended in enumerate(cluster.wait()):
        if number != victim:
            assert ended.status == 1
            assert "all of a cluster end together" in ended.stderr.splitlines()[-1]
    assert 0 < read_share(valkey, shop) < 1
    runs.go_on()
    for ended in cluster.start(*shop).wait():
        assert ended.status == 0, ended.stderr
    assert not differences(view(valkey), right)


def test_one_that_is_asked_to_stop_stops_all_and_loses_nothing(
    runs: Runs, valkey: redis.Redis, shop: list[Path], right: dict[str, Contents]
) -> None:
    cluster = Cluster(runs, 2, {"epoch_seconds": EPOCH_S})
    runs.pause_at(shop, 0)
    cluster.start(*shop)
    runs.read_to(cluster.processes[0], valkey, shop, 0.5)
    assert cluster.processes[1].stop().status == 143
    assert "process 1" in cluster.processes[0].wait().complaint
    runs.go_on()
    for ended in cluster.start(*shop).wait():
        assert ended.status == 0, ended.stderr
    assert not differences(view(valkey), right)


def test_rescaled_from_one_to_two_to_three_and_back_to_one(
    runs: Runs, valkey: redis.Redis, shop: list[Path], right: dict[str, Contents]
) -> None:
    """A process that is new comes with an empty folder; one that goes leaves its database files to another."""
    runs.pause_at(shop, 0)
    for size, share in ((1, 0.2), (2, 0.4), (3, 0.6)):
        cluster = Cluster(runs, size, {"epoch_seconds": EPOCH_S})
        cluster.start(*shop)
        runs.read_to(cluster.processes[0], valkey, shop, share)
        for process in cluster.processes:
            process.stop()
    first, *others = cluster.folders()
    move_parts(first, others)
    runs.go_on()
    runs.run(*shop, store="0")
    assert not differences(view(valkey), right)
