"""A table of ids (of contacts, of orders), each with a block of bytes that holds the id and, behind it, its value.

A block is as long as its class says, eight classes from one power of two to the next. One that is left for a longer one
is used again by whoever needs one of its class next; `kernels.table_memory` has more of an arena when that is full.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from kernels.compiling import inner
from kernels.layout import (
    ARENA_END,
    CLAIMED,
    ID_BYTES,
    IDS,
    SLACK,
    SLOTS_FOR_A_FREE_ONE,
    UNIT_BYTES,
    USED_BYTES,
    VALUE_BYTES,
    Bytes,
    Numbers,
    Record,
    Records,
)
from kernels.msgpack import copy
from kernels.msgpack_reading import behind_bytes, head_bytes, head_length
from kernels.prefetching import prefetch
from kernels.words import is_same


class Table(NamedTuple):
    """The arrays of a table."""

    slots: Records
    """Slots, each a `SLOT`."""
    arena: Bytes
    """The blocks."""
    free: Numbers
    """By class, where the block begins that was given back last, in units; 0: none was."""
    counts: Numbers
    """See `kernels.layout`."""


ABSENT: Final = -1
NO_ROOM: Final = 0
"""No block begins there."""

_PRIME: Final = 0x9E3779B97F4A7C15 - (1 << 64)
_MIX: Final = -0x61C8864680B583EB
_HALF: Final = 0xFFFFFFFF
_LINE_BYTES: Final = 64
_ASKED_BYTES_MOST: Final = 512
"""Of a long block the processor asks for the rest by itself while it is read."""
_AHEAD: Final = 12
_CLASSES_A_DOUBLING: Final = 8


@inner
def _word_of(text: Bytes, at: int, count: int) -> int:
    """So many bytes, at most eight, as one number, the first of them lowest."""
    number, start = 0, np.uint64(at)
    for k in range(count):
        number |= int(np.int64(text[start + np.uint64(k)])) << (8 * k)
    return number


@inner
def _product(word: int, key: int) -> int:
    """Of the halves of a word, each with half of a key added."""
    return ((word + key) & _HALF) * (((word >> 32) + (key >> 32)) & _HALF)


@inner
def hash_of(text: Bytes, at: int, length: int, seed: int) -> int:
    """A number of 32 bits of a text: NH, eight bytes at once, with keys from a seed, mixed once more.

    The last eight bytes, or of less than eight the last four, are read whole: some of them are in it twice.
    """
    key, mixed = seed * _PRIME, seed ^ length
    if length >= 8:
        for k in range(at, at + length - 8, 8):
            mixed += _product(_word_of(text, k, 8), key)
            key = (key ^ (key >> 29)) * _PRIME
        mixed += _product(_word_of(text, at + length - 8, 8), key)
    elif length >= 4:
        mixed += _product(_word_of(text, at, 4) | (_word_of(text, at + length - 4, 4) << 32), key)
    else:
        mixed += _product(_word_of(text, at, length), key)
    mixed = (mixed ^ (mixed >> 31)) * _MIX
    return (mixed >> 32) & _HALF


@inner
def block_at(entry: Record) -> int:
    """Where the block of an id begins, and with it the id."""
    return int(np.int64(entry.at)) * UNIT_BYTES


@inner
def value_at(entry: Record) -> int:
    """Where its value begins."""
    return block_at(entry) + int(np.int64(entry.id_length))


@inner
def home_slot(mixed: int, table: Table) -> int:
    """Where the search for an id of this hash begins."""
    return (mixed * len(table.slots)) >> 32


@inner
def _ask_for_block_of(slot: int, table: Table) -> None:
    """Have the block of an id ready in the processor: to wait for memory takes longer than all else."""
    entry = table.slots[slot]
    at, length = block_at(entry), int(np.int64(entry.id_length)) + int(np.int64(entry.length))
    for k in range(0, min(length, _ASKED_BYTES_MOST) + 1, _LINE_BYTES):
        prefetch(table.arena, at + k)


@inner
def ask_for_slot(mixed: int, table: Table) -> None:
    """Have the slot ready at which the search for an id of this hash begins."""
    prefetch(table.slots, home_slot(mixed, table))


@inner
def ask_for_block(mixed: int, table: Table) -> None:
    """Have the block of an id of this hash ready, once its slot is."""
    slot = home_slot(mixed, table)
    while table.slots[slot].at and table.slots[slot].hash != mixed:
        slot = slot + 1 if slot + 1 < len(table.slots) else 0
    _ask_for_block_of(slot, table)


@inner
def ask_for_ids(text: Bytes, at: int, number: int, seed: int, table: Table, hashes: Numbers) -> None:
    """Find the hash of each of the ids that are packed at `at`, and have their blocks ready."""
    for i in range(number):
        hashes[i] = hash_of(text, at + head_bytes(text, at), head_length(text, at), seed)
        ask_for_slot(hashes[i], table)
        at = behind_bytes(text, at)
    for i in range(number):
        ask_for_block(hashes[i], table)


@inner
def find_slot(text: Bytes, at: int, length: int, mixed: int, table: Table) -> int:
    """The slot of the id that these bytes are; where there is none, `ABSENT` less the slot that is free."""
    slot = home_slot(mixed, table)
    while table.slots[slot].at:
        entry = table.slots[slot]
        is_maybe = entry.hash == mixed and entry.id_length == length
        if is_maybe and is_same(text, at, table.arena, block_at(entry), length):
            return slot
        slot = slot + 1 if slot + 1 < len(table.slots) else 0
    return ABSENT - slot


@inner
def free_slot(mixed: int, table: Table) -> int:
    """The free slot at which the search for an id of this hash ends that is not there."""
    slot = home_slot(mixed, table)
    while table.slots[slot].at:
        slot = slot + 1 if slot + 1 < len(table.slots) else 0
    return slot


@inner
def has_free_slot(table: Table) -> bool:
    """Whether one more id may be put in."""
    return table.counts[CLAIMED] * SLOTS_FOR_A_FREE_ONE < len(table.slots) * (SLOTS_FOR_A_FREE_ONE - 1)


@inner
def block_class(length: int) -> int:
    """The class of the shortest blocks that hold so many bytes."""
    units, doublings = (length + UNIT_BYTES - 1) // UNIT_BYTES, 0
    while (2 * _CLASSES_A_DOUBLING) << doublings < units:
        doublings += 1
    steps = (units + (1 << doublings) - 1) >> doublings
    return doublings * _CLASSES_A_DOUBLING + max(steps, _CLASSES_A_DOUBLING) - _CLASSES_A_DOUBLING


@inner
def class_bytes(number: int) -> int:
    """How long the blocks of a class are."""
    steps = _CLASSES_A_DOUBLING + number % _CLASSES_A_DOUBLING
    return UNIT_BYTES * (steps << (number // _CLASSES_A_DOUBLING))


@inner
def take_block(number: int, table: Table) -> int:
    """Where a block of a class begins, in units, that nobody has; `NO_ROOM`: the arena is full."""
    size = class_bytes(number)
    at = table.free[number]
    if at:
        table.free[number] = 0
        for k in range(UNIT_BYTES):
            table.free[number] |= int(np.int64(table.arena[at * UNIT_BYTES + k])) << (8 * k)
        prefetch(table.arena, table.free[number] * UNIT_BYTES)
    else:
        end = table.counts[ARENA_END]
        if end + size + SLACK > len(table.arena):
            return NO_ROOM
        at = end // UNIT_BYTES
        table.counts[ARENA_END] = end + size
    table.counts[USED_BYTES] += size
    return at


@inner
def give_back(number: int, at: int, table: Table) -> None:
    """A block that nobody has any more: it names the one that was given back before it."""
    for k in range(UNIT_BYTES):
        table.arena[at * UNIT_BYTES + k] = (table.free[number] >> (8 * k)) & 0xFF
    table.free[number] = at
    table.counts[USED_BYTES] -= class_bytes(number)


@inner
def claim(slot: int, text: Bytes, at: int, length: int, mixed: int, needed: int, table: Table) -> bool:
    """Put an id without a value into a free slot, with room for `needed` bytes of one. False: there is none."""
    number = block_class(length + needed)
    block = take_block(number, table)
    if block == NO_ROOM:
        return False
    entry = table.slots[slot]
    entry.hash, entry.at, entry.length, entry.id_length, entry.block = mixed, block, 0, length, number
    copy(text, at, length, table.arena, block * UNIT_BYTES)
    table.counts[CLAIMED] += 1
    return True


@inner
def find_or_claim(text: Bytes, at: int, length: int, mixed: int, needed: int, table: Table) -> int:
    """The slot of an id; of one that is not there yet, it is claimed. `ABSENT`: the table is full."""
    slot = find_slot(text, at, length, mixed, table)
    if slot >= 0:
        return slot
    slot = ABSENT - slot
    if has_free_slot(table) and claim(slot, text, at, length, mixed, needed, table):
        return slot
    return ABSENT


@inner
def make_room(entry: Record, needed: int, table: Table) -> bool:
    """See that the block of an id holds `needed` bytes of a value; what is there of it stays. False: it cannot."""
    whole = int(np.int64(entry.id_length)) + needed
    if whole <= class_bytes(int(np.int64(entry.block))):
        return True
    number = block_class(whole)
    block = take_block(number, table)
    if block == NO_ROOM:
        return False
    kept = int(np.int64(entry.id_length)) + int(np.int64(entry.length))
    copy(table.arena, block_at(entry), kept, table.arena, block * UNIT_BYTES)
    give_back(int(np.int64(entry.block)), int(np.int64(entry.at)), table)
    entry.at, entry.block = block, number
    return True


@inner
def set_length(entry: Record, length: int, table: Table) -> None:
    """Say how long the value of an id is from now on, which stands in its block; none has no bytes."""
    known, counts = int(np.int64(entry.length)), table.counts
    came = int(length > 0) - int(known > 0)
    counts[IDS] += came
    counts[ID_BYTES] += came * int(np.int64(entry.id_length))
    counts[VALUE_BYTES] += length - known
    entry.length = length


@inner
def put_value(slot: int, source: Bytes, at: int, length: int, table: Table) -> bool:
    """Give the id of a slot this value, in the place of its own. False: there is no room, and it has its own still."""
    entry = table.slots[slot]
    if not make_room(entry, length, table):
        return False
    copy(source, at, length, table.arena, value_at(entry))
    set_length(entry, length, table)
    return True


@inner
def ask_ahead(slot: int, table: Table) -> None:
    """Have the block of an id ready that comes some slots behind this one."""
    _ask_for_block_of(min(slot + _AHEAD, len(table.slots) - 1), table)
