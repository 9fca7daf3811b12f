"""Orders at their contacts: what `state.contacts.ContactGroup.place` does with the usual ones."""

from __future__ import annotations

from typing import Final

import numpy as np

from kernels.compiling import inner, kernel
from kernels.dealt_words import begin_word, end_word
from kernels.decided_orders import (
    FIXED_BYTES_MOST,
    Account,
    Kept,
    is_delivered,
    is_on_the_way,
    put_decision,
    put_kept,
    put_outcome_head,
    put_outcome_tail,
)
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
from kernels.key_groups import crc_of_packed
from kernels.last_touch import NO_TOUCH, RARE, Found, last_touch
from kernels.layout import (
    FOREIGN,
    LATEST_ORDER,
    NEWEST_EVENT,
    OLDEST_READING,
    OUTCOME_BYTES,
    OUTCOME_COUNT,
    PLACED,
    TO_PYTHON,
    Bytes,
    Numbers,
    Records,
)
from kernels.msgpack import NIL
from kernels.msgpack_reading import behind_bytes, behind_plain, head_bytes, head_length, read_number
from kernels.packed_orders import (
    AssignedAt,
    candidate_of,
    find_order,
    is_same_touch,
    read_assigned,
    sequence_of,
)
from kernels.words import is_same
from state.key_groups import GROUPS
from state.times import DAY_MS, HOUR_MS

_NO_ROOM: Final = -1
_ASSIGNED: Final = 1
_HEARD: Final = 4


@inner
def _day_of(ms: int, days: Numbers) -> int:
    """Where in `days` the day of an instant stands; `ABSENT`."""
    low, high = 0, len(days) // 2
    while low < high:
        middle = (low + high) // 2
        if days[2 * middle] <= ms:
            low = middle + 1
        else:
            high = middle
    return 2 * low - 2 if low and ms < days[2 * low - 2] + DAY_MS else ABSENT


@inner
def _kept_of(text: Bytes, word: AssignedAt, mixed: int, many: int, table: Table) -> tuple[bool, Kept]:
    """What there is of an order; and whether it is usual: newer than what there is, at a contact without too many."""
    id_at, id_length = word.contact + head_bytes(text, word.contact), head_length(text, word.contact)
    slot = find_slot(text, id_at, id_length, mixed, table)
    if slot < 0 or not table.slots[slot].length:
        return True, Kept(0, 0, 0, ABSENT, ABSENT, ABSENT)
    arena, begin = table.arena, value_at(table.slots[slot])
    end = begin + int(np.int64(table.slots[slot].length))
    if arena[begin] == NIL:
        return False, Kept(0, begin, end, ABSENT, ABSENT, ABSENT)
    number, begin = head_length(arena, begin), begin + head_bytes(arena, begin)
    at = find_order(arena, begin, end, text, word.id, word.order_contact - word.id)
    if at == ABSENT:
        return number + 1 < many, Kept(number, begin, end, ABSENT, ABSENT, ABSENT)
    candidate, candidate_end = candidate_of(arena, at)
    is_newer = sequence_of(arena, at) < read_number(text, word.sequence)
    return is_newer, Kept(number, begin, end, at, candidate, candidate_end)


@inner
def _keep(text: Bytes, word: AssignedAt, mixed: int, out: Bytes, at: int, length: int, table: Table) -> bool:
    """Give a contact these orders. False: the table has no room, and nothing is changed."""
    id_at, id_length = word.contact + head_bytes(text, word.contact), head_length(text, word.contact)
    slot = find_or_claim(text, id_at, id_length, mixed, length, table)
    return slot != ABSENT and put_value(slot, out, at, length, table)


@inner
def _place(  # noqa: PLR0913, PLR0917 - both tables, and what is written to
    text: Bytes,
    word: AssignedAt,
    mixed: int,
    mixed_message: int,
    group: int,
    account: Account,
    messages: Table,
    table: Table,
    results: Numbers,
    out: Bytes,
) -> int:
    """Decide an order, and keep it at its contact. `group`: the key group that publishes it.

    Returns `PLACED`, `TO_PYTHON` or `_NO_ROOM`.
    """
    contact_bytes = word.contact_group - word.contact
    made_at = read_number(text, word.made_at)
    day = _day_of(made_at, account.days) if account.since <= made_at < account.until else ABSENT
    is_named = text[word.contact] != NIL and word.status - word.order_contact == contact_bytes
    if day == ABSENT or not is_named or not is_same(text, word.contact, text, word.order_contact, contact_bytes):
        return TO_PYTHON
    is_usual, kept = _kept_of(text, word, mixed, account.many, table)
    if not is_usual:
        return TO_PYTHON
    looks = account.credits and (is_delivered(text, word.status) or is_on_the_way(text, word.status))
    found, names = Found(NO_TOUCH, 0, 0, 0, 0, 0), 0
    if looks:
        id_at, id_length = word.contact + head_bytes(text, word.contact), head_length(text, word.contact)
        slot = find_slot(text, id_at, id_length, mixed_message, messages)
        if slot >= 0:
            begin = value_at(messages.slots[slot])
            end = begin + int(np.int64(messages.slots[slot].length))
            found = last_touch(messages.arena, begin, end, made_at, account.texts, account.rules)
        names = found.times - found.entry
        if found.state == RARE or (found.state == NO_TOUCH and kept.candidate != ABSENT):
            return TO_PYTHON
    at = results[OUTCOME_BYTES]
    copied = 2 * (word.read_ms - word.contact + names + len(account.texts)) + kept.end - kept.begin
    if at + copied + FIXED_BYTES_MOST > len(out):
        return TO_PYTHON
    told = begin_word(group, out, at)
    decision = put_outcome_head(text, word, out, told)
    touch, decision_end = put_decision(text, word, found, messages.arena, account, out, decision)
    if (
        kept.candidate != ABSENT
        and looks
        and not is_same_touch(out, touch, table.arena, kept.candidate, kept.candidate_end)
    ):
        return TO_PYTHON
    hour = (made_at - account.days[day]) // HOUR_MS
    end = put_outcome_tail(text, word, account.days[day + 1], hour, results[OLDEST_READING], out, decision_end)
    behind_kept = put_kept(text, word, made_at, kept, touch, decision, decision_end, table.arena, out, end)
    if not _keep(text, word, mixed, out, end, behind_kept - end, table):
        return _NO_ROOM
    end_word(told, end, out)
    results[OUTCOME_BYTES] = end
    results[LATEST_ORDER] = max(results[LATEST_ORDER], made_at)
    results[NEWEST_EVENT] = max(results[NEWEST_EVENT], read_number(text, word.time))
    return PLACED


@inner
def _ask_for_contacts(
    text: Bytes, seed: int, message_seed: int, messages: Table, table: Table, hashes: Numbers, message_hashes: Numbers
) -> None:
    """Find the hashes of each order's contact in both tables, and have what they hold ready in the processor."""
    at, number = head_bytes(text, 0), head_length(text, 0)
    for i in range(number):
        word = at + head_bytes(text, at)
        hashes[i] = message_hashes[i] = 0
        if text[word + 1] == _ASSIGNED and text[word + 2] != NIL:
            id_at, length = word + 2 + head_bytes(text, word + 2), head_length(text, word + 2)
            hashes[i] = hash_of(text, id_at, length, seed)
            message_hashes[i] = hash_of(text, id_at, length, message_seed)
            ask_for_slot(hashes[i], table)
            ask_for_slot(message_hashes[i], messages)
        at = behind_bytes(text, at)
    for i in range(number):
        ask_for_block(hashes[i], table)
        ask_for_block(message_hashes[i], messages)


@inner
def _mark(text: Bytes, at: int, account: Account, marks: Bytes) -> None:
    """Have all that follows of an order left to Python, for which the word at `at` is, that is no `Assigned`."""
    if text[at + 1] != _HEARD:
        order = behind_plain(text, behind_plain(text, at + 2 + account.name_bytes))
        marks[crc_of_packed(text, order, account.crc) // GROUPS % len(marks)] = 1


@kernel
def place_orders(  # noqa: PLR0913, PLR0917 - the words of a call
    text: Bytes,
    first: int,
    name_bytes: int,
    crc: int,
    since: int,
    until: int,
    credits: int,
    texts: Bytes,
    rules: Records,
    many: int,
    days: Numbers,
    message_seed: int,
    message_slots: Records,
    message_arena: Bytes,
    message_free: Numbers,
    message_counts: Numbers,
    seed: int,
    slots: Records,
    arena: Bytes,
    free: Numbers,
    counts: Numbers,
    hashes: Numbers,
    message_hashes: Numbers,
    became: Bytes,
    marks: Bytes,
    results: Numbers,
    out: Bytes,
) -> int:
    """Place the usual orders of one account at their contacts, from word number `first` on.

    `text`: a packed list of packed `state.changes.OrderMessage`s. `name_bytes` to `days`: see `Account`.
    `message_slots` to `message_counts`: the table of its messages. `slots`, `arena`, `free`, `counts`: that of its
    orders, contact → packed list of packed orders (`state.contact_orders`), or `NIL` of one with many, which Python
    keeps. `seed`, `message_seed`: see `hash_of`.

    An order is usual that comes anew or with a greater sequence to a contact that is named and has few orders, was made
    on one of `days` under these settings, and either counted for no touch yet or counts for the same as before.

    Fills `became`, for each word: `PLACED`; `TO_PYTHON`: nothing was done, Python knows, and so it is with all that
    follows of the order; `FOREIGN`: it is another account's. Writes the packed `state.changes.Outcome`s to `out`,
    each with the key group of its order (`state.packed_words.PackedWords`). `results` has what `kernels.layout` says;
    Python says what is in it before the first word. `marks`: for what is left to Python.

    Returns how many words are done: fewer than there are where the table is full.
    """
    account = Account(name_bytes, crc, since, until, credits, texts, rules, many, days)
    messages = Table(message_slots, message_arena, message_free, message_counts)
    table = Table(slots, arena, free, counts)
    at, number = head_bytes(text, 0), head_length(text, 0)
    if first == 0:
        for k in range(len(marks)):
            marks[k] = 0
        _ask_for_contacts(text, seed, message_seed, messages, table, hashes, message_hashes)
    for i in range(number):
        begin = at + head_bytes(text, at)
        at = behind_bytes(text, at)
        if i < first:
            continue
        became[i] = FOREIGN
        if text[begin + 1] != _ASSIGNED:
            if is_same(text, begin + 2, texts, 0, name_bytes):
                became[i] = TO_PYTHON
                _mark(text, begin, account, marks)
            continue
        word = read_assigned(text, begin)
        if not is_same(text, word.account, texts, 0, name_bytes):
            continue
        read_ms = read_number(text, word.read_ms)
        if read_ms and (not results[OLDEST_READING] or read_ms < results[OLDEST_READING]):
            results[OLDEST_READING] = read_ms
        order_crc = crc_of_packed(text, word.id, crc)
        mark = order_crc // GROUPS % len(marks)
        became[i] = TO_PYTHON
        if not marks[mark]:
            group = order_crc % GROUPS
            result = _place(text, word, hashes[i], message_hashes[i], group, account, messages, table, results, out)
            if result == _NO_ROOM:
                return i
            became[i] = result
        if became[i] == TO_PYTHON:
            marks[mark] = 1
        else:
            results[OUTCOME_COUNT] += 1
    return number
