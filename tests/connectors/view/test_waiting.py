"""A Redis that is full, read only or asks for a password: waited for with one warning, then all goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import redis
import structlog

from config.stopping import StopRequest
from connectors.embedded.servers import EmbeddedValkey
from connectors.view.client import writing_client
from connectors.view.waiting import Stopped, waiting
from connectors.view.writes import Command, FencedWriter
from tests.waiting import await_that

Admin = Callable[..., Any]


@pytest.fixture(scope="module")
def server() -> Iterator[EmbeddedValkey]:
    """A Redis of these tests' own: they take it away from everybody."""
    with EmbeddedValkey() as valkey:
        yield valkey


@pytest.fixture
def admin(server: EmbeddedValkey) -> Iterator[Admin]:
    """Commands of the server's owner, on a connection that stays."""
    with redis.Redis(port=server.port, single_connection_client=True) as client:
        client.flushall()
        yield client.execute_command


def full(admin: Admin) -> None:
    admin("CONFIG SET", "maxmemory", "1")


def not_full(admin: Admin) -> None:
    admin("CONFIG SET", "maxmemory", "0")


def a_replica(admin: Admin) -> None:
    admin("REPLICAOF", "127.0.0.1", "1")


def no_replica(admin: Admin) -> None:
    admin("REPLICAOF", "NO", "ONE")


def without_replicas(admin: Admin) -> None:
    admin("CONFIG SET", "min-replicas-to-write", "1")


def needs_no_replicas(admin: Admin) -> None:
    admin("CONFIG SET", "min-replicas-to-write", "0")


def asks_for_a_password(admin: Admin) -> None:
    admin("CONFIG SET", "requirepass", "secret")
    admin("CLIENT KILL", "TYPE", "NORMAL", "SKIPME", "yes")


def asks_for_none(admin: Admin) -> None:
    admin("CONFIG SET", "requirepass", "")


REFUSALS = [
    (full, not_full),
    (a_replica, no_replica),
    (without_replicas, needs_no_replicas),
    (asks_for_a_password, asks_for_none),
]


@pytest.mark.parametrize(("refuse", "relent"), REFUSALS, ids=lambda step: step.__name__)
def test_a_write_goes_well_once_redis_takes_it_again(
    refuse: Callable[[Admin], None], relent: Callable[[Admin], None], server: EmbeddedValkey, admin: Admin
) -> None:
    """The view's own script, and a plain command; both are told of in one warning."""
    client = writing_client(server.url)
    writer, stop = FencedWriter(client, 1), StopRequest()
    lot = [Command("lasttouch:{a}:total", "HSET", ["orders", "1"])]

    def write() -> None:
        waiting(lambda: writer.apply("a", lot), stop)

    def set_plainly() -> None:
        waiting(lambda: client.set("lasttouch:x", "1"), stop)

    write()
    with structlog.testing.capture_logs() as logs, ThreadPoolExecutor() as pool:
        refuse(admin)
        calls = [pool.submit(write), pool.submit(set_plainly)]
        try:
            await_that(lambda: bool(logs), "a warning")
            assert not any(call.done() for call in calls)
        finally:
            relent(admin)
        for call in calls:
            call.result()
    # What other tests of this process have left running may log, too.
    assert [log["log_level"] for log in logs if "redis" in log["event"]] == ["warning", "info"]
    assert client.get("lasttouch:x") == b"1"


def test_a_stop_request_ends_the_waiting(server: EmbeddedValkey, admin: Admin) -> None:
    client, stop = writing_client(server.url), StopRequest()
    with ThreadPoolExecutor() as pool:
        full(admin)
        try:
            call = pool.submit(waiting, lambda: client.set("lasttouch:x", "1"), stop)
            stop.requested = True
            with pytest.raises(Stopped):
                call.result()
        finally:
            not_full(admin)


def test_what_repeating_does_not_mend_is_raised_at_once(server: EmbeddedValkey, admin: Admin) -> None:
    admin("SET", "lasttouch:x", "1")
    client = writing_client(server.url)
    with pytest.raises(redis.ResponseError, match="WRONGTYPE"):
        waiting(lambda: client.hgetall("lasttouch:x"), StopRequest())
