"""Values into a table and out of it, whole: as the recovery store has them, or one by one."""

from __future__ import annotations

import numpy as np

from kernels.compiling import inner, kernel
from kernels.id_table import (
    ABSENT,
    NO_ROOM,
    Table,
    ask_ahead,
    ask_for_ids,
    block_at,
    block_class,
    find_or_claim,
    find_slot,
    free_slot,
    give_back,
    hash_of,
    put_value,
    take_block,
    value_at,
)
from kernels.layout import CLAIMED, IDS, MESSAGES, UNIT_BYTES, Bytes, Numbers, Record, Records
from kernels.msgpack import copy, put_binary_head, put_map_head, put_text
from kernels.msgpack_reading import behind_bytes, head_bytes, head_length
from kernels.packed_messages import count_entries


@inner
def _count_messages(entry: Record, sign: int, table: Table) -> None:
    """Add the messages that an id holds to the counts, or take them off."""
    begin = value_at(entry)
    table.counts[MESSAGES] += sign * count_entries(table.arena, begin, begin + int(np.int64(entry.length)))


@inner
def _put(slot: int, text: Bytes, at: int, length: int, table: Table) -> bool:
    """`put_value`, and count what are messages in a table of these."""
    entry = table.slots[slot]
    _count_messages(entry, -1, table)
    is_put = put_value(slot, text, at, length, table)
    _count_messages(entry, 1, table)
    return is_put


@kernel
def put_values(text: Bytes, first: int, seed: int, slots: Records, arena: Bytes, free: Numbers, counts: Numbers) -> int:
    """Give ids of a table these values, in the place of theirs.

    `text`: a packed map, id → bytes, of which the first entries up to `first` are done; no bytes: the id has no value
    from then on. `seed`: see `hash_of`. `slots`, `arena`, `free`, `counts`: the table.

    Returns how many entries are done: fewer than there are where the table is full.
    """
    table = Table(slots, arena, free, counts)
    at = head_bytes(text, 0)
    for i in range(head_length(text, 0)):
        value = behind_bytes(text, at)
        if i >= first:
            id_at, id_length = at + head_bytes(text, at), head_length(text, at)
            length = head_length(text, value)
            slot = find_or_claim(text, id_at, id_length, hash_of(text, id_at, id_length, seed), length, table)
            if slot == ABSENT or not _put(slot, text, value + head_bytes(text, value), length, table):
                return i
        at = behind_bytes(text, value)
    return head_length(text, 0)


@kernel
def find_values(  # noqa: PLR0913, PLR0917 - the words of a call
    text: Bytes,
    seed: int,
    slots: Records,
    arena: Bytes,
    free: Numbers,
    counts: Numbers,
    hashes: Numbers,
    begins: Numbers,
    ends: Numbers,
) -> int:
    """Fill `hashes`, and in where in the arena the values of ids begin and end; twice 0 of one that has none.

    `text`: a packed list of ids. `seed`, `slots`, `arena`, `free`, `counts`: see `put_values`. Returns how many they
    are.
    """
    table = Table(slots, arena, free, counts)
    at, number = head_bytes(text, 0), head_length(text, 0)
    ask_for_ids(text, at, number, seed, table, hashes)
    for i in range(number):
        id_at, id_length = at + head_bytes(text, at), head_length(text, at)
        slot = find_slot(text, id_at, id_length, hashes[i], table)
        begins[i] = ends[i] = 0
        if slot >= 0 and slots[slot].length:
            begins[i] = value_at(slots[slot])
            ends[i] = begins[i] + int(np.int64(slots[slot].length))
        at = id_at + id_length
    return number


@kernel
def pack_values(slots: Records, arena: Bytes, free: Numbers, counts: Numbers, out: Bytes) -> int:
    """Write all of a table as a packed map, id → bytes, as `put_values` takes it.

    `out`: room for all, and for what heads each of them. Returns how many bytes it is.
    """
    table = Table(slots, arena, free, counts)
    at = put_map_head(out, 0, counts[IDS])
    for slot in range(len(slots)):
        ask_ahead(slot, table)
        entry = slots[slot]
        length, id_length = int(np.int64(entry.length)), int(np.int64(entry.id_length))
        if entry.at and length:
            at = put_text(arena, block_at(entry), id_length, out, at)
            at = copy(arena, value_at(entry), length, out, put_binary_head(out, at, length))
    return at


@kernel
def move_ids(old_slots: Records, slots: Records, arena: Bytes, free: Numbers, counts: Numbers) -> int:
    """Move all ids that have a value out of old slots; the blocks of the others are given back.

    `slots`: all free, with room for them. `arena`, `free`, `counts`: of the table. Returns how many they are.
    """
    table = Table(slots, arena, free, counts)
    for number in range(len(old_slots)):
        entry = old_slots[number]
        if entry.at and entry.length:
            slot = free_slot(int(np.int64(entry.hash)), table)
            slots[slot] = entry
        elif entry.at:
            give_back(int(np.int64(entry.block)), int(np.int64(entry.at)), table)
            counts[CLAIMED] -= 1
    return int(counts[CLAIMED])


@kernel
def move_blocks(old_arena: Bytes, slots: Records, arena: Bytes, free: Numbers, counts: Numbers) -> int:
    """Move the blocks of all ids out of an old arena, one behind the other.

    `arena`, `free`, `counts`: without a block, with room for them; `slots`: those of the old one. Returns how many they
    are; fewer than there are where there was no room.
    """
    old, table, moved = Table(slots, old_arena, free, counts), Table(slots, arena, free, counts), 0
    for slot in range(len(slots)):
        ask_ahead(slot, old)
        entry = slots[slot]
        if not entry.at:
            continue
        length = int(np.int64(entry.id_length)) + int(np.int64(entry.length))
        number = block_class(length)
        block = take_block(number, table)
        if block == NO_ROOM:
            return moved
        copy(old_arena, block_at(entry), length, arena, block * UNIT_BYTES)
        entry.at, entry.block = block, number
        moved += 1
    return moved
