"""One application that takes events, over a broker."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
import redis

from config.settings_file import load_settings_file
from connectors.embedded.servers import EmbeddedValkey
from connectors.kafka.topics import TopicNames
from tests.api.asking import asking
from tests.api.senders import Intake
from tests.connectors.kafka.kafka_topics import await_topics


@pytest.fixture(scope="session")
def _intake(
    kafka_bootstrap: str, valkey_server: EmbeddedValkey, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Intake]:
    folder = tmp_path_factory.mktemp("intake")
    settings = folder / "settings.toml"
    settings.write_text('[accounts.acme]\ncurrency = "UAH"\ntime_zone = "Europe/Kyiv"\n')
    topics = TopicNames(*(f"{name}-{uuid.uuid4().hex[:8]}" for name in ("t", "o", "p", "a", "d", "s")))
    with asking(
        folder,
        valkey_server.url,
        kafka=kafka_bootstrap,
        topics=topics,
        settings=load_settings_file(settings),
        public_url="https://lasttouch.shop.example/",
    ) as asker:
        intake = Intake(asker, folder, kafka_bootstrap, topics)
        await_topics(kafka_bootstrap, *topics.inputs, topics.dead_letters)
        yield intake


@pytest.fixture
def intake(_intake: Intake, valkey: redis.Redis) -> Intake:
    """Over a view that holds nothing yet."""
    return _intake
