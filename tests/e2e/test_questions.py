"""Questions to a run that is live: answered while events flow, by whichever worker knows, and never after a crash."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import redis

from connectors.questions import keys
from connectors.questions.asking import Asker
from reports.contact_card import read_contact_card
from reports.explanation import explain, explanation_report
from state.questions import ExplainOrder, FindOrder, ShowContact
from tests.conftest import Broker
from tests.e2e.kafka_runs import await_caught_up, ingest, make_inputs
from tests.e2e.running import Running, Runs, await_epochs
from tests.e2e.shop_files import TOTAL, growing
from tests.waiting import await_that

pytestmark = pytest.mark.kafka

BUYERS = 600
EPOCH_S = 0.3
PERIOD = {"from": "2026-01-01", "to": "2026-12-31"}


@dataclass
class Shop:
    """A run over one broker that has counted a shop of buyers."""

    runs: Runs
    client: redis.Redis
    bootstrap: str

    def start(self, workers: int) -> Running:
        return self.runs.start(kafka_bootstrap_servers=self.bootstrap, epoch_seconds=EPOCH_S, workers=workers)

    def await_counted(self) -> None:
        await_that(lambda: self.client.hget(TOTAL, "purchases:EUR") == str(BUYERS).encode(), "all counted")
        await_caught_up(self.client, BUYERS * 5)

    def command(self, *words: str, **flags: object) -> Any:
        """What a command prints as JSON."""
        ended = self.runs.command(
            *words,
            account="acme",
            format="json",
            recovery_dir=self.runs.recovery_dir(),
            redis_url=self.runs.redis_url,
            **flags,
        ).wait()
        assert ended.status == 0, ended.stderr
        return json.loads(ended.stdout)

    def left_over(self) -> set[bytes]:
        return {key for pattern in ("question*", "answer:*") for key in self.client.keys(f"lasttouch:{pattern}")}


@pytest.fixture
def shop(make_broker: Callable[[], Broker], runs: Runs, valkey: redis.Redis, tmp_path: Path) -> Iterator[Shop]:
    with make_broker() as broker:
        make_inputs(broker.bootstrap_servers)
        ingest(broker.bootstrap_servers, growing(tmp_path / "shop.jsonl", BUYERS))
        yield Shop(runs, valkey, broker.bootstrap_servers)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_live_run_answers_as_the_store_does_after_its_end(workers: int, shop: Shop) -> None:
    running = shop.start(workers)
    shop.await_counted()
    asker = Asker(shop.client)
    numbers = range(0, BUYERS, 20)
    explained = list(asker.ask_all(ExplainOrder("acme", f"o{number}") for number in numbers))
    assert [one.found.order.order for one in explained] == [f"o{number}" for number in numbers]  # type: ignore[union-attr] # each is known
    assert shop.left_over() == {keys.ANSWERED_BY.encode()}
