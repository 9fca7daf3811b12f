"""Several machines, one stream: three processes with three recovery folders show what one process alone shows."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import redis

from tests.conftest import Broker
from tests.connectors.metrics.scraped import of, scraped
from tests.e2e.clusters import Cluster, move_parts, own_addresses
from tests.e2e.conftest import Undisturbed
from tests.e2e.kafka_runs import await_caught_up, ingest, last_records, make_inputs, not_as_in_rows, rows_of
from tests.e2e.running import Runs, await_epochs, read_share
from tests.e2e.shop_files import cut, generated
from tests.e2e.views import Contents, differences, view
from tests.servers.ports import own_ports
from tests.waiting import await_that

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
    goes_on_as_if_nothing_had_happened(cluster, shop, valkey, right)


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
    goes_on_as_if_nothing_had_happened(cluster, shop, valkey, right)


def goes_on_as_if_nothing_had_happened(
    cluster: Cluster, shop: list[Path], client: redis.Redis, right: dict[str, Contents]
) -> None:
    for ended in cluster.start(*shop).wait():
        assert ended.status == 0, ended.stderr
    assert not differences(view(client), right)


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


@pytest.mark.kafka
def test_a_cluster_that_reads_kafka_publishes_answers_and_stops(
    runs: Runs, valkey: redis.Redis, make_broker: Callable[[], Broker], shop: list[Path], right: dict[str, Contents]
) -> None:
    """Each process reads some partitions; whoever asks is answered by the cluster, whose store is in three folders."""
    with make_broker() as broker:
        bootstrap = broker.bootstrap_servers
        make_inputs(bootstrap)
        first = own_ports(3)
        runs.environment["LASTTOUCH_METRICS_PORT"] = str(first)
        cluster = Cluster(runs, 3, {"kafka_bootstrap_servers": bootstrap})
        cluster.start()
        ingested = sum(ingest(bootstrap, file) for file in shop)
        await_caught_up(valkey, ingested)
        await_that(lambda: _events_read(range(first, first + 3)) == ingested, "every event counted by one of the three")
        # What one process has read may be on its way to another; the three are to be asked about one and the same.
        await_that(
            lambda: not differences(view(valkey), right), lambda: f"all shown, but {differences(view(valkey), right)}"
        )
        order = next(order for (_, order), row in rows_of(right).items() if row["channel"] is not None)
        question = ("explain", "--account", "acme", "--order", order, "--redis-url", runs.redis_url)
        answers = [runs.command(*question, "--recovery-dir", folder).wait() for folder in cluster.folders()]
        assert {answer.status for answer in answers} == {0}
        assert len({answer.stdout for answer in answers}) == 1
        assert [ended.status for ended in cluster.stop()] == [0, 0, 0]
        shown = view(valkey)
        assert not differences(shown, right)
        assert not not_as_in_rows(last_records(bootstrap), rows_of(shown))
    asked_too_late = runs.command(*question, "--recovery-dir", cluster.folders()[1]).wait()
    assert asked_too_late.status == 1
    assert "a part of its recovery store" in asked_too_late.complaint


@pytest.mark.kafka
def test_a_live_cluster_builds_the_view_anew_when_it_is_asked_to(
    runs: Runs, valkey: redis.Redis, make_broker: Callable[[], Broker], shop: list[Path], right: dict[str, Contents]
) -> None:
    """Its processes end for it and are started again; a part of the store alone can do nothing."""
    with make_broker() as broker:
        bootstrap = broker.bootstrap_servers
        make_inputs(bootstrap)
        cluster = Cluster(runs, 2, {"kafka_bootstrap_servers": bootstrap, "metrics_port": 0})
        cluster.start()
        await_caught_up(valkey, sum(ingest(bootstrap, file) for file in shop))
        valkey.hset("lasttouch:{acme}:total", "revenue:EUR", 1)
        asked = {"redis_url": runs.redis_url, "recovery_dir": cluster.folders()[1]}
        rebuilding = runs.command("rebuild", **asked)
        for ended in cluster.wait():
            assert ended.status == 1
            assert "start all processes of the cluster again" in ended.stderr.splitlines()[-1]
        cluster.start()
        assert rebuilding.wait().went_well().stdout.startswith("view rebuilt")
        assert not differences(view(valkey), right)
        assert [ended.status for ended in cluster.stop()] == [0, 0]
    refused = runs.command("rebuild", **asked).wait()
    assert refused.status == 1
    assert "start the cluster, and rebuild then" in refused.complaint


def _events_read(ports: range) -> float:
    """As the processes say that serve their metrics there."""
    return sum(sum(of(scraped(port), "lasttouch_events_total", "type").values()) for port in ports)


def test_a_process_that_is_told_otherwise_keeps_all_from_starting(
    runs: Runs, valkey: redis.Redis, shop: list[Path]
) -> None:
    """Both say the same line; nothing was written."""
    cluster = Cluster(runs, 2)
    cluster.addresses = own_addresses(2)
    cluster.processes = [cluster.start_one(0, *shop), cluster.start_one(1, *shop[:1])]
    said = [ended.complaint for ended in cluster.wait()]
    assert said[0] == said[1]
    assert "process 1: its files differs from process 0's" in said[0]
    assert not view(valkey)


def test_an_address_that_is_not_this_machines_is_named(runs: Runs, shop: list[Path]) -> None:
    ended = runs.start(*shop, process=1, addresses="127.0.0.1:2101,192.0.2.7:2102").wait()
    assert ended.status == 2
    assert "--addresses: process 1 cannot listen on 192.0.2.7:2102" in ended.complaint


def test_a_lost_disk_is_named_by_what_was_on_it(runs: Runs, shop: list[Path]) -> None:
    """And not replaced by nothing, which would count from somewhere in the middle."""
    cluster = Cluster(runs, 2)
    for ended in cluster.start(*shop).wait():
        ended.went_well()
    shutil.rmtree(cluster.folders()[1])
    for ended in cluster.start(*shop).wait():
        assert ended.status == 2
        assert "part-1.sqlite3, part-3.sqlite3, part-5.sqlite3, part-7.sqlite3 of 8" in ended.complaint
