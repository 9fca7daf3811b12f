"""Words for key groups of the next stage: one behind the other as kernels write them, and dealt to their key groups."""

from __future__ import annotations

from typing import Final

from kernels.compiling import inner, kernel
from kernels.layout import Bytes, Numbers
from kernels.msgpack import copy, put_array_head, put_count, put_number
from kernels.msgpack_reading import behind_bytes, number_bytes, read_number

_BINARY: Final = 0xC6
_LIST: Final = 0xDD
_LENGTH_BYTES: Final = 4


@inner
def begin_word(group: int, out: Bytes, at: int) -> int:
    """Write what stands before a word for a key group (`state.packed_words.PackedWords`). Returns where it begins."""
    return put_count(out, put_array_head(out, at, 2), group) + 1 + _LENGTH_BYTES


@inner
def end_word(begin: int, end: int, out: Bytes) -> None:
    """Say before a word, which stands from `begin` to `end`, how long it is."""
    put_number(out, begin - 1 - _LENGTH_BYTES, _BINARY, end - begin, _LENGTH_BYTES)


@kernel
def deal_words(text: Bytes, count: int, numbers: Numbers, begins: Numbers, ends: Numbers, out: Bytes) -> int:
    """Deal words to their key groups: `state.packed_words.DealWords`.

    `text`: packed `state.packed_words.Packed`, one behind the other, `count` of them. `out`: room for as much, and for
    the head of a list for each key group. Writes there the packed list of each key group that there is a word for, and
    into `begins` and `ends`, by key group, where it begins and ends; both are the same of others. `numbers`: room for
    how many words each has.

    Returns how many bytes all are.
    """
    for group in range(len(numbers)):
        numbers[group] = ends[group] = 0
    at = 0
    for _ in range(count):
        word, group = at + 1 + number_bytes(text, at + 1), read_number(text, at + 1)
        at = behind_bytes(text, word)
        numbers[group] += 1
        ends[group] += at - word
    written = 0
    for group in range(len(numbers)):
        begins[group], size = written, ends[group]
        ends[group] = put_number(out, written, _LIST, numbers[group], _LENGTH_BYTES) if size else written
        written = ends[group] + size
    at = 0
    for _ in range(count):
        word, group = at + 1 + number_bytes(text, at + 1), read_number(text, at + 1)
        at = behind_bytes(text, word)
        ends[group] = copy(text, word, at - word, out, ends[group])
    return written
