"""A touch of a message that is known, whoever did it: what `state.messages.add` does where nothing about it is rare.

And what a touch has that is a machine's or tagged: how it counts, and its tags.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from kernels.compiling import inner
from kernels.id_table import Table, value_at
from kernels.last_touch import DIGITS
from kernels.layout import (
    COUNTED,
    IGNORED,
    TAGS,
    UNCOUNTED,
    UNSETTLED,
    WITH_CARE,
    Bytes,
    Numbers,
    Record,
    Records,
)
from kernels.packed_messages import insert
from kernels.words import is_same
from state.messages import AUTOMATED, HUMAN, LATEST_TIMES_KEPT, PLAIN_TIME_BYTES, US
from state.settings import EVENTS
from state.touches import PLAIN

NO_ROOM: Final = -1
"""In the place of what a touch became: the table is full, and nothing was done."""

_US: Final = US[0]
_NEVER: Final = 1 << 62
_NEXT_DIGIT: Final = 16


def _letters(pairs: dict[str, str]) -> Bytes:
    """By letter another one; 0: there is none."""
    letters = np.zeros(256, np.uint8)
    for letter, other in pairs.items():
        letters[ord(letter)] = ord(other)
    return letters


_MACHINE_OF: Final = _letters({HUMAN[event]: AUTOMATED[event] for event in EVENTS})
_HUMAN_OF: Final = _letters({AUTOMATED[event]: HUMAN[event] for event in EVENTS})
_MAY_BE_IGNORED: Final = np.array([chr(byte) in "PK" for byte in range(256)])
"""Machines' letters of what counts as opened and clicked (`state.counted_messages.counted_events`)."""


class NewTouch(NamedTuple):
    """A touch that is to be added."""

    at: int
    """Where its entry begins in the text."""
    time_at: int
    """Where its time does."""
    tags_at: int
    """And where its tags do."""
    end: int
    """Where its entry ends."""
    ms: int


class Counting(NamedTuple):
    """How the touches of an account are counted."""

    day_from: int
    """ms: when the day begins that most are of."""
    day_until: int
    ignores: int
    """Whether machines' touches are `IGNORED`, count (0), or are `UNSETTLED`."""


class _Times(NamedTuple):
    """The times of an entry, as they concern a new touch."""

    is_plain: bool
    """Whether each has `PLAIN_TIME_BYTES`; all else holds only if so."""
    is_known: bool
    """Whether the new one is among them, done by the same."""
    is_other_known: bool
    """Or by the other: a person for a machine, or a machine for a person."""
    alike: int
    """How many there are of its event by the same."""
    first: int
    """ms of the first of these; `_NEVER`."""
    first_other: int
    """And of those by the other."""


@inner
def new_touch(text: Bytes, at: int, length: int, form: int, ms: int) -> NewTouch:
    """Where the parts of a touch's entry stand."""
    end = at + length
    if form == PLAIN:
        return NewTouch(at, end - PLAIN_TIME_BYTES, end, end, ms)
    time_at = at + 1
    for _ in range(3):
        while text[np.uint64(time_at)] != _US:
            time_at += 1
        time_at += 1
    return NewTouch(at, time_at, time_at + PLAIN_TIME_BYTES, end, ms)


@inner
def counts_first(text: Bytes, touch: NewTouch, counting: Counting) -> int:
    """`COUNTED` or `UNCOUNTED`: what the first touch of a message is. `WITH_CARE`: that depends on when it was made."""
    if not _MAY_BE_IGNORED[text[touch.time_at]] or counting.ignores == 0:
        return COUNTED
    return UNCOUNTED if counting.ignores == IGNORED else WITH_CARE


@inner
def _next_tag(text: Bytes, at: int, end: int) -> int:
    """Where the separator before the next tag stands, at `at` or behind; `end`: there is none."""
    while at < end and text[np.uint64(at)] != _US:
        at += 1
    return at


@inner
def note_tags(text: Bytes, touch: NewTouch, tags: Records, counts: Numbers) -> bool:
    """Add to `tags`, each a `TAG`, when the tags of a touch were seen. False: there is no room for all of them."""
    at = touch.tags_at
    while at < touch.end:
        next_at = _next_tag(text, at + 1, touch.end)
        begin, length, number = at + 1, next_at - at - 1, 0
        while number < counts[TAGS] and not (
            tags[number].length == length and is_same(text, begin, text, tags[number].at, length)
        ):
            number += 1
        if number == len(tags):
            return False
        tag = tags[number]
        if number == counts[TAGS]:
            tag.at, tag.length, tag.time = begin, length, touch.ms
            counts[TAGS] += 1
        tag.time = max(tag.time, touch.ms)
        at = next_at
    return True


@inner
def _plain_ms(arena: Bytes, at: int) -> int:
    """The ms of a time of `PLAIN_TIME_BYTES`, of which the letter stands at `at`; negative: it is not one."""
    ms, wrong = 0, 0
    for k in range(at + 1, at + PLAIN_TIME_BYTES):
        digit = DIGITS[arena[np.uint64(k)]]
        wrong |= digit
        ms = ms * _NEXT_DIGIT + digit
    is_letter = ord("A") <= arena[np.uint64(at)] <= ord("Z")
    return ms if is_letter and wrong >= 0 else -1


@inner
def _look_at(arena: Bytes, at: int, end: int, letter: int, other: int, ms: int) -> _Times:
    """The times that stand from `at` to `end`. `letter`: of the new one; `other`: of the same event, by the other."""
    is_plain, is_known, is_other_known = (end - at) % PLAIN_TIME_BYTES == 0, False, False
    alike, first, first_other = 0, _NEVER, _NEVER
    while is_plain and at < end:
        this, known = int(np.int64(arena[np.uint64(at)])), _plain_ms(arena, at)
        is_plain = known >= 0
        if this == letter:
            is_known |= known == ms
            alike += 1
            first = min(first, known)
        elif this == other:
            is_other_known |= known == ms
            first_other = min(first_other, known)
        at += PLAIN_TIME_BYTES
    return _Times(is_plain, is_known, is_other_known, alike, first, first_other)


@inner
def _has_tags(arena: Bytes, at: int, end: int, text: Bytes, touch: NewTouch) -> bool:
    """Whether all tags of a touch are among those that stand from `at` to `end`, each behind its separator."""
    tag = touch.tags_at
    while tag < touch.end:
        tag_end = _next_tag(text, tag + 1, touch.end)
        known, length, is_there = at, tag_end - tag, False
        while known < end and not is_there:
            behind = known + length
            is_whole = behind == end or (behind < end and arena[np.uint64(behind)] == _US)
            is_there = is_whole and is_same(text, tag, arena, known, length)
            known = _next_tag(arena, known + 1, end)
        if not is_there:
            return False
        tag = tag_end
    return True


@inner
def _counts(times: _Times, letter: int, ms: int, counting: Counting) -> int:
    """What a new touch is besides those of its message: `COUNTED`, `UNCOUNTED`, or `WITH_CARE` where it depends on the
    settings of each time, or where the event may have been counted on another day.
    """
    is_machine = _HUMAN_OF[letter] != 0
    by_machine = times.first if is_machine else times.first_other
    machine = letter if is_machine else int(np.int64(_MACHINE_OF[letter]))
    before = times.first_other if is_machine else times.first
    if _MAY_BE_IGNORED[machine] and counting.ignores != 0:
        if counting.ignores == UNSETTLED and (is_machine or by_machine != _NEVER):
            return WITH_CARE
        if is_machine:
            return UNCOUNTED
    else:
        before = min(before, by_machine)
    if before == _NEVER:
        return COUNTED
    is_same_day = counting.day_from <= ms and before < counting.day_until
    return UNCOUNTED if ms >= before or is_same_day else WITH_CARE


@inner
def _is_less(arena: Bytes, at: int, other: int) -> bool:
    """Whether one time sorts before another: by letter, then by ms."""
    for k in range(PLAIN_TIME_BYTES):
        if arena[np.uint64(at + k)] != arena[np.uint64(other + k)]:
            return arena[np.uint64(at + k)] < arena[np.uint64(other + k)]
    return False


@inner
def _sort(arena: Bytes, at: int, end: int) -> None:
    """Sort the times that stand from `at` to `end`; most are in order already."""
    for next_at in range(at + PLAIN_TIME_BYTES, end, PLAIN_TIME_BYTES):
        this = next_at
        while this > at and _is_less(arena, this, this - PLAIN_TIME_BYTES):
            for k in range(this, this + PLAIN_TIME_BYTES):
                before = np.uint64(k - PLAIN_TIME_BYTES)
                kept = arena[before]
                arena[before] = arena[np.uint64(k)]
                arena[np.uint64(k)] = kept
            this -= PLAIN_TIME_BYTES


@inner
def add_to_known(
    contact: Record, times_at: int, end: int, text: Bytes, touch: NewTouch, counting: Counting, table: Table
) -> int:
    """Add a touch to the message of a contact whose times begin at `times_at`, and whose entry ends at `end`.

    Returns `COUNTED`, `UNCOUNTED`, `WITH_CARE` or `NO_ROOM`. Left with care are tags that the message has not, a
    person's touch that turns out to be a machine's, more times than are kept of an event, and times far from ours.
    """
    arena = table.arena
    letter, tags_at = int(np.int64(text[touch.time_at])), _next_tag(arena, times_at, end)
    is_machine = _HUMAN_OF[letter] != 0
    other = int(np.int64(_HUMAN_OF[letter] if is_machine else _MACHINE_OF[letter]))
    times = _look_at(arena, times_at, tags_at, letter, other, touch.ms)
    if not times.is_plain or not _has_tags(arena, tags_at, end, text, touch):
        return WITH_CARE
    if times.is_known or (times.is_other_known and not is_machine):
        return UNCOUNTED
    if times.is_other_known or times.alike > LATEST_TIMES_KEPT:
        return WITH_CARE
    result = _counts(times, letter, touch.ms, counting)
    if result != WITH_CARE:
        begin = value_at(contact)
        if not insert(contact, tags_at - begin, text, touch.time_at, PLAIN_TIME_BYTES, table):
            return NO_ROOM
        moved = value_at(contact) - begin
        _sort(arena, times_at + moved, tags_at + moved + PLAIN_TIME_BYTES)
    return result
