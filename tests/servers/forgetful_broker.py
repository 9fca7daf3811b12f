"""A broker whose retention takes records: librdkafka's own in-process cluster, which keeps 5 MB of a partition.

Tansu keeps everything and answers fetches of what is not there with nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from confluent_kafka import Producer

from tests.waiting import PATIENCE_S


@contextmanager
def forgetful_broker() -> Iterator[str]:
    """Yields its bootstrap servers. Topics are made when they are written to, with four partitions."""
    owner = Producer({"test.mock.num.brokers": 1, "bootstrap.servers": "127.0.0.1:1", "log_level": 0})
    brokers = owner.list_topics(timeout=PATIENCE_S).brokers.values()
    yield ",".join(f"{broker.host}:{broker.port}" for broker in brokers)
    owner.flush(0)
