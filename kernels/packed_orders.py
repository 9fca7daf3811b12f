"""Orders as they stand packed: in an `Assigned`, among those of a contact, in what is decided of them.

Fields have fixed places (`state.changes`, `state.events.Order`, `state.contact_orders.OrderAtContact`): each stands
behind the one before it.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from kernels.compiling import inner, kernel
from kernels.id_table import ABSENT, Table, ask_ahead, block_at, value_at
from kernels.last_touch import Found
from kernels.layout import IDS, Bytes, Numbers, Records
from kernels.msgpack import FALSE, NIL, TRUE, copy, put_count, put_map_head, put_text
from kernels.msgpack_reading import (
    behind_bytes,
    behind_plain,
    behind_value,
    head_bytes,
    head_length,
    number_bytes,
    read_number,
)
from kernels.order_events import FIELDS_BEHIND_TIME
from kernels.words import is_same
from state.messages import US

_US: Final = US[0]
_MADE_AT_BYTES: Final = 8


class AssignedAt(NamedTuple):
    """Where the parts of an `Assigned` stand that is read."""

    contact: int
    contact_group: int
    sequence: int
    cause: int
    order: int
    account: int
    id: int
    order_contact: int
    status: int
    made_at: int
    time: int
    order_end: int
    read_ms: int


@inner
def read_assigned(packed: Bytes, at: int) -> AssignedAt:
    """The places in an `Assigned` that begins at `at`."""
    contact = at + 2
    contact_group = behind_plain(packed, contact)
    sequence = behind_plain(packed, contact_group)
    cause = behind_plain(packed, sequence)
    order = behind_plain(packed, cause)
    account = behind_plain(packed, order + head_bytes(packed, order))
    order_id = behind_plain(packed, account)
    order_contact = behind_plain(packed, order_id)
    status = behind_plain(packed, order_contact)
    made_at = behind_plain(packed, behind_plain(packed, behind_plain(packed, status)))
    time = behind_plain(packed, made_at)
    end = behind_plain(packed, time)
    for _ in range(FIELDS_BEHIND_TIME):
        end = behind_plain(packed, end)
    return AssignedAt(
        contact,
        contact_group,
        sequence,
        cause,
        order,
        account,
        order_id,
        order_contact,
        status,
        made_at,
        time,
        end,
        end + 1,
    )


@inner
def _sequence_at(arena: Bytes, at: int) -> int:
    """Of a packed order at `at`, with what heads it, where its sequence stands."""
    return at + head_bytes(arena, at) + _MADE_AT_BYTES + 1


@inner
def _order_at(arena: Bytes, at: int) -> int:
    """Likewise its order."""
    at = _sequence_at(arena, at)
    return at + number_bytes(arena, at)


@inner
def order_id_at(arena: Bytes, at: int) -> int:
    """Likewise the id of its order, packed."""
    order = _order_at(arena, at)
    return behind_bytes(arena, behind_bytes(arena, order + head_bytes(arena, order)))


@inner
def find_order(arena: Bytes, at: int, end: int, text: Bytes, id_at: int, id_length: int) -> int:
    """Where the order with an id (packed at `id_at`) begins among those of a contact, which are packed one behind the
    other from `at` to `end`; `ABSENT`."""
    while at < end:
        known = order_id_at(arena, at)
        if known + id_length <= end and is_same(text, id_at, arena, known, id_length):
            return at
        at = behind_bytes(arena, at)
    return ABSENT


@inner
def sequence_of(arena: Bytes, at: int) -> int:
    """The sequence of a packed order."""
    return read_number(arena, _sequence_at(arena, at))


@inner
def candidate_of(arena: Bytes, at: int) -> tuple[int, int]:
    """Of a packed order the touch that it was credited to, expected at, or that it remembers: where it stands, from and
    to; `ABSENT`: there is none (`state.contact_orders.OrderAtContact.candidate`)."""
    end = behind_bytes(arena, at)
    decision = behind_value(arena, _order_at(arena, at))
    credit = behind_plain(arena, decision + 1)
    while credit < end and arena[credit] == NIL:
        credit += 1
    if credit == end:
        return ABSENT, ABSENT
    return credit, behind_value(arena, credit)


@inner
def put_credit(arena: Bytes, found: Found, texts: Bytes, rules: Records, out: Bytes, at: int) -> int:
    """Write the `Credit` of a touch that was found in a contact's messages. Returns where the next value goes."""
    rule = rules[found.rule]
    campaign = found.entry + 2 + rule.channel_length
    message = campaign
    while arena[np.uint64(message)] != _US:
        message += 1
    out[at] = 0x98
    at = put_text(texts, rule.channel_at, rule.channel_length, out, at + 1)
    at = put_text(arena, campaign, message - campaign, out, at)
    at = put_text(arena, message + 1, found.times - 2 - message, out, at)
    at = copy(texts, rule.event_at, rule.event_length, out, at)
    at = put_count(out, at, found.ms)
    at = copy(texts, rule.window_at, rule.window_length, out, at)
    out[at] = TRUE if found.machine else FALSE
    out[at + 1] = 0x90
    return at + 2


@inner
def is_same_touch(out: Bytes, at: int, arena: Bytes, other: int, other_end: int) -> bool:
    """Whether two packed `Credit`s are of one touch (`state.attribution`), where no id has a separator in it."""
    end = behind_plain(out, behind_plain(out, behind_plain(out, at + 1)))
    length = end - at
    if other + length > other_end or not is_same(out, at, arena, other, length):
        return False
    mine, theirs = behind_plain(out, end), behind_plain(arena, other + length)
    return read_number(out, mine) == read_number(arena, theirs)


@inner
def put_number_of_8_bytes(out: Bytes, at: int, ms: int) -> int:
    """Write when an order was made, as it stands before it. Returns where the next value goes."""
    for k in range(_MADE_AT_BYTES):
        out[at + k] = (ms >> (8 * (_MADE_AT_BYTES - 1 - k))) & 0xFF
    return at + _MADE_AT_BYTES


@kernel
def pack_contact_orders(slots: Records, arena: Bytes, free: Numbers, counts: Numbers, out: Bytes) -> int:
    """Write all of a table of orders as a packed map, contact → its only order, or a map of several
    (`state.contact_orders.PackedOrders`). The contacts with `NIL` are counted in its head, and not written.

    `slots`, `arena`, `free`, `counts`: see `kernels.placed_orders.place_orders`. `out`: room for all, for their ids and
    orders' once more, and for what heads each of them. Returns how many bytes it is.
    """
    table = Table(slots, arena, free, counts)
    at = put_map_head(out, 0, counts[IDS])
    for slot in range(len(slots)):
        ask_ahead(slot, table)
        entry = slots[slot]
        length, id_length, value = int(np.int64(entry.length)), int(np.int64(entry.id_length)), value_at(entry)
        if not entry.at or not length or arena[value] == NIL:
            continue
        at = put_text(arena, block_at(entry), id_length, out, at)
        number, order = head_length(arena, value), value + head_bytes(arena, value)
        if number > 1:
            at = put_map_head(out, at, number)
        for _ in range(number):
            end = behind_bytes(arena, order)
            if number > 1:
                order_id = order_id_at(arena, order)
                at = copy(arena, order_id, behind_bytes(arena, order_id) - order_id, out, at)
            at = copy(arena, order, end - order, out, at)
            order = end
    return at
