"""A server that is stopped for a while, or is given no processor, and goes on: it holds that against nobody."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
import redis

from connectors.embedded.servers import EmbeddedKafka, EmbeddedValkey
from connectors.kafka.event_producer import SEND_TIMEOUT_S
from connectors.questions import keys
from connectors.questions.asking import ANSWER_TIMEOUT_S
from tests.api.answering import answering
from tests.api.serving import Served, serving
from tests.api.test_intake_served import post, touches
from tests.connectors.kafka.kafka_topics import standing_still
from tests.reference.scenario import contact, order
from tests.servers.apache_kafka import ApacheKafka
from tests.waiting import PATIENCE_S, await_that, stand_still

EVENTS = [contact("ann", "03-01 09:00", email="ann@example.org"), order("03-01 12:00", email="ann@example.org")]


def test_an_answer_of_the_dataflow_that_came_meanwhile_is_told(
    valkey_server: EmbeddedValkey, valkey: redis.Redis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The answer is there when the server goes on, however late that is.
    monkeypatch.setattr(keys, "ANSWER_EXPIRES_S", int(PATIENCE_S))
    valkey.set(keys.ANSWERED_BY, "a run that is slow")
    with serving(tmp_path, valkey_server.url) as served, ThreadPoolExecutor(1) as pool:
        asked = pool.submit(served.get, "/v1/orders/o1")
        await_that(lambda: valkey.llen(keys.WAITING) > 0, "the question waits")
        with standing_still(served.process.pid), answering(valkey, EVENTS):
            await_that(lambda: not valkey.llen(keys.WAITING), "the question is taken")
            stand_still(ANSWER_TIMEOUT_S + 1)
        answer = asked.result()
    assert answer.status_code == 200, answer.text
    assert answer.json()["contact"] == "ann"


def send_events(served: Served) -> httpx.Response:
    return post(served, "/v1/events", touches(0, 0))


def ask_whether_kafka_is_there(served: Served) -> httpx.Response:
    return served.client.get("/readyz")


@pytest.mark.kafka
@pytest.mark.parametrize("ask", [send_events, ask_whether_kafka_is_there])
def test_what_the_broker_answered_meanwhile_counts(
    ask: Callable[[Served], httpx.Response],
    make_broker: Callable[[], EmbeddedKafka | ApacheKafka],
    valkey_server: EmbeddedValkey,
    tmp_path: Path,
) -> None:
    with make_broker() as broker:
        told = {"LASTTOUCH_KAFKA_BOOTSTRAP_SERVERS": broker.bootstrap_servers}
        with serving(tmp_path, valkey_server.url, **told) as served, ThreadPoolExecutor(1) as pool:
            await_that(lambda: ask(served).status_code == 200, "it gets on with the broker")
            with ExitStack() as server_stands_still:
                with standing_still(broker.pid):
                    asked = pool.submit(ask, served)
                    # It waits for the broker by then.
                    stand_still(SEND_TIMEOUT_S / 3)
                    server_stands_still.enter_context(standing_still(served.process.pid))
                stand_still(SEND_TIMEOUT_S)
            answer = asked.result()
    assert answer.status_code == 200, answer.text
