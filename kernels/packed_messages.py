"""A contact's packed messages (`state.messages`): where the entry of a message stands, whether another fits, and bytes
put between.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from kernels.compiling import inner
from kernels.id_table import ABSENT, Table, make_room, set_length, value_at
from kernels.layout import Bytes, Record
from kernels.msgpack import copy
from kernels.sixteen_bytes import AT_ONCE, first_mark, marks_of
from kernels.words import is_same
from state.messages import AUTOMATED, BYTES_BELOW_BOUND, MESSAGES_MOST, RS, US

_RS: Final = RS[0]
_US: Final = US[0]
_OF_MACHINES: Final = np.array([chr(byte) in AUTOMATED.values() or byte == _US for byte in range(256)])
"""What an entry has behind its key that is not plain: touches of machines, and tags."""


@inner
def entry_end(arena: Bytes, at: int, end: int) -> int:
    """Where the next entry begins, at `at` or behind; `end`: none does before it. It looks `AT_ONCE` bytes behind."""
    while at < end:
        marks = marks_of(arena, at, _RS)
        if marks:
            return min(at + first_mark(marks), end)
        at += AT_ONCE
    return end


@inner
def count_entries(arena: Bytes, at: int, end: int) -> int:
    """How many entries stand between."""
    count, at = 0, entry_end(arena, at, end)
    while at < end:
        count += 1
        at = entry_end(arena, at + 1, end)
    return count


@inner
def find_entry(arena: Bytes, at: int, end: int, text: Bytes, key_at: int, key_length: int) -> int:
    """Where the entry begins that begins with a key; `ABSENT`. It looks `AT_ONCE` bytes behind `end`.

    Messages differ most of all at the end of their ids: the last bytes of the key are looked for with the first.
    """
    latest, last = end - key_length, key_length - 1
    before_last = int(np.int64(text[np.uint64(key_at + last - 1)]))
    while at <= latest:
        marks = marks_of(arena, at, _RS) & marks_of(arena, at + last, _US) & marks_of(arena, at + last - 1, before_last)
        while marks:
            place = at + first_mark(marks)
            if place <= latest and is_same(text, key_at, arena, place, key_length):
                return place
            marks &= marks - 1
        at += AT_ONCE
    return ABSENT


@inner
def has_room_for(arena: Bytes, at: int, end: int, text: Bytes, key_at: int) -> bool:
    """Whether one more message of the key's channel is within the bound (`state.messages.add_plain`)."""
    if end - at < BYTES_BELOW_BOUND or count_entries(arena, at, end) < MESSAGES_MOST:
        return True
    channel = 1
    while text[key_at + channel] != _US:
        channel += 1
    known = 0
    while at < end:
        if is_same(text, key_at, arena, at, channel + 1):
            known += 1
        at = entry_end(arena, at + 1, end)
    return known < MESSAGES_MOST


@inner
def has_plain_times(arena: Bytes, at: int, end: int) -> bool:
    """Whether an entry has people's touches only, and no tags, between where its times begin and where it ends."""
    while at < end and not _OF_MACHINES[arena[np.uint64(at)]]:
        at += 1
    return at == end


@inner
def find_letter(arena: Bytes, at: int, end: int, letter: int) -> int:
    """Where a time of this letter begins; `ABSENT`."""
    for k in range(at, end):
        if arena[np.uint64(k)] == letter:
            return k
    return ABSENT


@inner
def insert(contact: Record, offset: int, text: Bytes, at: int, length: int, table: Table) -> bool:
    """Put bytes into a contact's messages, `offset` bytes behind where they begin. False: there is no room."""
    known = int(np.int64(contact.length))
    if not make_room(contact, known + length, table):
        return False
    begin = value_at(contact)
    _shift(table.arena, begin + offset, begin + known, length)
    copy(text, at, length, table.arena, begin + offset)
    set_length(contact, known + length, table)
    return True


@inner
def _shift(arena: Bytes, at: int, end: int, by: int) -> None:
    """Move what stands from `at` to `end` so many bytes on."""
    k = end
    while k > at:
        k -= 1
        arena[np.uint64(k + by)] = arena[np.uint64(k)]
