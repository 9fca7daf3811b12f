"""What every Kafka client here has in common: its settings, where its log and errors go, and the longest record."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

import structlog
from confluent_kafka import KafkaError, KafkaException, Producer

from config.errors import UserError
from config.kafka_settings import PREFIX, kafka_settings, variable_of

RECORD_BYTES_MAX: Final = 8 * 1_048_576
"""The longest record that topics made by lasttouch take. An event of 1 MiB (contract §6.3) and its frame are more than
Kafka's default of 1 MiB, and as a JSON string in a dead letter it may be six times as long."""

PRODUCER_CONFIG: Final[Mapping[str, str | bool]] = {
    "enable.idempotence": True,
    # A topic that others delete and make anew knows nothing of the batches before: of several that are on their way it
    # may refuse the first, not being there yet, and take the second, by which the client takes the first for delivered.
    "max.in.flight": "1",
    "acks": "all",
    "compression.type": "lz4",
    "linger.ms": "10",
    # Where the broker would make it by itself, a topic that was deleted would come back uncompacted.
    "allow.auto.create.topics": False,
    # As Java's clients do it, so that other programs' records of a key come to the same partition.
    "partitioner": "murmur2_random",
    "delivery.report.only.error": True,
    "message.max.bytes": str(RECORD_BYTES_MAX),
    "queue.buffering.max.messages": "100000",
    "queue.buffering.max.kbytes": "65536",
}
"""Of every producer here; each adds how long it waits."""

_QUIET_S: Final = 10.0
_LEVELS: Final = {10: "debug", 20: "info", 30: "warning", 40: "error", 50: "critical"}
"""Of Python's `logging`, in which confluent-kafka puts librdkafka's."""


class ClientLog:
    """Takes librdkafka's log lines and client-wide errors to structlog.

    They name brokers, topics and partitions, never keys or values of records. While a broker is away the same error
    comes several times a second: of each kind, one in `_QUIET_S` is told, and how many were not.
    """

    def __init__(self, role: str) -> None:
        self._log = structlog.get_logger("kafka").bind(role=role)
        self._told_at: dict[str, float] = {}
        self._not_told: Counter[str] = Counter()

    def log(self, level: int, template: str, facility: str, client: str, detail: str) -> None:
        """Called by confluent-kafka as the method of a `logging.Logger`."""
        if facility != "FAIL":  # what fails comes to `error` too
            write = getattr(self._log, _LEVELS.get(level, "warning"))
            write("kafka_client", facility=facility, detail=detail)

    def error(self, error: KafkaError) -> None:
        """An error of the client as a whole, such as a broker that went away; librdkafka goes on trying."""
        kind, now = error.name(), time.monotonic()
        if now - self._told_at.get(kind, -_QUIET_S) < _QUIET_S:
            self._not_told[kind] += 1
            return
        self._told_at[kind] = now
        self._log.warning("kafka_error", error=kind, detail=error.str(), repeated=self._not_told.pop(kind, 0))


@cache
def connection_settings() -> Mapping[str, str]:
    """The settings of connections that the environment has (`config.kafka_settings`), as librdkafka has accepted them.

    Raises `UserError`, which names the variable, for one that it does not.
    """
    settings = kafka_settings(os.environ)
    if settings:
        try:
            # It knows which there are, and which of them need each other; without servers it connects to none.
            Producer({**settings, "log_level": "0"})
        except KafkaException as failure:
            said = error_of(failure).str()
            named = next((name for name in sorted(settings, key=len, reverse=True) if name in said), None)
            where = variable_of(named) if named else f"{PREFIX}…"
            raise UserError(f"{where}: Kafka's client does not take it: {said}; correct it") from failure
    return settings


def client_config(bootstrap_servers: str, role: str, extra: Mapping[str, str | bool]) -> dict[str, Any]:
    """librdkafka settings of a client; `role` is in its id in the broker's log, and `extra` wins."""
    log = ClientLog(role)
    return {
        "bootstrap.servers": bootstrap_servers,
        "client.id": f"lasttouch-{role}",
        "socket.keepalive.enable": True,
        "reconnect.backoff.max.ms": "2000",
        "enable.metrics.push": False,
        **connection_settings(),
        "logger": log,
        "error_cb": log.error,
        **extra,
    }


def quiet_config(bootstrap: str, said: list[KafkaError]) -> dict[str, Any]:
    """A client whose errors go into the one line of an exception, not into the log."""
    return {
        "bootstrap.servers": bootstrap,
        "client.id": "lasttouch-admin",
        "log_level": "0",
        "error_cb": said.append,
        **connection_settings(),
    }


def error_of(failure: KafkaException) -> KafkaError:
    """The error that a failure carries."""
    error = failure.args[0]
    assert isinstance(error, KafkaError)
    return error
