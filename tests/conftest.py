"""Real servers for any test: Valkey, and a broker that is Tansu, or Apache Kafka with LASTTOUCH_TEST_KAFKA=apache."""

from __future__ import annotations

import os
import re
import threading
import uuid
from collections.abc import Callable, Iterator
from typing import Final

import pytest
import redis
import structlog
from hypothesis import HealthCheck, settings

from connectors.embedded.servers import EmbeddedKafka, EmbeddedValkey
from connectors.kafka.topics import TopicNames
from tests.examples import examples
from tests.servers.apache_kafka import ApacheKafka
from tests.waiting import await_that

Broker = EmbeddedKafka | ApacheKafka

# How long an example takes says nothing on a busy machine.
settings.register_profile(
    "lasttouch", deadline=None, max_examples=examples(100), suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("lasttouch")


_OF_A_POOL: Final = re.compile(r"_[0-9]+")


def _is_silent(thread: threading.Thread) -> bool:
    """Whether it is a pool's, which rests until the next work comes, or only lets go of what stands still."""
    return _OF_A_POOL.search(thread.name) is not None or thread.name == "drop-clients"


@pytest.fixture(autouse=True)
def _threads_end() -> Iterator[None]:
    """What a test began and closed may wait for a broker that is away a while longer; the next test's output is not
    its log's place."""
    before = set(threading.enumerate())
    yield
    started = [one for one in threading.enumerate() if one not in before and not _is_silent(one)]
    await_that(lambda: not any(one.is_alive() for one in started), f"{[one.name for one in started]} have ended")


@pytest.fixture(autouse=True)
def _logs_as_at_the_start() -> Iterator[None]:
    """A command that is called inside a test says how its process logs; the next test is another process's."""
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def valkey_server() -> Iterator[EmbeddedValkey]:
    """One server for all tests."""
    with EmbeddedValkey() as server:
        yield server


@pytest.fixture
def valkey(valkey_server: EmbeddedValkey) -> Iterator[redis.Redis]:
    """A client of a server that holds nothing."""
    with redis.Redis.from_url(valkey_server.url) as client:
        client.flushall()
        yield client


@pytest.fixture(scope="session")
def make_broker() -> Callable[[], Broker]:
    """Makes a broker, not yet started, for a test that stops or kills it."""
    match os.environ.get("LASTTOUCH_TEST_KAFKA", "embedded"):
        case "embedded":
            return EmbeddedKafka
        case "apache":
            return ApacheKafka
        case other:
            raise pytest.UsageError(f"LASTTOUCH_TEST_KAFKA is {other!r}: write apache or embedded")


@pytest.fixture(scope="session")
def kafka_bootstrap(make_broker: Callable[[], Broker]) -> Iterator[str]:
    """The address of one broker for all tests."""
    with make_broker() as broker:
        yield broker.bootstrap_servers


@pytest.fixture
def topics() -> TopicNames:
    """Names that no other test has; the topics are not made."""
    mark = uuid.uuid4().hex[:8]
    return TopicNames(
        *(f"{name}-{mark}" for name in ("touches", "orders", "profiles", "attributions", "dead", "segments"))
    )
