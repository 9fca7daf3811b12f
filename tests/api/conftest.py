"""One application for all tests of HTTP."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import redis

from connectors.embedded.servers import EmbeddedValkey
from connectors.kafka.topics import TopicNames
from tests.api.asking import Asker, asking
from tests.connectors.kafka.kafka_topics import await_topics
from tests.waiting import await_that


@pytest.fixture(scope="session")
def _asker(valkey_server: EmbeddedValkey, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asker]:
    with asking(tmp_path_factory.mktemp("api"), valkey_server.url) as asker:
        yield asker


@pytest.fixture
def api(_asker: Asker, valkey: redis.Redis) -> Asker:
    """Over a view that holds nothing yet."""
    _asker.client.cookies.clear()
    return _asker


@pytest.fixture(scope="session")
def _writing_asker(
    valkey_server: EmbeddedValkey, kafka_bootstrap: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Asker]:
    topics = TopicNames(
        *(f"{name}-http" for name in ("touches", "orders", "profiles", "decisions", "dead", "segments"))
    )
    with asking(tmp_path_factory.mktemp("api"), valkey_server.url, kafka=kafka_bootstrap, topics=topics) as asker:
        await_topics(kafka_bootstrap, *topics.inputs, topics.dead_letters)
        await_that(lambda: asker.get("/v1/segments").status_code == 200, "segments read")
        yield asker


@pytest.fixture
def writing(_writing_asker: Asker, valkey: redis.Redis) -> Asker:
    """Over a view that holds nothing yet, and a broker."""
    _writing_asker.client.cookies.clear()
    return _writing_asker
