"""Settings that lie in Kafka and that the dataflow has not taken in yet: what a change has to begin with."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from typing import Any, Final

from confluent_kafka import OFFSET_BEGINNING, Consumer, Message, TopicPartition

from connectors.kafka.client import client_config
from connectors.kafka.record_lines import lines_of, runs_of, unit_of
from connectors.kafka.topics import BrokerUnavailable, end_positions
from state.bad_events import BadEvent
from state.event_json import read_line
from state.events import SettingsChange

_POLL_S: Final = 0.3
_SILENCE_MAX_S: Final = 8.0
_RECORDS_MAX: Final = 10_000
_MARK: Final = b"settings"
"""Every settings event has this in it; most other lines have not, and need not be parsed."""


def settings_since(
    bootstrap_servers: str, topic: str, positions: Mapping[str, int], account: str
) -> list[SettingsChange]:
    """The settings events of an account behind `positions` (next offsets by unit; a unit that is not there: all).

    Raises `MissingTopic`, and `BrokerUnavailable` for a broker that does not answer in time.
    """
    now_ms = time.time_ns() // 1_000_000
    changes: list[SettingsChange] = []
    for line in _lines(bootstrap_servers, topic, positions):
        if _MARK not in line:
            continue
        try:
            _, event = read_line(line, now_ms)
        except BadEvent:
            continue  # the dataflow dead-letters it
        if isinstance(event, SettingsChange) and event.account == account:
            changes.append(event)
    return changes


def _lines(bootstrap_servers: str, topic: str, positions: Mapping[str, int]) -> Iterator[bytes]:
    ends = end_positions(bootstrap_servers, [topic])
    parts = [TopicPartition(topic, n, positions.get(unit_of(topic, n), OFFSET_BEGINNING)) for n in range(len(ends))]
    config: dict[str, Any] = {"group.id": "lasttouch", "enable.auto.commit": False, "auto.offset.reset": "earliest"}
    with closing(Consumer(client_config(bootstrap_servers, "settings", config))) as consumer:
        consumer.assign(parts)
        reached = {unit: positions.get(unit, 0) for unit in ends}
        silent_since = time.monotonic()
        while True:
            messages = _records(consumer.consume(_RECORDS_MAX, _POLL_S), bootstrap_servers)
            for run in runs_of(messages, single=len(parts) == 1):
                reached[run.unit] = run.next_offset
                yield from lines_of(run).lines
            if messages:
                silent_since = time.monotonic()
            # A broker may tell too low an end (Tansu does): only a poll that brings nothing shows that this is all.
            elif all(reached[unit] >= end for unit, end in ends.items()):
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
