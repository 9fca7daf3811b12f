"""Plain touches to the blocks of their contacts: what `state.contact_messages.MessageDict.add` does."""

from __future__ import annotations

from typing import Final

import numpy as np

from kernels.compiling import inner, kernel
from kernels.id_table import (
    ABSENT,
    Table,
    ask_for_ids,
    find_or_claim,
    make_room,
    set_length,
    value_at,
)
from kernels.layout import (
    CLOCK,
    COUNTED,
    ELSEWHERE,
    KNOWN,
    MATTERING,
    MESSAGES,
    TOO_LATE,
    WITH_CARE,
    Bytes,
    Numbers,
    Record,
    Records,
)
from kernels.msgpack import copy
from kernels.msgpack_reading import behind_bytes, head_bytes, head_length, number_bytes, read_number
from kernels.packed_messages import (
    entry_end,
    find_entry,
    find_letter,
    has_plain_times,
    has_room_for,
    is_time_at,
)
from kernels.packed_touches import columns_of
from state.messages import PLAIN_TIME_BYTES

_NO_ROOM: Final = -1


@inner
def _shift(arena: Bytes, at: int, end: int, by: int) -> None:
    """Move what stands from `at` to `end` so many bytes on."""
    k = end
    while k > at:
        k -= 1
        arena[np.uint64(k + by)] = arena[np.uint64(k)]


@inner
def _insert(contact: Record, offset: int, text: Bytes, at: int, length: int, table: Table) -> bool:
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
def _add(contact: Record, text: Bytes, at: int, length: int, table: Table) -> int:
    """Add the entry of one touch to its contact. Returns `COUNTED`, `WITH_CARE`, `KNOWN` or `_NO_ROOM`."""
    begin, known = value_at(contact), int(np.int64(contact.length))
    end, key_length = begin + known, length - PLAIN_TIME_BYTES
    entry = find_entry(table.arena, begin, end, text, at, key_length)
    if entry == ABSENT:
        if not has_room_for(table.arena, begin, end, text, at):
            return WITH_CARE
        if not _insert(contact, known, text, at, length, table):
            return _NO_ROOM
        table.counts[MESSAGES] += 1
        return COUNTED
    times, end = entry + key_length, entry_end(table.arena, entry + 1, end)
    if not has_plain_times(table.arena, times, end):
        return WITH_CARE
    time_at = at + key_length
    same_letter = find_letter(table.arena, times, end, int(text[time_at]))
    if same_letter != ABSENT:
        return KNOWN if is_time_at(table.arena, same_letter, end, text, time_at) else WITH_CARE
    if not _insert(contact, end - begin, text, time_at, PLAIN_TIME_BYTES, table):
        return _NO_ROOM
    return COUNTED


@inner
def _add_to_contact(text: Bytes, contact_at: int, entry_at: int, mixed: int, table: Table) -> int:
    """Add a touch to its contact, which may be a new one. Returns what `_add` does."""
    id_at, id_length = contact_at + head_bytes(text, contact_at), head_length(text, contact_at)
    at, length = entry_at + head_bytes(text, entry_at), head_length(text, entry_at)
    slot = find_or_claim(text, id_at, id_length, mixed, length, table)
    if slot == ABSENT:
        return _NO_ROOM
    return _add(table.slots[slot], text, at, length, table)


@kernel
def add_touches(  # noqa: PLR0913, PLR0917 - the words of a call
    text: Bytes,
    first: int,
    floor: int,
    latest: int,
    day_from: int,
    day_until: int,
    seed: int,
    slots: Records,
    arena: Bytes,
    free: Numbers,
    counts: Numbers,
    hashes: Numbers,
    became: Bytes,
) -> int:
    """Add packed touches to a table of slots, from number `first` on.

    `text`: a packed `state.touches.Touches`. `floor`: ms; what is older than that, and not newer than all that was read
    (`counts[CLOCK]`), is too late. `latest`: ms, of the latest order. A day lasts from `day_from` to `day_until` (ms).
    `seed`: see `hash_of`. `slots`, `arena`, `free`, `counts`: the table.

    Fills `hashes`, and `became`, for each touch: `COUNTED` (it is the first of its event of its message, on the day),
    `ELSEWHERE` (likewise, but on another day), `WITH_CARE` (nothing was done; Python knows what it is), `TOO_LATE`, or
    `KNOWN`. Adds up in `counts` how many became each of these, and under `MATTERING` how many were not made after
    `latest`.

    Returns how many touches are done: fewer than there are where the table is full.
    """
    table = Table(slots, arena, free, counts)
    number, contact_at, entry_at, time_at, kind_at = columns_of(text)
    if first == 0:
        for k in range(CLOCK):
            counts[k] = 0
        ask_for_ids(text, contact_at, number, seed, table, hashes)
    for i in range(number):
        if i >= first:
            time = read_number(text, time_at)
            result = WITH_CARE
            if time <= counts[CLOCK] and time < floor:
                result = TOO_LATE
            elif head_length(text, kind_at):
                result = _add_to_contact(text, contact_at, entry_at, hashes[i], table)
                if result == _NO_ROOM:
                    return i
                counts[MATTERING] += time <= latest
            if result == COUNTED and not day_from <= time < day_until:
                result = ELSEWHERE
            counts[CLOCK] = max(counts[CLOCK], time)
            counts[result] += 1
            became[i] = result
        contact_at, entry_at = behind_bytes(text, contact_at), behind_bytes(text, entry_at)
        time_at, kind_at = time_at + number_bytes(text, time_at), behind_bytes(text, kind_at)
    return number
