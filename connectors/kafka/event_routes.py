"""To which topic an event goes, and under which key: what belongs together stays in one partition, and in order."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, NamedTuple

import msgspec

from connectors.kafka.topics import TopicNames
from state.bad_events import BadEvent
from state.event_json import parse_line
from state.event_lines import type_of

UNREADABLE: Final = "unreadable"
"""The type of a line whose type cannot be read. The dataflow dead-letters it with the reason."""

_KEY_BYTES_MAX: Final = 4_096
"""Two ids of 256 characters need less."""


class ProducerRecord(NamedTuple):
    """A record that is to be written."""

    topic: str
    key: bytes | None
    value: bytes | None
    """None: the key is to be forgotten (a tombstone)."""


class _Head(msgspec.Struct, gc=False):
    """What the topic and the key of an event are made of; whether the event fits is for the dataflow to say."""

    type: Any = None
    account: Any = None
    contact: Any = None
    order: Any = None


_READ_HEAD: Final = msgspec.json.Decoder(_Head).decode
_KEY: Final = msgspec.json.Encoder().encode


class EventRoutes:
    """The topic of each type of event."""

    def __init__(self, names: TopicNames) -> None:
        self._topics = {
            "touch": names.touches,
            "order": names.orders,
            "contact": names.profiles,
            "campaign": names.profiles,
            "settings": names.profiles,
            "erase": names.profiles,
            UNREADABLE: names.touches,
        }

    def route(self, line: bytes) -> tuple[str, ProducerRecord]:
        """The type of an event (or `UNREADABLE`) and its record."""
        kind, key = _kind_and_key(line)
        return kind, ProducerRecord(self._topics[kind], key, line)

    def records(self, lines: Iterable[bytes]) -> list[ProducerRecord]:
        """The records of events, one a line."""
        return [self.route(line)[1] for line in lines]


def _kind_and_key(line: bytes) -> tuple[str, bytes | None]:
    """The type of an event and its record key: one contact's touches, one order's events and one account's profiles
    stay in one partition each, and in order."""
    head = _head(line)
    if head is None:
        return UNREADABLE, None
    match head.type:
        case "touch":
            key = _KEY((head.account, head.contact))
        case "order":
            key = _KEY((head.account, head.order))
        case "contact" | "campaign" | "settings" | "erase":
            key = _KEY((head.account,))
        case _:
            return UNREADABLE, None
    return head.type, key if len(key) <= _KEY_BYTES_MAX else None


def _head(line: bytes) -> _Head | None:
    """None where no event can be read."""
    try:
        return _READ_HEAD(line)
    except (msgspec.MsgspecError, RecursionError, ValueError):
        pass
    # The fast decoder refuses more than JSON does (`state.json_members`).
    try:
        event = parse_line(line)
    except BadEvent:
        return None
    return _Head(type_of(event), event.account, getattr(event, "contact", None), getattr(event, "order", None))
