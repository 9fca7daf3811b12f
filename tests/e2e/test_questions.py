"""Questions to a run that is live: answered while events flow, by whichever worker knows, and never after a crash."""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest
import redis
from redis.client import Monitor

from cli.answers import Where, answered
from cli.main import main
from connectors.questions import keys
from connectors.questions.asking import Asker
from connectors.view.layout import text_of
from reports.contact_card import read_contact_card
from state.changes import Outcome
from state.questions import ExplainOrder, FindOrder, encode_question
from tests.api.asking import asking
from tests.conftest import Broker
from tests.e2e.kafka_runs import await_caught_up, ingest, make_inputs
from tests.e2e.running import Running, Runs
from tests.e2e.shop_files import CAMPAIGNS, TOTAL, growing
from tests.waiting import PATIENCE_S, await_that

pytestmark = pytest.mark.kafka

BUYERS = 600
EPOCH_S = 0.3
PERIOD = ("--from", "2026-01-01", "--to", "2026-12-31")
_EXPIRES_MS = 600_000


@dataclass
class Shop:
    """A run over one broker that has counted a shop of buyers."""

    runs: Runs
    client: redis.Redis
    bootstrap: str
    capsys: pytest.CaptureFixture[str]

    def start(self, workers: int) -> Running:
        return self.runs.start(kafka_bootstrap_servers=self.bootstrap, epoch_seconds=EPOCH_S, workers=workers)

    def await_counted(self) -> None:
        await_that(lambda: self.client.hget(TOTAL, "purchases:EUR") == str(BUYERS).encode(), "all counted")
        await_caught_up(self.client, BUYERS * 5)

    def command(self, *words: str) -> Any:
        """What a command prints as JSON."""
        where = ("--redis-url", self.runs.redis_url, "--recovery-dir", str(self.runs.recovery_dir()))
        self.capsys.readouterr()  # what a hesitant broker made the test's own producer say
        assert main([*words, "--account", "acme", "--format", "json", *where]) == 0
        return json.loads(self.capsys.readouterr().out)

    def left_over(self) -> set[str]:
        patterns = ("lasttouch:question*", "lasttouch:answer:*")
        return {text_of(key) for pattern in patterns for key in self.client.keys(pattern)}

    def everything(self) -> dict[str, Any]:
        """What the commands answer, and the card of a contact, from wherever they have it."""
        where = Where(self.runs.redis_url, self.runs.recovery_dir(), None)
        card = answered(where, lambda asks: read_contact_card(asks, "acme", "c7"))
        assert card is not None
        return {
            "explain": self.command("explain", "--order", "o7"),
            "settings": self.command("settings", "show"),
            "preview": self.command("settings", "preview", "--no-channels", *PERIOD),
            "card": card,
        }

    def put_questions(self, count: int) -> None:
        """Questions whose askers wait for longer than anything here takes."""
        for number in range(count):
            question_id = secrets.token_hex(8)
            question = encode_question(ExplainOrder("acme", f"o{number}"))
            self.client.set(keys.question_key(question_id), question, px=_EXPIRES_MS)
            self.client.rpush(keys.WAITING, question_id)

    @contextmanager
    def counting_answers(self) -> Iterator[Counter[str]]:
        """Key → how many answers have been written to it; complete after the block."""
        written: Counter[str] = Counter()

        def count(monitor: Monitor) -> None:
            while True:
                words = monitor.next_command()["command"].split()  # type: ignore[no-untyped-call] # redis gives it no types
                if words == ["ECHO", "end"]:
                    return
                if words[:1] == ["RPUSH"] and ":answer:" in words[1]:
                    written[words[1]] += 1

        patient = redis.Redis.from_url(self.runs.redis_url, socket_timeout=None)
        with patient, Monitor(patient.connection_pool) as monitor, ThreadPoolExecutor() as pool:  # type: ignore[no-untyped-call] # likewise
            counting = pool.submit(count, monitor)
            yield written
            self.client.echo("end")
            counting.result()


@pytest.fixture
def shop(
    make_broker: Callable[[], Broker],
    runs: Runs,
    valkey: redis.Redis,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Shop]:
    with make_broker() as broker:
        make_inputs(broker.bootstrap_servers)
        ingest(broker.bootstrap_servers, growing(tmp_path / "shop.jsonl", BUYERS))
        yield Shop(runs, valkey, broker.bootstrap_servers, capsys)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_live_run_answers_as_the_store_does_after_its_end(workers: int, shop: Shop, tmp_path: Path) -> None:
    """The commands and the HTTP API say the same."""
    running = shop.start(workers)
    shop.await_counted()
    live = shop.everything()
    with asking(tmp_path, shop.runs.redis_url) as server:
        assert server.get("/v1/orders/o7").json() == live["explain"]
        assert server.get("/v1/contacts/c7").json() == msgspec.to_builtins(live["card"])
        preview = {"settings": {"channels": {}}, **dict(zip(("from", "to"), PERIOD[1::2], strict=True))}
        assert server.ask("POST", "/v1/settings/preview", json=preview).json() == live["preview"]
    assert live["settings"].pop("source") == "dataflow"
    assert shop.left_over() == {keys.ANSWERED_BY}
    running.stop().went_well()
    assert shop.left_over() == set()
    stored = shop.everything()
    assert stored["settings"].pop("source") == "recovery store"
    assert live == stored
    assert live["explain"]["credit"]["campaign"] in CAMPAIGNS
    assert live["explain"]["as_of"] == text_of(shop.client.hget("lasttouch:{acme}:account", "as_of") or b"")
    assert live["preview"]["campaigns"][0]["purchases_after"] == 0


def test_questions_are_answered_while_events_flow_and_never_twice(shop: Shop) -> None:
    """The run is killed in between: what it had taken is forgotten, and the next one answers what waits."""
    asker = Asker(shop.client, timeout_s=PATIENCE_S)
    with shop.counting_answers() as answers:
        running = shop.start(2)
        shop.put_questions(200)
        await_that(lambda: len(answers) > 0, "some answered")
        # However soon all of them were: these are put while it cannot take any, and it is killed before it can.
        running.stand_still()
        shop.put_questions(50)
        running.kill()
        assert shop.client.llen(keys.WAITING) >= 50
        running = shop.start(2)
        shop.await_counted()
        assert isinstance(asker.ask(FindOrder("acme", "o1")).found, Outcome)
        await_that(lambda: shop.client.llen(keys.WAITING) == 0, "all that waited taken")
        running.stop().went_well()
    assert set(answers.values()) == {1}
    assert 50 <= len(answers) <= 200 + 50 + 1
    # A question that a worker was just taking when it was killed stays until its asker would have stopped waiting.
    left = shop.left_over()
    assert sum(":question:" in key for key in left) <= 2
    expires_ms = [shop.client.pttl(key) for key in left]
    # -2: it has gone since it was listed, as answers do after ten seconds.
    assert all(ms == -2 or 0 <= ms <= _EXPIRES_MS for ms in expires_ms)
    assert steps_stored(shop.runs.recovery_dir()) & {"lasttouch.questions", "lasttouch.answered"} == set()


def steps_stored(recovery_dir: Path) -> set[str]:
    """The steps of which anything is in the recovery store."""
    steps: set[str] = set()
    for file in recovery_dir.glob("*.sqlite3"):
        with closing(sqlite3.connect(file)) as connection:
            steps |= {step for (step,) in connection.execute("SELECT DISTINCT step_id FROM snaps")}
    assert "lasttouch.by_contact" in steps
    return steps
