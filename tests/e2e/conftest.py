"""Commands and brokers that end with their test, and what an undisturbed run shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis

from connectors.embedded.servers import EmbeddedValkey
from tests.conftest import Broker
from tests.e2e.kafka_runs import make_inputs
from tests.e2e.running import Runs
from tests.e2e.views import Contents, view

Undisturbed = Callable[..., dict[str, Contents]]


@pytest.fixture
def runs(valkey_server: EmbeddedValkey, valkey: redis.Redis, tmp_path: Path) -> Iterator[Runs]:
    """Commands over the Redis that the fixture `valkey` reads."""
    started = Runs(tmp_path, valkey_server.url)
    yield started
    started.end_all()


@pytest.fixture
def bare_broker(make_broker: Callable[[], Broker]) -> Iterator[Broker]:
    """A broker of the test's own: commands read and write the topics of the contract's names."""
    with make_broker() as started:
        yield started


@pytest.fixture
def broker(bare_broker: Broker) -> Broker:
    """The same, with the topics that events come in by."""
    make_inputs(bare_broker.bootstrap_servers)
    return bare_broker


@pytest.fixture(scope="session")
def undisturbed(valkey_server: EmbeddedValkey, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Undisturbed]:
    """Gives the view that one run over some files, from nothing to their end, leaves in a database of its own."""
    url = valkey_server.url.removesuffix("/0") + "/1"
    started = Runs(tmp_path_factory.mktemp("undisturbed"), url)

    def run(*files: Path, **flags: object) -> dict[str, Contents]:
        with redis.Redis.from_url(url) as client:
            client.flushdb()
            number = len(list(started.folder.iterdir()))
            started.run(*files, store=str(number), **flags)
            return view(client)

    yield run
    started.end_all()
