"""Dead letters: events that do not fit, whole, with their reason and their position (contract §6.3)."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Final

import msgspec

from state.bad_events import Code
from state.events import At

MAX_EVENT_BYTES: Final = 1_048_576
"""The longest event (contract §6)."""

TOO_LATE: Final = "too_late"
"""The code of an event that arrived beyond a bound of the state (contract §2)."""

TOO_LARGE: Final = "too_large"
"""The code of an event that is too long to be read."""


@dataclass(frozen=True, slots=True)
class Oversized:
    """An event longer than `MAX_EVENT_BYTES`: its first 64 KiB, its length in bytes and its SHA-256 (hex)."""

    at: At
    head: bytes
    length: int
    sha256: str


class DeadLetter(msgspec.Struct, frozen=True, omit_defaults=True):
    """One dead letter, in the shape it is written in."""

    code: str
    """Why, in a word: one of `state.bad_events.Code`."""
    reason: str
    """Why, in a person's words."""
    raw: str | None = None
    raw_base64: str | None = None
    """Where the event is not UTF-8."""
    topic: str | None = None
    partition: int | None = None
    offset: int | None = None
    file: str | None = None
    line: int | None = None
    """In a file, or within a record; from 1."""
    length: int | None = None
    """Bytes of an event of which only a head is kept."""
    sha256: str | None = None
    """Of the whole of such an event, hex."""


_ENCODE: Final = msgspec.json.Encoder().encode


def encode(letter: DeadLetter) -> bytes:
    """The JSON of a dead letter, on one line."""
    return _ENCODE(letter)


def dead_letter(source: str, partition: int | None, at: At, raw: bytes, code: Code, reason: str) -> DeadLetter:
    """A dead letter of an event that stood `at` in `source` (a topic if it has a partition, else a file)."""
    text, encoded = _readable(raw)
    if partition is None:
        line = at if isinstance(at, int) else at[1]
        return DeadLetter(code, reason, text, encoded, file=source, line=line)
    offset, line = (at, 1) if isinstance(at, int) else at
    return DeadLetter(code, reason, text, encoded, topic=source, partition=partition, offset=offset, line=line)


def of_oversized(source: str, partition: int | None, event: Oversized) -> DeadLetter:
    """A dead letter of an event that is too long to be kept whole."""
    reason = f"an event of {event.length} bytes is longer than 1 MiB; its first 64 KiB are kept"
    letter = dead_letter(source, partition, event.at, event.head, TOO_LARGE, reason)
    return msgspec.structs.replace(letter, length=event.length, sha256=event.sha256)


def _readable(raw: bytes) -> tuple[str | None, str | None]:
    try:
        return raw.decode(), None
    except UnicodeDecodeError:
        return None, base64.b64encode(raw).decode()
