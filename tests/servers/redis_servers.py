"""Redis as it is set up in earnest: with TLS and a user, behind sentinels, as a cluster whose nodes have replicas."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar, Final

import redis

from connectors.embedded.server_process import ServerFailed, ServerProcess
from connectors.embedded.servers import EmbeddedValkey
from tests.servers.certificates import Certificates, make_certificates
from tests.servers.ports import own_port
from tests.waiting import PATIENCE_S, await_that

USER: Final = "lasttouch"
PASSWORD: Final = "b4d-p/ss@word"
MASTER: Final = "view"
_NODE_TIMEOUT_MS: Final = 1_000
_SLOTS: Final = 16_384


class SecuredRedis(ServerProcess):
    """Debian's redis-server, which is built with TLS: no plain port, and a user who may touch only our keys."""

    name: ClassVar[str] = "Redis with TLS"

    def __init__(self) -> None:
        super().__init__()
        self._certificates: Certificates | None = None

    @property
    def authority(self) -> str:
        """The file that its certificate is checked with."""
        assert self._certificates is not None
        return str(self._certificates.authority)

    @property
    def url(self) -> str:
        """Without a user and a password."""
        return f"rediss://127.0.0.1:{self.port}/0?ssl_ca_certs={self.authority}"

    def client(self) -> redis.Redis:
        return redis.Redis.from_url(self.url, username=USER, password=PASSWORD, socket_timeout=PATIENCE_S)

    def command(self) -> list[str]:
        binary = shutil.which("redis-server")
        if binary is None:
            raise ServerFailed("Redis with TLS cannot be started: redis-server is not on the PATH; install it")
        made = self._certificates = make_certificates(self.folder / "certificates")
        users = self.folder / "users.acl"
        users.write_text(f"user default off\nuser {USER} on >{PASSWORD} ~lasttouch:* &__redis__:* +@all -@dangerous\n")
        return [
            *(binary, "--bind", "127.0.0.1", "--port", "0", "--tls-port", str(self.port), "--save", ""),
            *("--tls-cert-file", str(made.certificate), "--tls-key-file", str(made.key)),
            *("--tls-ca-cert-file", str(made.authority), "--tls-auth-clients", "no"),
            *("--dir", str(self.folder), "--aclfile", str(users)),
        ]

    def is_ready(self) -> bool:
        with self.client() as client:
            try:
                return bool(client.ping())
            except (redis.ConnectionError, redis.TimeoutError):
                return False


class _Node(EmbeddedValkey):
    """A server with more on its command line."""

    def __init__(self, *options: str) -> None:
        super().__init__()
        self._options = options

    def command(self) -> list[str]:
        return [*super().command(), *self._options]


class _ClusterNode(_Node):
    def __init__(self) -> None:
        # Its usual one is 10,000 above the other: too high for some, and others' connections may have it.
        self.bus_port = own_port()
        super().__init__(
            *("--cluster-enabled", "yes", "--cluster-node-timeout", str(_NODE_TIMEOUT_MS)),
            *("--cluster-port", str(self.bus_port)),
        )


class _Sentinel(_Node):
    """A server that watches over another."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self._master_port = port

    def command(self) -> list[str]:
        config = self.folder / "sentinel.conf"
        config.write_text(
            f"port {self.port}\nbind 127.0.0.1\ndir {self.folder}\n"
            f"sentinel monitor {MASTER} 127.0.0.1 {self._master_port} 2\n"
            f"sentinel down-after-milliseconds {MASTER} {_NODE_TIMEOUT_MS}\n"
            f"sentinel failover-timeout {MASTER} 3000\n"
        )
        return [super().command()[0], str(config), "--sentinel"]


@dataclass(frozen=True)
class Failing:
    """Several servers that are one Redis, and the one that is killed."""

    url: str
    servers: tuple[EmbeddedValkey, ...]

    def kill_one(self) -> None:
        """The first, which is a master; another takes its place by itself."""
        self.servers[0].kill()


@contextmanager
def sentinels() -> Iterator[Failing]:
    """A master, its replica, and three sentinels."""
    with ExitStack() as stack:
        master = stack.enter_context(_Node())
        replica = stack.enter_context(_Node("--replicaof", "127.0.0.1", str(master.port)))
        watching = [stack.enter_context(_Sentinel(master.port)) for _ in range(3)]
        with redis.Redis(port=watching[0].port) as client:
            await_that(lambda: _knows_all(client), "sentinels that know each other and the replica")
        with redis.Redis(port=replica.port) as client:
            await_that(partial(_has_all, client), "a replica that has what its master has")
        hosts = ",".join(f"127.0.0.1:{each.port}" for each in watching)
        yield Failing(f"redis+sentinel://{hosts}/{MASTER}/0", (master, replica, *watching))


def _knows_all(client: redis.Redis) -> bool:
    state = _ask(client, "SENTINEL MASTER", MASTER)
    return bool(state["num-other-sentinels"] == 2 and state["num-slaves"] == 1)


@contextmanager
def cluster() -> Iterator[Failing]:
    """Three masters, each with a replica."""
    with ExitStack() as stack:
        nodes = [stack.enter_context(_ClusterNode()) for _ in range(6)]
        clients = [stack.enter_context(redis.Redis(port=node.port)) for node in nodes]
        for node in nodes[1:]:
            _ask(clients[0], "CLUSTER", "MEET", "127.0.0.1", node.port, node.bus_port)
        slot = _ask(clients[0], "CLUSTER KEYSLOT", "{acme}")
        for number, client in enumerate(clients[:3]):
            # The first has the account, so that nothing is whole before its replica has taken over.
            part = (slot * 3 // _SLOTS + number) % 3
            first, last = -(-part * _SLOTS // 3), -(-(part + 1) * _SLOTS // 3) - 1
            _ask(client, "CLUSTER", "ADDSLOTSRANGE", first, last)
        ids = [_ask(client, "CLUSTER", "MYID").decode() for client in clients]
        for client in clients:
            await_that(partial(_knows, client, set(ids)), "nodes that know each other")
        for replica, master in zip(clients[3:], ids[:3], strict=True):
            _ask(replica, "CLUSTER", "REPLICATE", master)
        for client in clients:
            await_that(partial(_is_whole, client), "a cluster that is whole")
        for client in clients[3:]:
            await_that(partial(_has_all, client), "a replica that has what its master has")
        hosts = ",".join(f"127.0.0.1:{node.port}" for node in nodes[:3])
        yield Failing(f"redis+cluster://{hosts}", tuple(nodes))


def _knows(client: redis.Redis, ids: set[str]) -> bool:
    """One that it has only heard of is listed, too, by a name that is not its own."""
    return {node["node_id"] for node in _ask(client, "CLUSTER NODES").values()} == ids


def _is_whole(client: redis.Redis) -> bool:
    nodes = _ask(client, "CLUSTER NODES").values()
    connected = [node for node in nodes if "slave" in node["flags"] and node["connected"]]
    return len(connected) == 3 and _ask(client, "CLUSTER INFO")["cluster_state"] == "ok"


def _has_all(client: redis.Redis) -> bool:
    """Whether this replica has had everything once; one that never had does not take over."""
    return bool(client.info("replication")["master_link_status"] == "up")


def _ask(client: redis.Redis, *words: str | int) -> Any:
    return client.execute_command(*words)  # type: ignore[no-untyped-call]  # in redis-py
