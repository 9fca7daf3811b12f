"""A Redis that is not there, or keeps silent, ends a report with one line that names it, within seconds."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator

import pytest
import redis

from config.errors import Unavailable, UserError
from connectors.embedded.servers import EmbeddedValkey
from connectors.view import client as connection
from connectors.view.client import connected


@pytest.fixture
def silent_url() -> Iterator[str]:
    """A server that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"redis://127.0.0.1:{listening.getsockname()[1]}/0"


def test_a_server_that_is_there_is_read(valkey: redis.Redis, valkey_server: EmbeddedValkey) -> None:
    valkey.set("k", "v")

    with connected(valkey_server.url) as client:
        assert client.get("k") == b"v"


def test_a_server_that_is_not_there_is_named_without_its_password() -> None:
    with (
        pytest.raises(Unavailable, match=r"^Redis at redis://\*\*\*@127\.0\.0\.1:1/0 cannot be reached: ") as error,
        connected("redis://me:hush@127.0.0.1:1/0"),
    ):
        pass
    assert "hush" not in str(error.value)


def test_a_silent_server_is_given_up_in_time(silent_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "FIRST_ANSWER_TIMEOUT_S", 0.05)
    given_up = f"{silent_url} cannot be reached: no answer within 0.05 s"
    with pytest.raises(Unavailable, match=given_up), connected(silent_url):
        pass


def test_a_name_that_cannot_be_looked_up_is_named() -> None:
    url = "redis://no-such-host.invalid:6379/0"
    with pytest.raises(Unavailable, match=re.escape(url)), connected(url):
        pass


def test_a_wrong_password_is_said_to_be_one(valkey: redis.Redis, valkey_server: EmbeddedValkey) -> None:
    url = valkey_server.url.replace("redis://", "redis://nobody:wrong@")
    with pytest.raises(Unavailable, match=r"WRONGPASS|invalid username"), connected(url):
        pass


def test_a_server_that_goes_away_meanwhile_is_named() -> None:
    with (
        EmbeddedValkey() as server,
        pytest.raises(Unavailable, match=f"Redis at {server.url} cannot be read"),
        connected(server.url) as client,
    ):
        server.kill()
        client.get("k")


def test_what_is_no_url_is_refused_before_anything_connects() -> None:
    with pytest.raises(UserError, match="redis-url"), connected("http://localhost"):
        pass


def test_the_first_answer_is_awaited_no_longer_than_the_contract_allows() -> None:
    assert connection.FIRST_ANSWER_TIMEOUT_S < 10
