"""A topic that is deleted under a run: an output is made anew; an input that was made anew ends the run by its name."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest
import redis

from connectors.kafka.topics import TopicPlan, ensure_topics
from tests.conftest import Broker
from tests.connectors.kafka.kafka_topics import delete_topic
from tests.e2e.kafka_runs import TOPICS, OrderKey, await_caught_up, ingest, last_records, make_inputs
from tests.e2e.running import Runs, await_epochs
from tests.e2e.shop_files import cut, generated, lines_of
from tests.e2e.views import differences, view, view_of
from tests.reference.reference import WHOLE, expected
from tests.waiting import await_that

pytestmark = [
    pytest.mark.kafka,
    pytest.mark.skipif(
        os.environ.get("LASTTOUCH_TEST_KAFKA") != "apache",
        reason="librdkafka ends with SIGSEGV when the embedded broker forgets a topic; make test-apache runs it",
    ),
]

EPOCH_S = 0.2
EVENTS = 1_000


@pytest.fixture
def bootstrap(broker: Broker) -> str:
    return broker.bootstrap_servers


@pytest.mark.parametrize("workers", [1, 2])
def test_attributions_are_made_anew_and_written_on(
    workers: int, runs: Runs, valkey: redis.Redis, bootstrap: str, tmp_path: Path
) -> None:
    shop = generated(tmp_path / "week.jsonl", EVENTS)
    first, second = cut(shop, 2)
    at_first = expected(lines_of([first]), {}, time.time_ns() // 1_000_000, **WHOLE)
    right = expected(lines_of([shop]), {}, time.time_ns() // 1_000_000, **WHOLE)
    changed = {key: record for key, record in right.records.items() if at_first.records.get(key) != record}
    ingest(bootstrap, first)
    running = runs.start(workers=workers, kafka_bootstrap_servers=bootstrap, epoch_seconds=EPOCH_S)
    await_caught_up(valkey, EVENTS // 2)
    await_epochs(runs.recovery_dir())
    delete_topic(bootstrap, TOPICS.attributions)
    ingest(bootstrap, second)

    def not_there() -> dict[OrderKey, Any]:
        """What the topic holds of orders instead of what it should."""
        ensure_topics(bootstrap, [TopicPlan(TOPICS.attributions)])
        found = last_records(bootstrap)
        return {key: found.get(key) for key, record in changed.items() if found.get(key) != record}

    await_that(lambda: not differences(view(valkey), view_of(right)), "all shown")
    await_that(lambda: not not_there(), lambda: f"the records of {len(changed)} orders that changed: {not_there()}")
    assert running.stop().status == 0
    assert not differences(view(valkey), view_of(right))


@pytest.mark.parametrize("workers", [1, 2])
def test_touches_made_anew_end_the_run_with_a_line_that_names_them(
    workers: int, runs: Runs, valkey: redis.Redis, bootstrap: str, tmp_path: Path
) -> None:
    ingest(bootstrap, generated(tmp_path / "week.jsonl", EVENTS))
    running = runs.start(workers=workers, kafka_bootstrap_servers=bootstrap, epoch_seconds=EPOCH_S)
    await_caught_up(valkey, EVENTS)
    delete_topic(bootstrap, TOPICS.touches)
    make_inputs(bootstrap)
    ended = running.wait()
    assert ended.status == 1
    # By its id, or by an offset that it does not have: whichever comes first.
    last = ended.stderr.splitlines()[-1]
    assert f"topic {TOPICS.touches}" in last
    assert "made anew" in last
