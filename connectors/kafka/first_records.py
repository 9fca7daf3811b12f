"""Whether topics still have their first records: who reads them has all of the past."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from confluent_kafka import KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient

from connectors.kafka.client import client_config
from connectors.kafka.topics import BrokerUnavailable, earliest_spec, require_topics

_TIMEOUT_S: Final = 5.0


def have_first_records(bootstrap: str, topics: Iterable[str]) -> bool:
    """Whether no partition of `topics` has lost any record. Raises `MissingTopic` and `BrokerUnavailable`."""
    counts = require_topics(bootstrap, topics)
    wanted = {TopicPartition(topic, part): earliest_spec() for topic, count in counts.items() for part in range(count)}
    # Kept: answers never come once their client is collected.
    admin = AdminClient(client_config(bootstrap, "admin", {}))
    asked = admin.list_offsets(wanted, request_timeout=_TIMEOUT_S)
    try:
        return all(answer.result(_TIMEOUT_S).offset == 0 for answer in asked.values())
    except (KafkaException, TimeoutError) as error:
        reason = str(error) or "no answer in time"
        raise BrokerUnavailable(f"no Kafka broker answers at {bootstrap}: {reason}") from error
