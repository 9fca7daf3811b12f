"""Settings that lie in Kafka and that the dataflow has not taken in yet: what a change has to begin with."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Final

from connectors.kafka.record_lines import lines_of, runs_of
from connectors.kafka.topic_tail import messages_since
from state.bad_events import BadEvent
from state.event_json import read_line
from state.events import SettingsChange

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
    for messages in messages_since(bootstrap_servers, topic, positions, "settings"):
        for run in runs_of(messages, single=False):
            yield from lines_of(run).lines
