"""Records into a Kafka topic: idempotent, every delivery checked, all of an epoch delivered before it is done."""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from bytewax.outputs import FixedPartitionedSink, StatefulSinkPartition
from confluent_kafka import KafkaError, KafkaException, Message, Producer

from config.errors import Unavailable
from config.stopping import StopRequest
from connectors.kafka.client import PRODUCER_CONFIG, client_config, error_of
from connectors.kafka.topics import TopicPlan, ensure_topics

Record = tuple[bytes | None, bytes]
"""Key and value."""

PRODUCER_PARTITIONS: Final = tuple(f"{number:02d}" for number in range(4))
"""Fixed for the life of a recovery store; how many partitions the topic has does not matter."""

STOP_GRACE_S: Final = 5.0
"""How long a broker that is away is still waited for after a stop is requested."""
_WAIT_S: Final = 0.1


class DeliveryFailed(Unavailable):
    """Kafka took a record for good not, or not before the end; one line that names the topic and the reason."""


class KafkaSink(FixedPartitionedSink[list[Record], int]):
    """Writes the records of each item, in order, to `topic`; records of one item key are never overtaken.

    A broker that is away is waited for without end; once a stop is requested, for `STOP_GRACE_S`. Raises
    `DeliveryFailed` from the write or the snapshot after the failure: what the recovery store does not know to be
    delivered comes again at the next start. `extra_config` are librdkafka settings that win over those here.

    `plan`: how the topic is made if it is not there when the sink is. So a topic that was deleted while a run wrote to
    it, which fails a delivery, is made anew at the next start. Raises `BrokerUnavailable` and `TopicRefused` then.
    """

    def __init__(
        self,
        bootstrap_servers: str,
        topic: str,
        *,
        stop: StopRequest,
        plan: TopicPlan | None = None,
        extra_config: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        if plan is not None:
            ensure_topics(bootstrap_servers, [plan])
        self._bootstrap_servers = bootstrap_servers
        self._topic = topic
        self._stop = stop
        self._extra_config = dict(extra_config)

    def list_parts(self) -> list[str]:
        return list(PRODUCER_PARTITIONS)

    def part_fn(self, item_key: str) -> int:
        return zlib.crc32(item_key.encode())

    def build_part(self, step_id: str, for_part: str, resume_state: int | None) -> Writer:
        # A broker that is away for long is no reason to give up a record.
        config = {**PRODUCER_CONFIG, "message.timeout.ms": "0", **self._extra_config}
        client = client_config(self._bootstrap_servers, f"sink-{self._topic}-{for_part}", config)
        return Writer(client, self._topic, resume_state or 0, self._stop)


class Writer(StatefulSinkPartition[list[Record], int]):
    """One producer, and how many records it has delivered in its life: its state in the recovery store."""

    def __init__(self, config: dict[str, Any], topic: str, delivered: int, stop: StopRequest) -> None:
        self._producer = Producer(config)
        self._topic = topic
        self._delivered = delivered
        self._stop = stop
        self._failure: KafkaError | None = None
        self._written = 0

    def write_batch(self, values: list[list[Record]]) -> None:
        self._producer.poll(0)
        for records in values:
            for key, value in records:
                self._raise_if_failed()
                self._produce(key, value)

    def snapshot(self) -> int:
        self._wait(lambda: self._producer.flush(_WAIT_S) == 0)
        self._delivered += self._written
        self._written = 0
        return self._delivered

    def close(self) -> None:
        # Nothing is left here after a snapshot; after a failure, what is left is of an epoch that comes again.
        self._producer.purge()
        self._producer.flush(_WAIT_S)

    def _produce(self, key: bytes | None, value: bytes) -> None:
        try:
            while not self._is_queued(key, value):
                self._wait(lambda: self._producer.poll(_WAIT_S) > 0)
        except KafkaException as failure:
            raise self._failed(error_of(failure)) from failure
        self._written += 1

    def _is_queued(self, key: bytes | None, value: bytes) -> bool:
        try:
            self._producer.produce(self._topic, value, key, on_delivery=self._on_delivery)
        except BufferError:
            return False
        return True

    def _wait(self, is_done: Callable[[], bool]) -> None:
        """Call `is_done`, which takes a moment each time, until it is true."""
        give_up_at: float | None = None
        while not is_done():
            self._raise_if_failed()
            if not self._stop.requested:
                continue
            if give_up_at is None:
                give_up_at = time.monotonic() + STOP_GRACE_S
            if time.monotonic() > give_up_at:
                raise DeliveryFailed(
                    f"Kafka topic {self._topic}: {len(self._producer)} records could not be delivered within "
                    f"{STOP_GRACE_S:g} s of the request to stop; they come again at the next start"
                )
        self._raise_if_failed()

    def _on_delivery(self, error: KafkaError | None, _record: Message) -> None:
        if error is not None and self._failure is None:
            self._failure = error

    def _raise_if_failed(self) -> None:
        if self._failure is not None:
            raise self._failed(self._failure)

    def _failed(self, error: KafkaError) -> DeliveryFailed:
        return DeliveryFailed(f"Kafka topic {self._topic}: a record was not taken: {error.str()} ({error.name()})")
