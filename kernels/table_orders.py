"""Usual events to what is kept of their orders, and on to the contacts: what `state.orders.OrderGroup.add` does."""

from __future__ import annotations

from typing import Final

import numpy as np

from kernels.compiling import inner, kernel
from kernels.dealt_words import begin_word, end_word
from kernels.id_table import ABSENT, Table, find_or_claim, find_slot, make_room, set_length, value_at
from kernels.key_groups import crc_of_packed
from kernels.layout import (
    CLOCK,
    EVENTS,
    LEFT,
    OUT_END,
    TAKEN,
    UNCHANGED,
    Bytes,
    Numbers,
    Record,
    Records,
)
from kernels.msgpack import (
    FALSE,
    NIL,
    copy,
    count_bytes,
    put_array_head,
    put_count,
    put_number,
    put_text,
)
from kernels.msgpack_reading import behind_value, head_bytes, head_length, number_bytes, read_number
from kernels.order_events import behind_time, read_batches, time_at
from kernels.words import is_same

_NO_ROOM: Final = -1
_NO_ELEMENTS: Final = 0x90
_ASSIGNED: Final = 1
"""The tag of `state.changes.Assigned`."""
_CAUSE: Final = np.frombuffer(b"order", np.uint8)


@inner
def _contact_bytes(text: Bytes, event: Record) -> int:
    """How long the contact is, packed."""
    return head_bytes(text, event.contact_at) + head_length(text, event.contact_at)


@inner
def _state_bytes(text: Bytes, event: Record, sequence: int, group: int) -> int:
    """How long that is what `_put_state` writes."""
    order = event.order_end - event.order_at
    return 1 + count_bytes(sequence) + 1 + _contact_bytes(text, event) + count_bytes(group) + order + 2


@inner
def _put_state(text: Bytes, event: Record, sequence: int, moved: int, group: int, arena: Bytes, at: int) -> None:
    """Write a `state.order_state.OrderState` of one whole event; `moved` as it is packed."""
    at = put_count(arena, put_array_head(arena, at, 7), sequence)
    at = put_number(arena, at, moved, 0, 0)
    at = copy(text, event.contact_at, _contact_bytes(text, event), arena, at)
    at = put_count(arena, at, group)
    at = copy(text, event.order_at, event.order_end - event.order_at, arena, at)
    at = put_array_head(arena, put_array_head(arena, at, 0), 0)


@inner
def _put_assigned(text: Bytes, event: Record, sequence: int, group: int, out: Bytes, at: int) -> int:
    """Write the `state.changes.Assigned` that comes of an event. Returns where the next goes."""
    at = put_count(out, put_array_head(out, at, 8), _ASSIGNED)
    at = copy(text, event.contact_at, _contact_bytes(text, event), out, at)
    at = put_count(out, put_count(out, at, group), sequence)
    at = put_text(_CAUSE, 0, len(_CAUSE), out, at)
    at = copy(text, event.order_at, event.order_end - event.order_at, out, at)
    return put_count(out, put_number(out, at, FALSE, 0, 0), event.read_ms)


@inner
def _after(text: Bytes, event: Record, group: int, entry: Record, arena: Bytes) -> tuple[int, int, int]:
    """What becomes of an event of an order that is known, the order's sequence after it, and whether it ever moved, as
    that is packed.
    """
    begin = value_at(entry)
    sequence_at = begin + head_bytes(arena, begin)
    moved_at = sequence_at + number_bytes(arena, sequence_at)
    moved, contact_at = int(arena[moved_at]), moved_at + 1
    group_at = behind_value(arena, contact_at)
    whole_at = group_at + number_bytes(arena, group_at)
    if arena[whole_at] == NIL:
        return LEFT, 0, moved
    known_time_at = time_at(arena, whole_at)
    known_time, end = read_number(arena, known_time_at), behind_time(arena, known_time_at)
    if event.time < known_time:
        return UNCHANGED, 0, moved
    if event.time == known_time:
        length = event.order_end - event.order_at
        is_known = length == end - whole_at and is_same(text, event.order_at, arena, whole_at, length)
        return (UNCHANGED if is_known else LEFT), 0, moved
    length = _contact_bytes(text, event)
    is_usual = (
        arena[end] == _NO_ELEMENTS
        and arena[end + 1] == _NO_ELEMENTS
        and length == group_at - contact_at
        and is_same(text, event.contact_at, arena, contact_at, length)
        and read_number(arena, group_at) == group
    )
    sequence = max(read_number(arena, sequence_at) + 1, int(event.time))
    return (TAKEN if is_usual else LEFT), sequence, moved


@inner
def _take(text: Bytes, event: Record, group: int, floor: int, table: Table, out: Bytes) -> int:
    """Add a usual event of a contact of this key group to its order.

    Returns `UNCHANGED`, `TAKEN`, `LEFT` or `_NO_ROOM`.
    """
    slot = find_slot(text, event.id_at, event.id_length, event.hash, table)
    sequence, moved = int(event.time), FALSE
    if slot < 0 or not table.slots[slot].length:
        if event.ordered_at < floor:
            return LEFT
    else:
        result, sequence, moved = _after(text, event, group, table.slots[slot], table.arena)
        if result != TAKEN:
            return result
    needed = _state_bytes(text, event, sequence, group)
    slot = find_or_claim(text, event.id_at, event.id_length, event.hash, needed, table)
    if slot == ABSENT or not make_room(table.slots[slot], needed, table):
        return _NO_ROOM
    entry = table.slots[slot]
    _put_state(text, event, sequence, moved, group, table.arena, value_at(entry))
    set_length(entry, needed, table)
    begin = begin_word(group, out, table.counts[OUT_END])
    table.counts[OUT_END] = _put_assigned(text, event, sequence, group, out, begin)
    end_word(begin, table.counts[OUT_END], out)
    return TAKEN


@kernel
def take_orders(  # noqa: PLR0913, PLR0917 - the words of a call
    text: Bytes,
    first: int,
    floor: int,
    erased_until: int,
    until: int,
    account_crc: int,
    groups: int,
    seed: int,
    slots: Records,
    arena: Bytes,
    free: Numbers,
    counts: Numbers,
    events: Records,
    marks: Bytes,
    became: Bytes,
    out: Bytes,
) -> int:
    """Take the usual events of an account's orders, from number `first` on, and say of each what becomes of its order.

    Usual is a whole event that names a contact, of an order that is not known yet, or of which only such events are
    kept, all of the same contact.

    `text`: packed batches (`state.order_batches.OrderBatch`) of the account behind each other. `floor`: ms; an order
    that is not known and was made before is left. `erased_until`: ms; no event after this is touched by an erasure;
    others are left. `until`: ms; the first event that is newer, and all behind it, are left. `account_crc`: CRC-32 of
    the account; `groups`: how many key groups of contacts there are. `seed`: see `kernels.id_table.hash_of`. `slots`,
    `arena`, `free`, `counts`: a table, order → packed `OrderState`. `marks`: room for the marks of orders that
    are left (`kernels.layout.MARKS`).

    Fills `events`, and `became`, for each: `TAKEN`, `UNCHANGED` (the order stays as it is, and nothing is told), or
    `LEFT` (nothing was done; Python knows what it is). Writes what is told of those taken into `out`, a packed
    `state.changes.Assigned` each with its key group (`state.packed_words.PackedWords`). `counts` has under `EVENTS` how
    many events there are, then how many became each, `OUT_END` is where what is told ends, and `CLOCK` grows to the
    newest (ms) of those that were not left.

    Returns how many events are done: fewer than there are where the table is full.
    """
    table = Table(slots, arena, free, counts)
    if first == 0:
        for k in range(CLOCK):
            counts[k] = 0
        marks[:] = 0
        counts[EVENTS] = read_batches(text, seed, table, events)
    is_over = False
    for i in range(first, counts[EVENTS]):
        event = events[i]
        is_over = is_over or event.time > until
        mark = event.hash & (len(marks) - 1)
        result = LEFT
        if event.is_usual and event.time > erased_until and not is_over and not marks[mark]:
            group = crc_of_packed(text, event.contact_at, account_crc) % groups
            result = _take(text, event, group, floor, table, out)
            if result == _NO_ROOM:
                return i
        if result == LEFT:
            marks[mark] = 1
        else:
            counts[CLOCK] = max(counts[CLOCK], event.time)
        counts[result] += 1
        became[i] = result
    return int(counts[EVENTS])
