"""A touch as the packed entry of its message, and what it counts as (`state.touches.row`)."""

from __future__ import annotations

from typing import Final

import numpy as np

from kernels.compiling import inner
from kernels.layout import Bytes, Record
from kernels.msgpack import copy_until
from kernels.sixteen_bytes import AT_ONCE
from kernels.tags import put_tags, tags_bytes
from state.messages import AUTOMATED, HUMAN, PLAIN_TIME_BYTES, RS, US
from state.settings import EVENTS
from state.touches import MARKED, PLAIN

_RS: Final = RS[0]
_US: Final = US[0]
_LETTERS: Final = np.array([[ord(letters[event]) for event in EVENTS] for letters in (HUMAN, AUTOMATED)], np.uint8)
_EVENT_NAMES: Final = np.frombuffer(b"".join(event.encode().ljust(AT_ONCE) for event in EVENTS), np.uint8).copy()
assert all(len(event) <= AT_ONCE for event in EVENTS)
_EVENT_LENGTHS: Final = np.array([len(event) for event in EVENTS], np.int64)
_DIGITS: Final = np.array(list(b"0123456789abcdef"), np.uint8)
_TIME_DIGITS: Final = PLAIN_TIME_BYTES - 1


@inner
def entry_bytes(text: Bytes, touch: Record) -> int:
    """How long the entry of a `TOUCH` is."""
    names = touch.channel_length + touch.campaign_length + touch.message_length
    return names + 4 + PLAIN_TIME_BYTES + (tags_bytes(text, touch) if touch.tags_length else 0)


@inner
def put_entry(text: Bytes, touch: Record, out: Bytes, at: int, end: int) -> int:
    """Write the entry of a `TOUCH` to a column that ends at `end`. Returns where the next value goes."""
    out[at] = _RS
    at = copy_until(text, touch.channel_at, touch.channel_length, out, at + 1, end)
    out[at] = _US
    at = copy_until(text, touch.campaign_at, touch.campaign_length, out, at + 1, end)
    out[at] = _US
    at = copy_until(text, touch.message_at, touch.message_length, out, at + 1, end)
    out[at] = _US
    out[at + 1] = _LETTERS[touch.automated, touch.event]
    at += 2
    for k in range(_TIME_DIGITS):
        out[at + k] = _DIGITS[(touch.time >> (4 * (_TIME_DIGITS - 1 - k))) & 0xF]
    at += _TIME_DIGITS
    return put_tags(text, touch, out, at) if touch.tags_length else at


@inner
def form_of(touch: Record) -> int:
    """How the entry of a `TOUCH` ends, as `state.touches` says it."""
    return MARKED if touch.automated or touch.tags_length else PLAIN


@inner
def kind_bytes(touch: Record) -> int:
    """How long what a `TOUCH` counts as is."""
    return touch.channel_length + touch.campaign_length + 2 + _EVENT_LENGTHS[touch.event]


@inner
def put_kind(text: Bytes, touch: Record, out: Bytes, at: int, end: int) -> int:
    """Write what a `TOUCH` counts as (`state.ledger.touch_kind`), to a column that ends at `end`.

    Returns where the next value goes.
    """
    at = copy_until(text, touch.channel_at, touch.channel_length, out, at, end)
    out[at] = _US
    at = copy_until(text, touch.campaign_at, touch.campaign_length, out, at + 1, end)
    out[at] = _US
    return copy_until(_EVENT_NAMES, touch.event * AT_ONCE, _EVENT_LENGTHS[touch.event], out, at + 1, end)
