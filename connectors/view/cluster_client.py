"""A client of a Redis Cluster that behaves as that of one server: it connects when it is first asked something, and all
its failures are `redis.RedisError`."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

import redis
from redis._parsers import Encoder
from redis.backoff import NoBackoff
from redis.cluster import ClusterNode, RedisCluster
from redis.commands.core import Script
from redis.exceptions import RedisClusterException
from redis.retry import Retry

TRIES_AGAIN: Final = 1
"""After a node has gone, with the cluster as it is by then; what fails again is the caller's to repeat."""
_ENCODER: Final = Encoder("utf-8", "strict", decode_responses=False)  # type: ignore[no-untyped-call]  # in redis-py


class ClusterClient:
    """Whatever `redis.RedisCluster` can do, which does it."""

    def __init__(self, hosts: Sequence[tuple[str, int]], options: Mapping[str, Any]) -> None:
        """`hosts`: of some nodes. `options`: of each connection, as redis-py takes them."""
        self._hosts, self._options = hosts, options
        self._lock = threading.Lock()
        self._connected: RedisCluster | None = None

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - whatever the method takes
            with _known_errors():
                return getattr(self._cluster(), name)(*arguments, **named)

        return call

    def ping(self) -> bool:
        """Whether every node that has keys of its own answers; a replica that is away is none's concern."""
        with _known_errors():
            return bool(self._cluster().ping(target_nodes=RedisCluster.PRIMARIES))

    def pipeline(self, transaction: bool = True) -> _Pipeline:  # noqa: FBT001, FBT002 - as redis-py has it
        """Commands that are sent together; with `transaction` they are of one slot, and nothing comes between them."""
        with _known_errors():
            return _Pipeline(self._cluster().pipeline(transaction))  # type: ignore[no-untyped-call]  # in redis-py

    def scan_iter(self, match: str | None = None, count: int | None = None) -> Iterator[bytes]:
        """The keys of all nodes."""
        with _known_errors():
            yield from self._cluster().scan_iter(match=match, count=count)

    def register_script(self, script: str) -> Script:
        """A script; it is sent when it is called first."""
        return Script(self, script)  # type: ignore[arg-type]  # it asks no more of a client than is here

    def get_encoder(self) -> Encoder:
        """How text becomes bytes."""
        return _ENCODER

    def masters(self) -> frozenset[str]:
        """The nodes ("host:port") that what was written went to last, and what is written next goes to."""
        with _known_errors():
            return frozenset(str(node.name) for node in self._cluster().get_primaries())  # type: ignore[no-untyped-call]  # in redis-py

    def close(self) -> None:
        """Let go of all connections; a later call connects anew."""
        with self._lock:
            connected, self._connected = self._connected, None
        if connected is not None:
            connected.close()

    def _cluster(self) -> RedisCluster:
        with self._lock:
            if self._connected is None:
                nodes = [ClusterNode(*host) for host in self._hosts]  # type: ignore[no-untyped-call]  # in redis-py
                retry = Retry(NoBackoff(), TRIES_AGAIN)
                self._connected = RedisCluster(startup_nodes=nodes, retry=retry, **self._options)
            return self._connected


class _Pipeline:
    """A pipeline of the cluster's own whose failures are `redis.RedisError` too."""

    def __init__(self, pipeline: Any) -> None:  # noqa: ANN401 - redis-py's is not typed
        self._pipeline = pipeline

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - whatever the method takes
            with _known_errors():
                return getattr(self._pipeline, name)(*arguments, **named)

        return call


@contextmanager
def _known_errors() -> Iterator[None]:
    """That the cluster is not whole, or cannot be reached, is to the caller as any server that is away."""
    try:
        yield
    except RedisClusterException as error:
        raise redis.ConnectionError(str(error)) from error


def as_cluster(client: object) -> ClusterClient | None:
    """The client, if it is a cluster's: the rest of the program takes it for that of one server."""
    return client if isinstance(client, ClusterClient) else None
