"""JSON as msgspec writes it, of values that are packed: texts, amounts and times, each straight to its place."""

from __future__ import annotations

from typing import Final

import numpy as np

from kernels.compiling import inner
from kernels.dates import put_day, put_two_digits
from kernels.layout import Bytes
from kernels.msgpack import NIL, copy
from kernels.msgpack_reading import head_bytes, head_length, read_number
from state.times import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS

_QUOTE: Final = ord('"')
_FIGURES_MOST: Final = 19
"""Of a number of 63 bits."""


def literal(text: str) -> Bytes:
    """A text that stands in every object."""
    return np.frombuffer(text.encode(), np.uint8)


_NULL: Final = literal("null")


@inner
def is_plain(packed: Bytes, at: int) -> bool:
    """Whether a text, or nothing, needs no escape: no quote, no backslash and no control character stands in it."""
    start, odd = at + head_bytes(packed, at), 0
    for k in range(start, start + head_length(packed, at)):
        byte = packed[np.uint64(k)]
        odd |= (byte < 32) | (byte == 34) | (byte == 92)
    return odd == 0


@inner
def put_literal(text: Bytes, out: Bytes, to: int) -> int:
    """Write what stands in every object. Returns where the next goes, as all of these do."""
    return copy(text, 0, len(text), out, to)


@inner
def put_json_text(packed: Bytes, at: int, out: Bytes, to: int) -> int:
    """Write a plain text that is packed at `at`, or null for nothing."""
    if packed[at] == NIL:
        return put_literal(_NULL, out, to)
    out[to] = _QUOTE
    to = copy(packed, at + head_bytes(packed, at), head_length(packed, at), out, to + 1)
    out[to] = _QUOTE
    return to + 1


@inner
def put_json_amount(packed: Bytes, at: int, decimals: int, out: Bytes, to: int) -> int:
    """Write minor units, which are not negative, as `state.money.format_amount` has them, or null for nothing."""
    if packed[at] == NIL:
        return put_literal(_NULL, out, to)
    out[to] = _QUOTE
    to = _put_figures(read_number(packed, at), decimals, out, to + 1)
    out[to] = _QUOTE
    return to + 1


@inner
def _put_figures(number: int, decimals: int, out: Bytes, to: int) -> int:
    """Write a number that is not negative, with a point before its last figures, and at least one before that."""
    figures, bound = 1, 10
    while figures < _FIGURES_MOST and (bound <= number or figures <= decimals):
        figures += 1
        bound *= 10
    end = to + figures + (1 if decimals else 0)
    place = end
    for written in range(figures):
        if written == decimals and written:
            place -= 1
            out[place] = ord(".")
        place -= 1
        out[place] = ord("0") + number % 10
        number //= 10
    return end


@inner
def put_number_text(number: int, out: Bytes, to: int) -> int:
    """Write the figures of a number that is not negative."""
    return _put_figures(number, 0, out, to)


@inner
def put_json_time(ms: int, out: Bytes, to: int) -> int:
    """Write a time from 1970 on, as `state.times.format_time` has it."""
    out[to] = _QUOTE
    to = put_day(ms // DAY_MS, out, to + 1)
    ms %= DAY_MS
    out[to] = ord("T")
    put_two_digits(ms // HOUR_MS, out, to + 1)
    out[to + 3] = ord(":")
    put_two_digits(ms % HOUR_MS // MINUTE_MS, out, to + 4)
    out[to + 6] = ord(":")
    put_two_digits(ms % MINUTE_MS // SECOND_MS, out, to + 7)
    out[to + 9] = ord(".")
    ms %= SECOND_MS
    out[to + 10] = ord("0") + ms // 100
    put_two_digits(ms % 100, out, to + 11)
    out[to + 13] = ord("Z")
    out[to + 14] = _QUOTE
    return to + 15
