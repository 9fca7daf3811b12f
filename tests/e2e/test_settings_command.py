"""Settings that change while the stream runs: a command, an event, and the view of the past is another."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import redis

from tests.conftest import Broker
from tests.e2e.kafka_runs import start_counted
from tests.e2e.running import Running, Runs
from tests.e2e.shop_files import TOTAL, growing
from tests.e2e.views import out_of_balance, watching
from tests.waiting import await_that

pytestmark = pytest.mark.kafka

SINCE = "2026-01-01T00:00:00Z"


@pytest.fixture
def bootstrap(bare_broker: Broker) -> str:
    return bare_broker.bootstrap_servers


@pytest.fixture
def running(runs: Runs, valkey: redis.Redis, bootstrap: str, tmp_path: Path) -> Running:
    """A run that has counted a shop of 500 buyers and waits for more."""
    return start_counted(runs, valkey, bootstrap, growing(tmp_path / "growing.jsonl", 500), 500)


def change(runs: Runs, bootstrap: str, *flags: str) -> dict[str, object]:
    """The event that a `settings set` has sent."""
    ended = runs.command(
        *("settings", "set", "--account", "acme", *flags),
        kafka_bootstrap_servers=bootstrap,
        recovery_dir=runs.recovery_dir(),
    ).wait()
    assert ended.status == 0, ended.stderr
    event = json.loads(ended.stdout)
    assert isinstance(event, dict)
    return event


def test_a_change_of_the_past_is_seen_at_once_and_adds_up(
    runs: Runs, valkey: redis.Redis, bootstrap: str, running: Running
) -> None:
    with watching(runs.redis_url, [TOTAL]) as seen:
        change(runs, bootstrap, "--no-channels", "--effective-from", SINCE)
        await_that(lambda: valkey.hget(TOTAL, "unattributed:purchases:EUR") == b"500", "nobody credited")
        assert valkey.hget(TOTAL, "purchases:EUR") is None
        change(runs, bootstrap, "--channel", "email=opened:24h", "--effective-from", SINCE)
        await_that(lambda: valkey.hget(TOTAL, "purchases:EUR") == b"500", "credited again")
    assert not out_of_balance(seen[TOTAL])
    assert running.stop().status == 0
    explained = runs.command(
        "explain", account="acme", order="o1", recovery_dir=runs.recovery_dir(), format="json"
    ).wait()
    answer = json.loads(explained.stdout)
    assert answer["credit"]["event"] == "opened"
    assert [(one["cause"], one["credit"] is not None) for one in answer["history"]][-2:] == [
        ("settings", False),
        ("settings", True),
    ]


def test_of_two_changes_in_a_row_the_second_begins_with_the_first(runs: Runs, bootstrap: str, running: Running) -> None:
    """Whether the dataflow has taken the first in or not, or does not even run."""
    assert change(runs, bootstrap, "--currency", "UAH")["currency"] == "UAH"
    second = change(runs, bootstrap, "--time-zone", "Europe/Kyiv")
    assert (second["currency"], second["time_zone"]) == ("UAH", "Europe/Kyiv")
    assert running.stop().status == 0
    third = change(runs, bootstrap, "--excluded-tag", "service")
    fourth = change(runs, bootstrap, "--no-show-sales")
    assert (third["currency"], fourth["currency"], fourth["excluded_tags"]) == ("UAH", "UAH", ["service"])


def test_a_topic_that_is_not_there_yet_is_made(runs: Runs, bootstrap: str) -> None:
    assert change(runs, bootstrap, "--currency", "UAH")["currency"] == "UAH"
    assert change(runs, bootstrap, "--time-zone", "Asia/Tokyo")["currency"] == "UAH"
