"""Which dead letters hold an event that fits after all: put right by hand, by the time or by a newer version."""

from __future__ import annotations

import base64
import binascii
from typing import Final, NamedTuple

import msgspec

from state.bad_events import BadEvent
from state.dead_letters import MAX_EVENT_BYTES, TOO_LARGE, TOO_LATE, DeadLetter
from state.event_json import read_line

NO_LETTER: Final = "no_dead_letter"
"""What a line is counted by that is none."""

_LETTER: Final = msgspec.json.Decoder(DeadLetter).decode
_BREAKS: Final = bytes.maketrans(b"\r\n", b"  ")
"""A letter that somebody has laid out over several lines is one event: line breaks stand between members only."""


class StillRefused(NamedTuple):
    """A letter whose event does not fit; `code` as in the letter, or what it is refused by today."""

    code: str


def read_letter(line: bytes) -> DeadLetter | StillRefused:
    """The dead letter that a line is."""
    try:
        return _LETTER(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return StillRefused(NO_LETTER)


def mended_event(letter: DeadLetter, now_ms: int, *, with_too_late: bool = False) -> bytes | StillRefused:
    """The contract event of a dead letter if it fits at `now_ms` (wall clock), on one line; else why not.

    `with_too_late`: also what came too late, of which only the dataflow knows whether it still is.
    """
    if letter.code == TOO_LATE and not with_too_late:
        return StillRefused(TOO_LATE)
    event = whole_event(letter)
    if event is None:
        return StillRefused(letter.code)
    if len(event) > MAX_EVENT_BYTES:
        return StillRefused(TOO_LARGE)
    try:
        read_line(event, now_ms)
    except BadEvent as bad:
        return StillRefused(bad.code)
    return event


def whole_event(letter: DeadLetter) -> bytes | None:
    """What stood in the source. None: only a part of it is kept, or its contact was erased."""
    if letter.length is not None:
        return None
    if letter.raw is not None:
        return letter.raw.encode().translate(_BREAKS)
    if letter.raw_base64 is None:
        return None
    try:
        return base64.b64decode(letter.raw_base64, validate=True).translate(_BREAKS)
    except (binascii.Error, ValueError):
        return None
