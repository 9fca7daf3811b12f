"""How far each topic partition has been read, and of which topic: what the recovery store keeps of a Kafka source."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from config.errors import UserError
from connectors.kafka.record_lines import unit_of
from connectors.sources.raw_lines import SOURCE_PARTITIONS

State = dict[str, int | str]
"""`{"version": 2, "topic:partition": next offset, …, "topic": its id, …}`: what the recovery store keeps of a virtual
partition. Topics that are not read any more stay in it, so that one that is named again goes on where it stopped. Ids
are there for topics whose broker gives them."""

STATE_VERSION: Final = 2
VERSION_KEY: Final = "version"
"""No unit, for it has no colon; a topic of this name has no id here."""


@dataclass(frozen=True, slots=True)
class Saved:
    """Next offsets by unit, and the ids of their topics by name."""

    positions: Mapping[str, int]
    ids: Mapping[str, str]


def partition_of(topic: str, partition: int) -> str:
    """The virtual partition that reads a topic partition. Never changes, or its position would be looked for
    elsewhere."""
    return SOURCE_PARTITIONS[(zlib.crc32(topic.encode()) + partition) % len(SOURCE_PARTITIONS)]


def to_plain(positions: Mapping[str, int], ids: Mapping[str, str]) -> State:
    """The state for the recovery store, with the ids of topics that have a position."""
    topics = set(map(topic_of, positions))
    return {
        **{topic: found for topic, found in ids.items() if topic in topics},
        **positions,
        VERSION_KEY: STATE_VERSION,
    }


def from_plain(state: State | None) -> Saved:
    """What was saved. Raises `UserError` for a state that another version wrote."""
    if state is None:
        return Saved({}, {})
    if state[VERSION_KEY] != STATE_VERSION:
        raise UserError(
            f"LASTTOUCH_RECOVERY_DIR holds Kafka positions of form {state[VERSION_KEY]}, this version reads form "
            f"{STATE_VERSION}; use the version of lasttouch that wrote them, or an empty directory"
        )
    return Saved(
        {unit: at for unit, at in state.items() if isinstance(at, int) and unit != VERSION_KEY},
        {topic: found for topic, found in state.items() if isinstance(found, str)},
    )


def units_of(part: str, topic: str, partitions: int) -> dict[str, int]:
    """The topic partitions of a topic that a virtual partition reads: by unit, the partition's number."""
    return {unit_of(topic, number): number for number in range(partitions) if partition_of(topic, number) == part}


def topic_of(unit: str) -> str:
    """The topic of a topic partition."""
    return unit.rpartition(":")[0]
