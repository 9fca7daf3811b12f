"""One application for all tests of HTTP."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import redis

from connectors.embedded.servers import EmbeddedValkey
from tests.api.asking import Asker, asking


@pytest.fixture(scope="session")
def _asker(valkey_server: EmbeddedValkey, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asker]:
    with asking(tmp_path_factory.mktemp("api"), valkey_server.url) as asker:
        yield asker


@pytest.fixture
def api(_asker: Asker, valkey: redis.Redis) -> Asker:
    """Over a view that holds nothing yet."""
    _asker.client.cookies.clear()
    return _asker
