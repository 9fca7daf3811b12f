"""Settings that lie in Kafka and that the dataflow has not taken in yet: what a change has to begin with."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Final

from connectors.kafka.record_lines import lines_of, runs_of
from connectors.kafka.topic_tail import messages_since
from connectors.kafka.topics import TopicNames, ensure_topics, topic_plans
from state.bad_events import BadEvent
from state.event_json import read_line
from state.events import SettingsChange
from state.timeline import Timeline, version_of

_MARK: Final = b"settings"
"""Every settings event has this in it; most other lines have not, and need not be parsed."""


def with_unread_settings(
    timeline: Timeline, account: str, bootstrap_servers: str, names: TopicNames, positions: Mapping[str, int]
) -> Timeline:
    """`timeline` with the changes that lie behind `positions`; or the second of two changes would undo the first.

    The topic is made where it is missing. Raises what `settings_since` and `ensure_topics` raise.
    """
    ensure_topics(bootstrap_servers, [plan for plan in topic_plans(names) if plan.name == names.profiles])
    for change in settings_since(bootstrap_servers, names.profiles, positions, account):
        timeline = timeline.with_version(version_of(change))
    return timeline


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
