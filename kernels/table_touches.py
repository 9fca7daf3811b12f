"""Usual touches to the blocks of their contacts: what `state.contact_messages.ContactMessages.add` does."""

from __future__ import annotations

import numpy as np

from kernels.compiling import inner, kernel
from kernels.id_table import ABSENT, Table, ask_for_ids, find_or_claim, value_at
from kernels.layout import (
    CLOCK,
    COUNTED,
    ELSEWHERE,
    MARKS,
    MATTERING,
    MESSAGES,
    TOO_LATE,
    WITH_CARE,
    Bytes,
    Numbers,
    Record,
    Records,
)
from kernels.marked_touches import NO_ROOM, Counting, NewTouch, add_to_known, counts_first, new_touch, note_tags
from kernels.msgpack_reading import behind_bytes, head_bytes, head_length, number_bytes, read_number
from kernels.packed_messages import entry_end, find_entry, find_letter, has_plain_times, has_room_for, insert
from kernels.packed_touches import columns_of
from state.messages import PLAIN_TIME_BYTES
from state.touches import FAR, PLAIN


@inner
def _add(contact: Record, text: Bytes, touch: NewTouch, form: int, counting: Counting, table: Table) -> int:
    """Add a touch to its contact. Returns `COUNTED`, `UNCOUNTED`, `WITH_CARE` or `NO_ROOM`."""
    begin, known = value_at(contact), int(np.int64(contact.length))
    end, key_length = begin + known, touch.time_at - touch.at
    entry = find_entry(table.arena, begin, end, text, touch.at, key_length)
    if entry == ABSENT:
        result = counts_first(text, touch, counting)
        if result == WITH_CARE or not has_room_for(table.arena, begin, end, text, touch.at):
            return WITH_CARE
        if not insert(contact, known, text, touch.at, touch.end - touch.at, table):
            return NO_ROOM
        table.counts[MESSAGES] += 1
        return result
    times, end = entry + key_length, entry_end(table.arena, entry + 1, end)
    is_plain = form == PLAIN and has_plain_times(table.arena, times, end)
    if not is_plain or find_letter(table.arena, times, end, int(text[touch.time_at])) != ABSENT:
        return add_to_known(contact, times, end, text, touch, counting, table)
    if not insert(contact, end - begin, text, touch.time_at, PLAIN_TIME_BYTES, table):
        return NO_ROOM
    return COUNTED


@inner
def _add_to_contact(
    text: Bytes, contact_at: int, mixed: int, touch: NewTouch, form: int, counting: Counting, table: Table
) -> int:
    """Add a touch to its contact, which may be a new one. Returns what `_add` does."""
    id_at, id_length = contact_at + head_bytes(text, contact_at), head_length(text, contact_at)
    slot = find_or_claim(text, id_at, id_length, mixed, touch.end - touch.at, table)
    if slot == ABSENT:
        return NO_ROOM
    return _add(table.slots[slot], text, touch, form, counting, table)


@kernel
def add_touches(  # noqa: PLR0913, PLR0917 - the words of a call
    text: Bytes,
    first: int,
    floor: int,
    latest: int,
    day_from: int,
    day_until: int,
    ignores: int,
    seed: int,
    slots: Records,
    arena: Bytes,
    free: Numbers,
    counts: Numbers,
    hashes: Numbers,
    became: Bytes,
    marks: Bytes,
    tags: Records,
) -> int:
    """Add packed touches to a table of slots, from number `first` on.

    `text`: a packed `state.touches.Touches`. `floor`: ms; what is older than that, and not newer than all that was read
    (`counts[CLOCK]`), is too late. `latest`: ms, of the latest order. A day lasts from `day_from` to `day_until` (ms).
    `ignores`: see `Counting`. `seed`: see `hash_of`. `slots`, `arena`, `free`, `counts`: the table. `marks`: room for
    `MARKS`: once a touch of a contact is left to Python, those that follow are, too. `tags`: room for `TAGS_MOST`.

    Fills `hashes`, and `became`, for each touch: `COUNTED` (it is the first that counts of its event of its message, on
    the day), `ELSEWHERE` (likewise, but on another day), `UNCOUNTED` (it counts for nothing more), `WITH_CARE` (nothing
    was done; Python knows what it is) or `TOO_LATE`. Adds up in `counts` how many became each of these, and under
    `MATTERING` how many of those that were added were not made after `latest`. Fills `tags` (`counts[TAGS]` of them)
    with those of the touches that were added.

    Returns how many touches are done: fewer than there are where the table is full.
    """
    table, counting = Table(slots, arena, free, counts), Counting(day_from, day_until, ignores)
    columns = columns_of(text)
    number, contact_at, entry_at, time_at = columns.number, columns.contact_at, columns.entry_at, columns.time_at
    if first == 0:
        counts[:CLOCK] = 0
        marks[:] = 0
        ask_for_ids(text, contact_at, number, seed, table, hashes)
    for i in range(number):
        if i >= first:
            time, form, mark = read_number(text, time_at), int(text[columns.form_at + i]), hashes[i] & (MARKS - 1)
            result = WITH_CARE
            if time <= counts[CLOCK] and time < floor:
                result = TOO_LATE
            elif form != FAR and not marks[mark]:
                at, length = entry_at + head_bytes(text, entry_at), head_length(text, entry_at)
                touch = new_touch(text, at, length, form, time)
                if touch.tags_at == touch.end or note_tags(text, touch, tags, counts):
                    result = _add_to_contact(text, contact_at, hashes[i], touch, form, counting, table)
                if result == NO_ROOM:
                    return i
                counts[MATTERING] += result != WITH_CARE and time <= latest
            if result == COUNTED and not day_from <= time < day_until:
                result = ELSEWHERE
            if result == WITH_CARE:
                marks[mark] = 1
            counts[CLOCK] = max(counts[CLOCK], time)
            counts[result] += 1
            became[i] = result
        contact_at, entry_at = behind_bytes(text, contact_at), behind_bytes(text, entry_at)
        time_at += number_bytes(text, time_at)
    return number
