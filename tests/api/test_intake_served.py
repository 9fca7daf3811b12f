"""Events come in at a real server: what it said it has accepted is in the topics, whatever happens to it."""

from __future__ import annotations

import gzip
import json
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from confluent_kafka import Consumer, TopicPartition

from config.tokens_file import Role
from connectors.embedded.servers import EmbeddedKafka, EmbeddedValkey
from connectors.kafka.topics import FIRST_OFFSET, TopicNames
from tests.api.serving import Served, memory_bytes, serving
from tests.connectors.kafka.kafka_topics import standing_still
from tests.servers.apache_kafka import ApacheKafka
from tests.waiting import PATIENCE_S, await_that

pytestmark = pytest.mark.kafka

BATCH = 20
MEMORY_MORE_MAX = 150_000_000
"""Bytes: some requests of 8 MiB that are read at once."""


def touches(sender: int, batch: int) -> list[dict[str, Any]]:
    return [
        {
            "type": "touch",
            "contact": f"{sender}-{batch}-{number}",
            "channel": "email",
            "event": "clicked",
            "campaign": "spring",
            "message": "m",
            "time": "2026-03-01T09:30:00Z",
        }
        for number in range(BATCH)
    ]


def post(served: Served, path: str, payload: object, **more: Any) -> httpx.Response:
    headers = {"Authorization": f"Bearer {served.tokens['acme', Role.INGEST]}", **more.pop("headers", {})}
    body = {"content": payload} if isinstance(payload, bytes) else {"json": payload}
    return served.client.post(path, headers={"Content-Type": "application/json", **headers}, **body, **more)


@pytest.fixture
def environment(topics: TopicNames, kafka_bootstrap: str) -> dict[str, str]:
    names = {"TOUCHES": topics.touches, "ORDERS": topics.orders, "PROFILES": topics.profiles}
    names |= {"ATTRIBUTIONS": topics.attributions, "DEAD_LETTERS": topics.dead_letters, "SEGMENTS": topics.segments}
    named = {f"LASTTOUCH_TOPIC_{role}": name for role, name in names.items()}
    return {"LASTTOUCH_KAFKA_BOOTSTRAP_SERVERS": kafka_bootstrap, **named}


@pytest.fixture
def served(tmp_path: Path, valkey_server: EmbeddedValkey, environment: dict[str, str]) -> Iterator[Served]:
    with serving(tmp_path, valkey_server.url, **environment) as server:
        await_that(lambda: post(server, "/v1/events", touches(-1, -1)).status_code == 200, "a broker found")
        yield server


def test_every_event_that_was_accepted_is_in_the_topic_when_the_server_is_killed(
    served: Served, kafka_bootstrap: str, topics: TopicNames
) -> None:
    accepted: list[str] = []
    under_way = threading.Event()

    def send(sender: int) -> None:
        batch = 0
        while True:
            events = touches(sender, batch)
            try:
                answer = post(served, "/v1/events", events)
            except httpx.HTTPError:
                return
            if answer.status_code == 503:
                continue  # the broker was slow: the sender is to send it again
            assert answer.json()["summary"]["accepted"] == BATCH
            accepted.extend(event["contact"] for event in events)
            batch += 1
            if len(accepted) > 10 * BATCH:
                under_way.set()

    senders = [threading.Thread(target=send, args=(number,)) for number in range(4)]
    for sender in senders:
        sender.start()
    assert under_way.wait(PATIENCE_S)
    served.process.kill()
    for sender in senders:
        sender.join(PATIENCE_S)

    assert set(accepted) <= contacts_in(kafka_bootstrap, topics.touches, until=set(accepted))


def contacts_in(bootstrap: str, topic: str, until: set[str]) -> set[str]:
    """Those of a topic's touches, read until all of `until` are among them."""
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "contacts", "enable.auto.commit": False})
    consumer.assign([TopicPartition(topic, 0, FIRST_OFFSET)])
    found: set[str] = set()

    def are_there() -> bool:
        found.update(json.loads(record.value() or b"")["contact"] for record in consumer.consume(1_000, 0.1))
        return until <= found

    with closing(consumer):
        await_that(are_there, "all accepted events in the topic")
    return found


def test_bodies_that_are_too_long_are_refused_and_not_kept(served: Served) -> None:
    bomb = gzip.compress(b" " * 100_000_000)
    before = memory_bytes(served)
    for _ in range(3):
        answer = post(served, "/v1/events", bomb, headers={"Content-Encoding": "gzip"})
        assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
        answer = post(served, "/v1/hooks/sendgrid", b" " * 100_000_000)
        assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert memory_bytes(served) < before + MEMORY_MORE_MAX


def test_a_token_in_the_address_is_in_no_log(served: Served) -> None:
    token = served.tokens["acme", Role.INGEST]
    answer = served.client.post(f"/v1/hooks/yespo?token={token}", json=[])
    assert answer.status_code == 200
    assert served.client.post("/v1/hooks/yespo?token=lt_wrong", json=[]).status_code == 401
    served.end()
    assert "/v1/hooks/{source" in served.log
    assert token not in served.log
    assert "lt_wrong" not in served.log


def test_while_the_broker_is_away_senders_are_told_to_come_back(
    make_broker: Callable[[], EmbeddedKafka | ApacheKafka], tmp_path: Path, valkey_server: EmbeddedValkey
) -> None:
    orders = {"orders": [{"externalOrderId": uuid.uuid4().hex}]}
    with make_broker() as broker:
        kafka = {"LASTTOUCH_KAFKA_BOOTSTRAP_SERVERS": broker.bootstrap_servers}
        with serving(tmp_path, valkey_server.url, **kafka) as served:
            await_that(lambda: post(served, "/v1/events", touches(0, 0)).status_code == 200, "a broker found")
            with standing_still(broker.pid):
                answer = post(served, "/v1/events", touches(0, 1))
                assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
                assert (answer.headers["Retry-After"], answer.json()["away"]) == ("5", "kafka")
                answer = post(served, "/api/v1/orders", orders)
                assert (answer.status_code, answer.json()["code"]) == (429, "unavailable")
                assert answer.headers["Retry-After"] == "60"
            await_that(lambda: post(served, "/v1/events", touches(0, 1)).status_code == 200, "the broker back")
