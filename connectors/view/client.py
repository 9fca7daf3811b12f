"""Clients of Redis: one whose failures a writer repeats, one that says within seconds why it cannot read."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any, Final, cast

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from redis.sentinel import Sentinel

from config.errors import Unavailable
from config.redis_url import Kind, check_redis_url, redis_servers, shown_redis_url
from connectors.view.cluster_client import ClusterClient

CONNECT_TIMEOUT_S: Final = 4.0
SENTINEL_TIMEOUT_S: Final = 1.0
"""A sentinel that says nothing for so long is passed over for the next."""
WRITER_SILENCE_TIMEOUT_S: Final = 30.0
READER_SILENCE_TIMEOUT_S: Final = 10.0
"""A server that says nothing for so long in the middle of an answer is given up."""
LASTING_READER_SILENCE_TIMEOUT_S: Final = 5.0
"""The same for a reader with somebody waiting for its answer."""
PROBE_SILENCE_TIMEOUT_S: Final = 1.0
"""The same for what is asked in passing."""
FIRST_ANSWER_TIMEOUT_S: Final = 6.0
"""For looking up the name, connecting to each of its addresses and the first answer together."""


def writing_client(url: str) -> redis.Redis:
    """A client whose failures are the caller's to repeat (`connectors.view.waiting`).

    Raises `UserError` for a URL that is none.
    """
    return _client(url, WRITER_SILENCE_TIMEOUT_S)


def reading_client(url: str) -> redis.Redis:
    """A client for a reader that outlives the server's absences: calls fail while it is away, and go well after.

    Does not connect. Raises `UserError` for a URL that is none.
    """
    return _client(url, LASTING_READER_SILENCE_TIMEOUT_S)


def soon_given_up_client(url: str) -> redis.Redis:
    """A client for what has another answer while the server is away: it does not wait for long.

    Does not connect. Raises `UserError` for a URL that is none.
    """
    return _client(url, PROBE_SILENCE_TIMEOUT_S, PROBE_SILENCE_TIMEOUT_S)


def require_redis(url: str) -> None:
    """Return when the server at `url` answers. Raises `UserError` for a URL that is none, and `Unavailable`."""
    with connected(url):
        pass


@contextmanager
def connected(url: str) -> Iterator[redis.Redis]:
    """A client of the server at `url`, which has answered once.

    Raises `UserError` for a URL that is none, and `Unavailable`, which names the address, when the server
    cannot be reached, refuses, or goes away inside the `with`.
    """
    client = _client(url, READER_SILENCE_TIMEOUT_S)
    with closing(client):
        try:
            _await_first_answer(client)
        except redis.RedisError as error:
            raise Unavailable(f"Redis at {shown_redis_url(url)} cannot be reached: {error}") from error
        try:
            yield client
        except redis.RedisError as error:
            raise Unavailable(f"Redis at {shown_redis_url(url)} cannot be read: {error}") from error


def _await_first_answer(client: redis.Redis) -> None:
    # In a thread, because a name server that keeps silent holds a look-up for longer than a socket's timeout.
    failures: list[redis.RedisError] = []

    def ping() -> None:
        try:
            client.ping()
        except redis.RedisError as failure:
            failures.append(failure)

    asking = threading.Thread(target=ping, name="first-answer", daemon=True)
    asking.start()
    asking.join(FIRST_ANSWER_TIMEOUT_S)
    if asking.is_alive():
        raise redis.TimeoutError(f"no answer within {FIRST_ANSWER_TIMEOUT_S:g} s")
    if failures:
        raise failures[0]


def _client(url: str, silence_timeout_s: float, connect_timeout_s: float = CONNECT_TIMEOUT_S) -> redis.Redis:
    servers = redis_servers(check_redis_url(url))
    limits: dict[str, Any] = {
        "socket_connect_timeout": connect_timeout_s,
        "socket_timeout": silence_timeout_s,
        # The client reads large hashes twice as fast in version 2 of the protocol.
        "protocol": 2,
    }
    if servers is None:
        return redis.Redis.from_url(url, retry=Retry(NoBackoff(), 0), **limits)
    limits |= servers.options
    if servers.kind is Kind.CLUSTER:
        # It has every method that is called here, and cannot be a subclass: it connects when it is made.
        return cast("redis.Redis", ClusterClient(servers.hosts, limits))
    of_sentinels = {"socket_connect_timeout": SENTINEL_TIMEOUT_S, "socket_timeout": SENTINEL_TIMEOUT_S}
    sentinel: Any = Sentinel(servers.hosts, sentinel_kwargs=of_sentinels | servers.sentinel_options)  # type: ignore[no-untyped-call]  # untyped in redis-py
    return cast("redis.Redis", sentinel.master_for(servers.master, retry=Retry(NoBackoff(), 0), **limits))
