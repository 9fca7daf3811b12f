"""Touches counted by their kinds: what `collections.Counter` does with them in `dataflows.flow.sums.combine`."""

from __future__ import annotations

from typing import Final

import numpy as np

from kernels.compiling import inner, kernel
from kernels.layout import COUNTED, KIND_BYTES, KINDS, SLACK, Bytes, Numbers, Records
from kernels.msgpack import copy
from kernels.msgpack_reading import behind_bytes
from kernels.packed_touches import columns_of
from kernels.words import first_word, is_same

_WORD_BYTES: Final = 8
_MULTIPLIER: Final = -0x61C8864680B583EB
FREE: Final = 0
"""Of a place: no kind is there. Others have the number of the kind, from 1 on."""


@inner
def _hash_of(text: Bytes, at: int, length: int, seed: int) -> int:
    """A number of 32 bits of a text, eight bytes at once: kinds are longer than ids. Of what is left at the end of a
    longer one the last eight bytes are taken, some of them once more.
    """
    mixed, end = seed, at + length
    while at + _WORD_BYTES <= end:
        mixed = (mixed ^ first_word(text, at, _WORD_BYTES)) * _MULTIPLIER
        mixed ^= mixed >> 29
        at += _WORD_BYTES
    if length > _WORD_BYTES and at < end:
        mixed = (mixed ^ first_word(text, end - _WORD_BYTES, _WORD_BYTES)) * _MULTIPLIER
        at = end
    while at < end:
        mixed = (mixed ^ int(np.int64(text[np.uint64(at)]))) * _MULTIPLIER
        at += 1
    mixed = (mixed ^ (mixed >> 31)) * _MULTIPLIER
    return (mixed >> 32) & 0xFFFFFFFF


@inner
def _is_same(text: Bytes, at: int, texts: Bytes, other_at: int, length: int) -> bool:
    """Whether a text is the one that is kept, eight bytes at once."""
    last = length - _WORD_BYTES
    if last < 0:
        return is_same(text, at, texts, other_at, length)
    k = 0
    while k < last:
        if first_word(text, at + k, _WORD_BYTES) != first_word(texts, other_at + k, _WORD_BYTES):
            return False
        k += _WORD_BYTES
    return first_word(text, at + last, _WORD_BYTES) == first_word(texts, other_at + last, _WORD_BYTES)


@inner
def _place_of(text: Bytes, at: int, length: int, mixed: int, places: Numbers, kinds: Records, texts: Bytes) -> int:
    """The place of the kind whose packed text these bytes are, or the free one where it belongs."""
    place = mixed * len(places) >> 32
    while places[place] != FREE:
        kind = kinds[places[place] - 1]
        if kind.hash == mixed and _is_same(text, at, texts, kind.at, length):
            return place
        place = place + 1 if place + 1 < len(places) else 0
    return place


@kernel
def count_kinds(  # noqa: PLR0913, PLR0917 - the words of a call
    text: Bytes,
    first: int,
    counts_all: int,
    became: Bytes,
    seed: int,
    places: Numbers,
    kinds: Records,
    texts: Bytes,
    ends: Numbers,
) -> int:
    """Count touches by their kinds, in addition to those that are counted already, from number `first` on.

    `text`: a packed `state.touches.Touches`. `counts_all`: 1, all of them; 0, those of which `became` says `COUNTED`.
    `seed`: of the hashes. `places`: where a kind is found by its hash, twice as many as `kinds`, each a `KIND`.
    `texts`: their packed texts, one behind the other, and `SLACK`. `ends`: how many kinds and bytes of texts there are.

    Returns how many touches are done: fewer than there are where there is no room for another kind.
    """
    columns = columns_of(text)
    number, at = columns.number, columns.kind_at
    for i in range(number):
        behind = behind_bytes(text, at)
        if i >= first and (counts_all or became[i] == COUNTED):
            mixed = _hash_of(text, at, behind - at, seed)
            place = _place_of(text, at, behind - at, mixed, places, kinds, texts)
            if places[place] == FREE:
                if ends[KINDS] == len(kinds) or ends[KIND_BYTES] + behind - at > len(texts) - SLACK:
                    return i
                kind = kinds[ends[KINDS]]
                kind.hash, kind.at, kind.count = mixed, ends[KIND_BYTES], 0
                ends[KIND_BYTES] = copy(text, at, behind - at, texts, ends[KIND_BYTES])
                ends[KINDS] += 1
                places[place] = ends[KINDS]
            kinds[places[place] - 1].count += 1
        at = behind
    return number
