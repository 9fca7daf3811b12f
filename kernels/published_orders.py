"""Decisions to what is published of their orders: what `state.published.PublishedOrders.accept` does."""

from __future__ import annotations

from typing import Final

import numpy as np

from kernels.compiling import inner, kernel
from kernels.id_table import (
    ABSENT,
    Table,
    ask_for_block,
    ask_for_slot,
    find_or_claim,
    find_slot,
    hash_of,
    put_value,
    value_at,
)
from kernels.layout import (
    CORRECTIONS,
    ENTRIES,
    ENTRIES_END,
    PUBLISHED,
    READINGS,
    REASONS,
    Bytes,
    Numbers,
    Record,
    Records,
)
from kernels.msgpack import TRUE, copy, put_number
from kernels.msgpack_reading import head_bytes, head_length, read_number
from kernels.outcomes import OUTCOME_TAG, find_values_of, is_text, value_bytes
from kernels.published_values import (
    NOTHING_BEFORE,
    Published,
    Words,
    find_published,
    is_credit_moved,
    is_full,
    is_usual,
    put_counted,
    put_history,
    put_owner,
    words_of,
)
from kernels.words import is_same
from state.publication import DROPPED, DUE, OTHERS, UNDONE

_NO_ROOM: Final = -3
_HEADS_BYTES_MOST: Final = 64
"""What is published of an order, in which a campaign stands twice, is longer by less than that than what was before
and the decision twice; so are both changes of the ledger that come of it."""
_LIST_HEAD_BYTES: Final = 5


@inner
def _put_change(packed: Bytes, at: int, length: int, sign: int, entries: Bytes, counts: Numbers) -> None:
    """A change of the ledger: what an order counts for, and whether it comes to that or goes from there."""
    end = counts[ENTRIES_END]
    entries[end] = 0x92
    end = copy(packed, at, length, entries, end + 1)
    counts[ENTRIES_END] = put_number(entries, end, sign & 0xFF, 0, 0)
    counts[ENTRIES] += 1


@inner
def _is_left(text: Bytes, outcome: Record, words: Words, arena: Bytes, before: Published) -> bool:
    """Whether a decision is left to Python."""
    if not is_usual(words):
        return True
    if not before.sequence:
        return False
    is_odd = is_full(arena, before) or not head_length(arena, before.changes)
    return is_odd or not is_text(text, outcome.contact, arena, before.contact)


@inner
def _publish(
    text: Bytes, outcome: Record, mixed: int, now_ms: int, value: Bytes, entries: Bytes, counts: Numbers, table: Table
) -> int:
    """Publish one decision. Returns the day that the order's row stood under, `DROPPED`, `UNDONE` or `_NO_ROOM`."""
    id_at, id_length = outcome.order + head_bytes(text, outcome.order), head_length(text, outcome.order)
    arena, slot, known, before = table.arena, find_slot(text, id_at, id_length, mixed, table), 0, NOTHING_BEFORE
    day, counted_bytes, is_moved = read_number(text, outcome.day), 0, False
    if slot >= 0 and table.slots[slot].length:
        known, before = int(np.int64(table.slots[slot].length)), find_published(arena, value_at(table.slots[slot]))
    words = words_of(text, outcome)
    size = known + 2 * (outcome.end - outcome.sequence) + _HEADS_BYTES_MOST
    if size > len(value) or size > len(entries) - counts[ENTRIES_END] or _is_left(text, outcome, words, arena, before):
        return UNDONE
    if known:
        if read_number(text, outcome.sequence) < read_number(arena, before.sequence):
            return DROPPED
        day, counted_bytes = read_number(arena, before.counted + 2), value_bytes(arena, before.counted)
        is_moved = is_credit_moved(text, outcome.credit, arena, before)
    counted_at = put_owner(text, outcome, value)
    end = put_counted(text, outcome, words.status, value, counted_at)
    length = end - counted_at
    end = put_history(text, outcome, words, now_ms, arena, before, value, end)
    is_same_count = length == counted_bytes and is_same(value, counted_at, arena, before.counted, length)
    entries_end = counts[ENTRIES_END]
    # Before the order's block may become another's.
    if counted_bytes and not is_same_count:
        _put_change(arena, before.counted, counted_bytes, -1, entries, counts)
    if slot < 0:
        slot = find_or_claim(text, id_at, id_length, mixed, end, table)
    if slot == ABSENT or not put_value(slot, value, 0, end, table):
        counts[ENTRIES] -= counts[ENTRIES_END] != entries_end
        counts[ENTRIES_END] = entries_end
        return _NO_ROOM
    if not is_same_count:
        _put_change(value, counted_at, length, 1, entries, counts)
    counts[CORRECTIONS + words.cause] += is_moved
    counts[REASONS + words.reason] += text[outcome.publishes_record] == TRUE
    return day


@inner
def _find_outcomes(text: Bytes, count: int, outcomes: Records, days: Numbers) -> None:
    at = head_bytes(text, 0)
    for i in range(count):
        find_values_of(text, at + head_bytes(text, at), outcomes[i])
        days[i] = OTHERS
        at = outcomes[i].end


@inner
def _note_reading(read_ms: int, reads: Numbers, counts: Numbers) -> None:
    """One decision more comes of an event that was read then."""
    last = 2 * counts[READINGS] - 2
    if last < 0 or reads[last] != read_ms:
        last = 2 * counts[READINGS]
        reads[last], reads[last + 1] = read_ms, 0
        counts[READINGS] += 1
    reads[last + 1] += 1


@inner
def _begin(
    text: Bytes, count: int, account: Bytes, seed: int, outcomes: Records, days: Numbers, hashes: Numbers, table: Table
) -> None:
    """Mark the decisions of an account as `DUE`, find the hashes of their orders, and have their blocks ready."""
    for i in range(count):
        at, length = outcomes[i].account, len(account)
        if days[i] != OTHERS or outcomes[i].order - at < length or not is_same(text, at, account, 0, length):
            continue
        days[i], order = DUE, outcomes[i].order
        hashes[i] = hash_of(text, order + head_bytes(text, order), head_length(text, order), seed)
        ask_for_slot(hashes[i], table)
    for i in range(count):
        if days[i] == DUE:
            ask_for_block(hashes[i], table)


@kernel
def publish_orders(  # noqa: PLR0913, PLR0917 - the words of a call
    text: Bytes,
    count: int,
    is_found: int,
    first: int,
    account: Bytes,
    now_ms: int,
    seed: int,
    slots: Records,
    arena: Bytes,
    free: Numbers,
    counts: Numbers,
    outcomes: Records,
    hashes: Numbers,
    days: Numbers,
    reads: Numbers,
    marks: Bytes,
    value: Bytes,
    entries: Bytes,
    published: Numbers,
) -> int:
    """Take an account's decisions, from number `first` on: what `state.published.PublishedOrders.accept` does.

    `text`: a packed list of packed `state.changes.Outcome` and `Forgotten`, `count` of them. `is_found`: not 0 if
    `outcomes` and `days` are as an earlier call, for another account, has filled them. `account`: its packed name.
    `now_ms`: wall clock. `seed`: see `hash_of`. `slots`, `arena`, `free`, `counts`: the account's table, order → packed
    `state.published.PublishedOrder`. `marks` (`kernels.layout.MARKS`), `value`: room to work in.

    Fills `outcomes`, `hashes`, and for each decision `days`: the day (an ordinal) that the row of its order stood under
    (the decision's, if the order is new), or `OTHERS`, `DROPPED` or `UNDONE`; `reads`: of those that are published when
    the events were read (ms) that they come of, and how many one behind the other were read then. `entries`: what they
    change in the ledger, a packed list of (`state.ledger.Counted`, 1 or -1). `published`: counts (`kernels.layout`).
    Where a decision is left to Python, so are all of its order that follow.

    Returns how many decisions are done: fewer than there are where the table is full.
    """
    table = Table(slots, arena, free, counts)
    if first == 0:
        for k in range(len(published)):
            published[k] = 0
        published[ENTRIES_END] = _LIST_HEAD_BYTES
        for k in range(len(marks)):
            marks[k] = 0
        if not is_found:
            _find_outcomes(text, count, outcomes, days)
        _begin(text, count, account, seed, outcomes, days, hashes, table)
    for i in range(first, count):
        if days[i] != DUE:
            continue
        outcome, mark = outcomes[i], hashes[i] % len(marks)
        if outcome.tag != OUTCOME_TAG or marks[mark]:
            days[i], marks[mark] = UNDONE, 1
            continue
        day = _publish(text, outcome, hashes[i], now_ms, value, entries, published, table)
        if day == _NO_ROOM:
            return i
        days[i], marks[mark] = day, day == UNDONE
        if day > DROPPED:
            published[PUBLISHED] += 1
            _note_reading(read_number(text, outcome.read_ms), reads, published)
    put_number(entries, 0, 0xDD, published[ENTRIES], _LIST_HEAD_BYTES - 1)
    return count
