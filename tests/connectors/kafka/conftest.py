"""What the tests of the sources share."""

from __future__ import annotations

import pytest

from connectors.kafka.topics import TopicNames
from tests.connectors.kafka.kafka_topics import make_topic


@pytest.fixture
def topic(kafka_bootstrap: str, topics: TopicNames) -> str:
    """One of a single partition."""
    return make_topic(kafka_bootstrap, topics.touches)
