"""The last part of a topic, read once, from given offsets to its end."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from typing import Any, Final

from confluent_kafka import OFFSET_BEGINNING, Consumer, Message, TopicPartition

from connectors.kafka.client import client_config
from connectors.kafka.record_lines import unit_of
from connectors.kafka.topics import BrokerUnavailable, end_positions

_POLL_S: Final = 0.3
_SILENCE_MAX_S: Final = 8.0
_RECORDS_MAX: Final = 10_000


def messages_since(
    bootstrap_servers: str, topic: str, positions: Mapping[str, int], role: str
) -> Iterator[list[Message]]:
    """The records of a topic from `positions` (next offsets by unit; a unit that is not there: all) to its end.

    `role` is in the client's id in the broker's log. A position behind the end is of a topic that was made anew, and is
    read from its start. Raises `MissingTopic`, and `BrokerUnavailable` for a broker that does not answer in time.
    """
    ends = end_positions(bootstrap_servers, [topic])
    reached = {unit: at for unit, at in positions.items() if at <= ends.get(unit, 0)}
    parts = [TopicPartition(topic, n, reached.get(unit_of(topic, n), OFFSET_BEGINNING)) for n in range(len(ends))]
    config: dict[str, Any] = {"group.id": "lasttouch", "enable.auto.commit": False, "auto.offset.reset": "earliest"}
    with closing(Consumer(client_config(bootstrap_servers, role, config))) as consumer:
        consumer.assign(parts)
        silent_since = time.monotonic()
        while True:
            messages = _records(consumer.consume(_RECORDS_MAX, _POLL_S), bootstrap_servers)
            if messages:
                silent_since = time.monotonic()
                for message in messages:
                    reached[unit_of(topic, message.partition() or 0)] = (message.offset() or 0) + 1
                yield messages
            elif all(reached.get(unit, 0) >= end for unit, end in ends.items()):
                # A broker may tell too low an end (Tansu does), or have got more meanwhile: only a poll that brings
                # nothing while the broker answers, and tells nothing new, shows that this is all.
                told, ends = ends, end_positions(bootstrap_servers, [topic])
                if ends == told:
                    return
            elif time.monotonic() - silent_since > _SILENCE_MAX_S:
                raise BrokerUnavailable(
                    f"Kafka at {bootstrap_servers} stopped answering: topic {topic} has more to read"
                )


def _records(messages: Sequence[Message], bootstrap_servers: str) -> list[Message]:
    for message in messages:
        error = message.error()
        if error is not None:
            raise BrokerUnavailable(f"Kafka at {bootstrap_servers} cannot be read: {error.str()}")
    return list(messages)
