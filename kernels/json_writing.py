"""JSON as msgspec writes it, of values that are packed: texts, amounts and times, each straight to its place.

Behind what is packed and behind what is written there is room for a word (`kernels.word_copies`).
"""

from __future__ import annotations

from typing import Final

import numpy as np

from kernels.compiling import inner
from kernels.dates import put_day, put_two_digits
from kernels.layout import Bytes
from kernels.msgpack import NIL
from kernels.msgpack_reading import head_bytes, head_length, read_number
from kernels.word_copies import WORD_BYTES, copy_words
from kernels.words import first_word
from state.times import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS

_QUOTE: Final = ord('"')
_FIGURES_MOST: Final = 19
"""Of a number of 63 bits."""


def literal(text: str) -> Bytes:
    """A text that stands in every object, and a word behind it."""
    return np.frombuffer(text.encode() + bytes(WORD_BYTES), np.uint8)


_NULL: Final = literal("null")


def _each(byte: int) -> int:
    """A word of such bytes."""
    return int.from_bytes(bytes([byte]) * WORD_BYTES, "little", signed=True)


_ONES, _HIGHEST, _BLANKS, _QUOTES, _BACKSLASHES = map(_each, (1, 0x80, ord(" "), _QUOTE, ord("\\")))


@inner
def _odd_bytes(word: int) -> int:
    """Not 0 where a quote, a backslash or a control character is among the bytes of a word."""
    quotes, backslashes = word ^ _QUOTES, word ^ _BACKSLASHES
    controls = (word - _BLANKS) & ~word
    return (controls | ((quotes - _ONES) & ~quotes) | ((backslashes - _ONES) & ~backslashes)) & _HIGHEST


@inner
def are_plain_bytes(packed: Bytes, at: int, end: int) -> bool:
    """Whether no byte from `at` to `end` is a quote, a backslash or a control character."""
    odd = 0
    while at + WORD_BYTES <= end:
        odd |= _odd_bytes(first_word(packed, at, WORD_BYTES))
        at += WORD_BYTES
    if at < end:
        odd |= _odd_bytes(first_word(packed, at, end - at) | (_BLANKS << (8 * (end - at))))
    return odd == 0


@inner
def is_plain(packed: Bytes, at: int) -> bool:
    """Whether a text, or nothing, needs no escape: no quote, no backslash and no control character stands in it."""
    start = at + head_bytes(packed, at)
    return are_plain_bytes(packed, start, start + head_length(packed, at))


@inner
def put_literal(text: Bytes, out: Bytes, to: int) -> int:
    """Write what stands in every object. Returns where the next goes, as all of these do."""
    return copy_words(text, 0, len(text) - WORD_BYTES, out, to)


@inner
def put_json_text(packed: Bytes, at: int, out: Bytes, to: int) -> int:
    """Write a plain text that is packed at `at`, or null for nothing."""
    if packed[at] == NIL:
        return put_literal(_NULL, out, to)
    out[to] = _QUOTE
    to = copy_words(packed, at + head_bytes(packed, at), head_length(packed, at), out, to + 1)
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
    place, left = np.uint64(end), np.uint64(number)
    for written in range(figures):
        if written == decimals and written:
            place -= np.uint64(1)
            out[place] = ord(".")
        place -= np.uint64(1)
        rest = left // np.uint64(10)
        out[place] = ord("0") + (left - rest * np.uint64(10))
        left = rest
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
