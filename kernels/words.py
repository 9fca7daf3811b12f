"""Bytes compared: one by one, or eight at once as a number, so that a known name is found by one comparison."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from kernels.compiling import inner
from kernels.layout import Bytes, Numbers

UNKNOWN: Final = -1
"""No known word."""


@inner
def is_same(one: Bytes, at: int, other: Bytes, other_at: int, length: int) -> bool:
    """Whether `length` bytes of both are the same."""
    k = 0
    while k < length and one[np.uint64(at + k)] == other[np.uint64(other_at + k)]:
        k += 1
    return k == length


@inner
def first_word(text: Bytes, at: int, length: int) -> int:
    """The first eight of `length` bytes at `at` as one number, the first of them lowest; what is missing is 0.

    Looks at all eight, whatever the length.
    """
    number, start = 0, np.uint64(at)
    for k in range(8):
        number |= int(np.int64(text[start + np.uint64(k)])) << (8 * k)
    return number if length >= 8 else number & ((1 << (8 * length)) - 1)


@inner
def second_word(text: Bytes, at: int, length: int) -> int:
    """The second eight of `length` bytes at `at`, as `first_word` has the first; 0 where there are none."""
    return first_word(text, at + 8, length - 8) if length > 8 else 0


@inner
def find_word(text: Bytes, at: int, length: int, words: Numbers) -> int:
    """Which of `words` (`word_triples`) the `length` bytes at `at` are, as its number there; `UNKNOWN`: none."""
    return find_word_from(text, at, length, words, 0)


@inner
def find_word_from(text: Bytes, at: int, length: int, words: Numbers, number: int) -> int:
    """The same, sooner where it is the one of this number, or one of the next ones."""
    if length > 24:
        return UNKNOWN
    first, second = first_word(text, at, length), second_word(text, at, length)
    third = first_word(text, at + 16, length - 16) if length > 16 else 0
    for _ in range(len(words)):
        if number >= len(words):
            number = 0
        is_start = words[number, 0] == length and words[number, 1] == first and words[number, 2] == second
        if is_start and words[number, 3] == third:
            return number
        number += 1
    return UNKNOWN


def word_triples(known: Sequence[str]) -> Numbers:
    """For each text of at most 24 bytes its length and its three words."""
    rows = [text.encode() for text in known]
    assert all(len(row) <= 24 for row in rows)
    words = [[len(row), *np.frombuffer(row.ljust(24, b"\0"), "<i8").tolist()] for row in rows]
    return np.array(words, np.int64)
