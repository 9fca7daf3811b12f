"""Decisions to the rows of their orders, sorted by account and day and packed as Redis is given them."""

from __future__ import annotations

from typing import Final

from kernels.compiling import inner, kernel
from kernels.dates import DAY_BYTES, day_number, put_day
from kernels.id_table import hash_of
from kernels.json_writing import put_number_text
from kernels.layout import Bytes, Numbers, Record, Records
from kernels.msgpack import put_count, put_number, put_text_head
from kernels.msgpack_reading import behind_bytes, head_bytes, head_length, number_bytes, read_number
from kernels.order_row_text import put_row_text
from kernels.outcomes import find_values_of
from kernels.usual_outcomes import are_usual, is_day
from kernels.word_copies import copy_words
from kernels.words import is_same

_NONE: Final = -1
_NOT_WRITTEN: Final = -1
"""What is given where Python has to write a row."""
_BINARY, _TEXT, _ARRAY, _MAP = 0xC6, 0xDA, 0xDD, 0xDF
"""Heads that say in four bytes, of a text in two, how long it is: what follows is written before that is known."""
_HEAD_BYTES: Final = 5
_TEXT_HEAD_BYTES: Final = 3
_ROW_BYTES_MOST: Final = 0xFFFF
_SPREAD: Final = 31


@inner
def _end(out: Bytes, begin: int, to: int) -> int:
    """Write the head of bytes from `begin` to `to`. Returns where the next value goes."""
    put_number(out, begin - _HEAD_BYTES, _BINARY, to - begin, 4)
    return to


@inner
def _put_member(packed: Bytes, order_at: int, day: int, out: Bytes, to: int) -> int:
    """Write an order's row on a day as `connectors.view.layout.unsettled_member` has it, a text inside of bytes."""
    length = head_length(packed, order_at)
    begin = to = to + _HEAD_BYTES
    to = put_day(day_number(day), out, put_text_head(out, to, DAY_BYTES + 1 + length))
    out[to] = ord(":")
    return _end(out, begin, copy_words(packed, order_at + head_bytes(packed, order_at), length, out, to + 1))


@inner
def _put_taken(packed: Bytes, outcome: Record, day: int, out: Bytes, to: int) -> int:
    """Write that an order is not of a day. Returns where the next value goes."""
    to = _put_member(packed, outcome.order, day, out, to)
    to = put_number(out, to, 0x92, 0, 0)
    to = put_number(out, to, 0xC4, 0, 1)
    return put_number(out, to, 0xC4, 0, 1)


@inner
def _put_row(packed: Bytes, outcome: Record, day: int, out: Bytes, to: int) -> int:
    """Write an order's row and its place in the index of the day. Returns where the next value goes; `_NOT_WRITTEN`:
    the row is too long.
    """
    order_at = outcome.order
    order_bytes = behind_bytes(packed, order_at) - order_at
    to = _put_member(packed, order_at, day, out, to)
    begin = to = put_number(out, to, 0x92, 0, 0) + _HEAD_BYTES
    row = to = copy_words(packed, order_at, order_bytes, out, to) + _TEXT_HEAD_BYTES
    to = put_row_text(packed, outcome, out, to)
    if to - row > _ROW_BYTES_MOST:
        return _NOT_WRITTEN
    put_number(out, row - _TEXT_HEAD_BYTES, _TEXT, to - row, 2)
    begin = to = _end(out, begin, to) + _HEAD_BYTES
    to = put_number_text(read_number(packed, outcome.ordered_at), out, to + 1)
    put_text_head(out, begin, to - begin - 1)
    return _end(out, begin, copy_words(packed, order_at, order_bytes, out, to))


@inner
def _is_lot_of(packed: Bytes, lot: Record, day: int, begin: int, length: int) -> bool:
    is_alike = lot.day == day and lot.account_length == length
    return is_alike and is_same(packed, lot.account_at, packed, begin, length)


@inner
def _find_lot(
    packed: Bytes, account_at: int, day: int, lots: Records, last: int, count: int, slots: Numbers, size: int
) -> int:
    """The number of the lot of an account's day, which may be a new one: then it is `count`. Often it is the `last`."""
    begin, length = account_at + head_bytes(packed, account_at), head_length(packed, account_at)
    if count and _is_lot_of(packed, lots[last], day, begin, length):
        return last
    slot = (hash_of(packed, begin, length, 0) + day * _SPREAD) & (size - 1)
    while slots[slot] != _NONE:
        if _is_lot_of(packed, lots[slots[slot]], day, begin, length):
            return slots[slot]
        slot = (slot + 1) & (size - 1)
    slots[slot] = count
    lot = lots[count]
    lot.account_at, lot.account_length, lot.day, lot.rows, lot.taken = begin, length, day, 0, 0
    lot.first = lot.last = _NONE
    return count


@inner
def _add_to_lot(lot: Record, rows: Records, number: int, at: int, end: int) -> None:
    """Put a row, which stands from `at` to `end`, behind those that a lot has."""
    if lot.first == _NONE:
        lot.first = number
    else:
        rows[lot.last].next = number
    lot.last, lot.rows = number, lot.rows + 1
    rows[number].at, rows[number].length, rows[number].next = at, end - at, _NONE


@inner
def _mark_of(packed: Bytes, outcome: Record, marks: Bytes) -> int:
    """Where the mark of an order is."""
    at = outcome.order
    return hash_of(packed, at + head_bytes(packed, at), head_length(packed, at), 0) & (len(marks) - 1)


@inner
def _put_lot(packed: Bytes, lot: Record, rows: Records, texts: Bytes, out: Bytes, to: int) -> int:
    """Write a lot as a `connectors.view.packed_rows.RowsWrite`. Returns where the next goes."""
    to = put_text_head(out, put_number(out, to, 0x94, 0, 0), lot.account_length)
    to = copy_words(packed, lot.account_at, lot.account_length, out, to)
    to = put_count(out, to, lot.day)
    to = put_count(out, to, lot.taken)
    to = put_number(out, to, _MAP, lot.rows, 4)
    number = lot.first
    while number != _NONE:
        to = copy_words(texts, rows[number].at, rows[number].length, out, to)
        number = rows[number].next
    return to


@kernel
def put_rows(  # noqa: PLR0913, PLR0917 - the words of a call
    text: Bytes,
    outcomes: Records,
    slots: Numbers,
    lots: Records,
    rows: Records,
    texts: Bytes,
    left: Numbers,
    marks: Bytes,
    out: Bytes,
) -> int:
    """Make rows of decisions, as `dataflows.flow.publish.to_rows` does.

    `text`: a packed list of the days that the orders' rows stood under until then, and behind it the packed decisions
    (`state.changes.Outcome`), in the order in which they came. `outcomes`: room for where the values of one stand.
    `slots`: room for four times as many as there are decisions, a power of two. `lots` (`LOT`) and `rows` (`ROW`): room
    for twice as many. `left`: room for as many. `marks`: room for a mark of each order, by its hash, a power of two.
    `texts`, `out`: room for `kernels.layout.ROW_BYTES_MOST` of each decision and six times its own bytes.

    Fills `out` with a packed array: the lots (`RowsWrite`), of each account and day one, and the numbers of decisions
    that are left to Python, with all that come after them of the same order. Returns how long it is.
    """
    count, day_at = head_length(text, 0), head_bytes(text, 0)
    at = day_at
    for _ in range(count):
        at += number_bytes(text, at)
    size = 1
    while size < 4 * count:
        size *= 2
    slots[:size] = _NONE
    marks[:] = 0
    outcome = outcomes[0]
    row_count = lot_count = left_count = written = lot = 0
    for number in range(count):
        find_values_of(text, at, outcome)
        at = outcome.end
        old_day, day = read_number(text, day_at), read_number(text, outcome.day)
        day_at += number_bytes(text, day_at)
        taken = to = _NOT_WRITTEN
        if not (left_count and marks[_mark_of(text, outcome, marks)]) and are_usual(text, outcome) and is_day(old_day):
            taken = written if old_day == day else _put_taken(text, outcome, old_day, texts, written)
            to = _put_row(text, outcome, day, texts, taken)
        if to == _NOT_WRITTEN:
            marks[_mark_of(text, outcome, marks)] = 1
            left[left_count] = number
            left_count += 1
            continue
        if taken != written:
            lot = _find_lot(text, outcome.account, old_day, lots, lot, lot_count, slots, size)
            lot_count = max(lot_count, lot + 1)
            lots[lot].taken += 1
            _add_to_lot(lots[lot], rows, row_count, written, taken)
            row_count += 1
        lot = _find_lot(text, outcome.account, day, lots, lot, lot_count, slots, size)
        lot_count = max(lot_count, lot + 1)
        _add_to_lot(lots[lot], rows, row_count, taken, to)
        row_count += 1
        written = to
    to = put_number(out, put_number(out, 0, 0x92, 0, 0), _ARRAY, lot_count, 4)
    for number in range(lot_count):
        to = _put_lot(text, lots[number], rows, texts, out, to)
    to = put_number(out, to, _ARRAY, left_count, 4)
    for number in range(left_count):
        to = put_count(out, to, left[number])
    return to
