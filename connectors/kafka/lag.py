"""How many records a process has not read yet: asked when somebody wants to know, whatever the reading is doing."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import structlog
from confluent_kafka import KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient

from connectors.kafka.client import quiet_config
from connectors.kafka.partition_ends import BrokerEnds, Span

ReadTo = Callable[[], Mapping[str, tuple[TopicPartition, int | None]]]
"""By unit, a topic partition and the next offset to be read of it; None: its first."""

_log: Final = structlog.get_logger("kafka")


class Lag:
    """The lag of the partitions that are read in this process."""

    def __init__(self, bootstrap_servers: str, topics: Sequence[str]) -> None:
        self._topics = tuple(topics)
        self._readers: list[ReadTo] = []
        self._lock = threading.Lock()
        self._spans: dict[str, Span] = {}
        self._ends = BrokerEnds(lambda: AdminClient(quiet_config(bootstrap_servers, []) | {"error_cb": _unsaid}))

    def add(self, read_to: ReadTo) -> None:
        """One more reader."""
        self._readers.append(read_to)

    def by_topic(self) -> Mapping[str, int]:
        """Records not read yet, by topic. Asks the broker; while it is away, what it said last holds."""
        with self._lock:
            units = {unit: tp for read_to in list(self._readers) for unit, (tp, _) in read_to().items()}
            try:
                self._spans.update(self._ends.spans(units))
            except KafkaException as error:
                _log.debug("kafka_no_answer", question="lag", error=str(error))
            lag = dict.fromkeys(self._topics, 0)
            # Asked after the ends: what is read meanwhile makes it less, never more.
            for read_to in list(self._readers):
                for unit, (tp, position) in read_to().items():
                    if unit in self._spans:
                        first, end = self._spans[unit]
                        lag[tp.topic] = lag.get(tp.topic, 0) + max(0, end - max(first, position or 0))
            return lag


def _unsaid(error: KafkaError) -> None:
    """The clients that read and write say when a broker is away."""
    del error
