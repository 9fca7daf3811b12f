"""The messages of contacts into a table and out of it, whole: as the recovery store has them, or one by one."""

from __future__ import annotations

from typing import Final

import numpy as np

from kernels.compiling import inner, kernel
from kernels.contact_table import (
    ABSENT,
    Table,
    ask_for_block,
    ask_for_contacts,
    block_at,
    claim,
    find_or_claim,
    find_slot,
    hash_of,
    make_room,
    messages_at,
)
from kernels.layout import CONTACTS, ID_BYTES, MESSAGE_BYTES, MESSAGES, Bytes, Numbers, Record, Records
from kernels.msgpack import copy, put_binary_head, put_map_head, put_text_head
from kernels.msgpack_reading import behind_bytes, head_bytes, head_length
from kernels.packed_messages import count_entries

_AHEAD: Final = 12
"""Contacts whose memory is asked for before they are looked at."""


@inner
def _note(contact: Record, sign: int, table: Table) -> None:
    """Add what a contact holds to the counts, or take it off."""
    length = int(np.int64(contact.length))
    if length:
        begin = messages_at(contact)
        table.counts[CONTACTS] += sign
        table.counts[ID_BYTES] += sign * int(np.int64(contact.id_length))
        table.counts[MESSAGES] += sign * count_entries(table.arena, begin, begin + length)
        table.counts[MESSAGE_BYTES] += sign * length


@kernel
def put_messages(
    text: Bytes, first: int, seed: int, contacts: Records, arena: Bytes, free: Numbers, counts: Numbers
) -> int:
    """Give contacts of a table these messages, in the place of theirs.

    `text`: a packed map, contact → packed messages, of which the first entries up to `first` are done; no messages: the
    contact has none from now on. `seed`, `contacts`, `arena`, `free`, `counts`: see
    `kernels.table_touches.add_touches`.

    Returns how many entries are done: fewer than there are where the table is full.
    """
    table = Table(contacts, arena, free, counts)
    at = head_bytes(text, 0)
    for i in range(head_length(text, 0)):
        messages = behind_bytes(text, at)
        if i >= first:
            id_at, id_length = at + head_bytes(text, at), head_length(text, at)
            length = head_length(text, messages)
            mixed = hash_of(text, id_at, id_length, seed)
            slot = find_or_claim(text, id_at, id_length, mixed, length, table)
            if slot == ABSENT or not make_room(contacts[slot], length, table):
                return i
            contact = contacts[slot]
            _note(contact, -1, table)
            copy(text, messages + head_bytes(text, messages), length, arena, messages_at(contact))
            contact.length = length
            _note(contact, 1, table)
        at = behind_bytes(text, messages)
    return head_length(text, 0)


@kernel
def find_messages(  # noqa: PLR0913, PLR0917 - the words of a call
    text: Bytes,
    seed: int,
    contacts: Records,
    arena: Bytes,
    free: Numbers,
    counts: Numbers,
    hashes: Numbers,
    begins: Numbers,
    ends: Numbers,
) -> int:
    """Fill `hashes`, and in where in the arena the messages of contacts begin and end; twice 0 of one that has none.

    `text`: a packed list of contacts. `seed`, `contacts`, `arena`: see `kernels.table_touches.add_touches`. Returns how
    many they are.
    """
    table = Table(contacts, arena, free, counts)
    at, number = head_bytes(text, 0), head_length(text, 0)
    ask_for_contacts(text, at, number, seed, table, hashes)
    for i in range(number):
        id_at, id_length = at + head_bytes(text, at), head_length(text, at)
        slot = find_slot(text, id_at, id_length, hashes[i], table)
        begins[i] = ends[i] = 0
        if slot >= 0 and contacts[slot].length:
            begins[i] = messages_at(contacts[slot])
            ends[i] = begins[i] + int(np.int64(contacts[slot].length))
        at = id_at + id_length
    return number


@kernel
def pack_messages(contacts: Records, arena: Bytes, free: Numbers, counts: Numbers, out: Bytes) -> int:
    """Write all of a table as a packed map, contact → packed messages, as `put_messages` takes it.

    `out`: room for all, and for what heads each of them. Returns how many bytes it is.
    """
    table = Table(contacts, arena, free, counts)
    at = put_map_head(out, 0, counts[CONTACTS])
    for slot in range(len(contacts)):
        ask_for_block(min(slot + _AHEAD, len(contacts) - 1), table)
        contact = contacts[slot]
        length, id_length = int(np.int64(contact.length)), int(np.int64(contact.id_length))
        if contact.at and length:
            at = copy(arena, block_at(contact), id_length, out, put_text_head(out, at, id_length))
            at = copy(arena, messages_at(contact), length, out, put_binary_head(out, at, length))
    return at


@kernel
def move_contacts(
    old_contacts: Records, old_arena: Bytes, contacts: Records, arena: Bytes, free: Numbers, counts: Numbers
) -> int:
    """Move all contacts that have messages out of old slots and an old arena, which stay as they are.

    `contacts`, `arena`, `free`, `counts`: an empty table with room for them, but for what `counts` has of contacts and
    messages, which stays. Returns how many they are; fewer than there are where there was no room.
    """
    old, table = Table(old_contacts, old_arena, free, counts), Table(contacts, arena, free, counts)
    moved = 0
    for slot in range(len(old_contacts)):
        ask_for_block(min(slot + _AHEAD, len(old_contacts) - 1), old)
        contact = old_contacts[slot]
        if not contact.at or not contact.length:
            continue
        id_at, id_length = block_at(contact), int(np.int64(contact.id_length))
        length, mixed = int(np.int64(contact.length)), int(np.int64(contact.hash))
        free_slot = ABSENT - find_slot(old_arena, id_at, id_length, mixed, table)
        if not claim(free_slot, old_arena, id_at, id_length, mixed, length, table):
            return moved
        copy(old_arena, id_at + id_length, length, arena, messages_at(contacts[free_slot]))
        contacts[free_slot].length = length
        moved += 1
    return moved
