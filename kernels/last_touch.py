"""The touch that an order is credited to, among its contact's packed messages, where nothing about it is rare."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from kernels.compiling import inner
from kernels.id_table import ABSENT
from kernels.layout import Bytes, Records
from kernels.packed_messages import entry_end
from kernels.words import is_same
from state.messages import US

NO_TOUCH, FOUND, RARE = range(3)
"""How a search ended; `RARE`: `state.attribution.last_touch` knows."""

_US: Final = US[0]
_ESC: Final = 0x1B
_NEVER: Final = -1
_BEFORE_1970: Final = -2
_NEXT_DIGIT: Final = 16
DIGITS: Final = np.array([b"0123456789abcdef".find(byte) for byte in range(256)], np.int64)
"""By byte the hexadecimal digit that it is; -1: it is none."""


class Found(NamedTuple):
    """What was found."""

    state: int
    """`FOUND`, `NO_TOUCH` or `RARE`."""
    ms: int
    machine: int
    """1: a machine did it."""
    rule: int
    """The number of its channel's rule."""
    entry: int
    """Where the entry of its message begins."""
    times: int
    """And where the times in it do."""


@inner
def _find_rule(arena: Bytes, at: int, end: int, texts: Bytes, rules: Records) -> int:
    """The number of the `RULE` of the channel whose name stands at `at`; `ABSENT`."""
    for number in range(len(rules)):
        length = rules[number].channel_length
        is_maybe = at + length < end and arena[np.uint64(at + length)] == _US
        if is_maybe and is_same(texts, rules[number].channel_at, arena, at, length):
            return number
    return ABSENT


@inner
def _behind_separator(arena: Bytes, at: int) -> int:
    """Behind the next `US`."""
    while arena[np.uint64(at)] != _US:
        at += 1
    return at + 1


@inner
def _latest(arena: Bytes, at: int, end: int, human: int, machine: int, first: int, last: int) -> tuple[int, int, int]:
    """Of an entry's times the latest from `first` to `last` (ms) under one of two letters.

    `at`: where its times begin; `end`: where the entry ends. Returns its ms and its letter, and where the times end.
    In the place of ms, `_NEVER`: there is none; `_BEFORE_1970`: one of the times is.
    """
    best, letter = _NEVER, human
    while at < end and arena[np.uint64(at)] != _US:
        this, ms = int(np.int64(arena[np.uint64(at)])), 0
        at += 1
        if at < end and arena[np.uint64(at)] == ord("-"):
            return _BEFORE_1970, letter, at
        while at < end and DIGITS[arena[np.uint64(at)]] >= 0:
            ms = ms * _NEXT_DIGIT + DIGITS[arena[np.uint64(at)]]
            at += 1
        if this in (human, machine) and first <= ms <= last and ms > best:
            best, letter = ms, this
    return best, letter, at


@inner
def _has_escapes(arena: Bytes, at: int, end: int) -> bool:
    """Whether a separator that belongs to an id stands between, in another form."""
    while at < end and arena[np.uint64(at)] != _ESC:
        at += 1
    return at < end


@inner
def last_touch(arena: Bytes, at: int, end: int, ordered_at: int, texts: Bytes, rules: Records) -> Found:
    """What `state.attribution.last_touch` finds: the latest touch at `ordered_at` (ms) that a
    `RULE` connects to a sale.

    `arena`: the contact's messages stand from `at` to `end`. It is `RARE` where one that may be it has tags, where two
    are of the same instant, where a time is from before 1970, and where an id has a separator in it.
    """
    best, machine, number, entry, times = _NEVER, 0, 0, at, at
    while at < end:
        behind = entry_end(arena, at + 1, end)
        this = _find_rule(arena, at + 1, behind, texts, rules)
        if this != ABSENT:
            rule = rules[this]
            times_at = _behind_separator(arena, _behind_separator(arena, at + 2 + rule.channel_length))
            since = max(ordered_at - rule.window_ms, best, 0)
            ms, letter, tags_at = _latest(arena, times_at, behind, rule.human, rule.machine, since, ordered_at)
            if ms != _NEVER:
                if ms in (_BEFORE_1970, best) or tags_at < behind:
                    return Found(RARE, 0, 0, 0, at, at)
                best, number, entry, times = ms, this, at, times_at
                machine = 0 if letter == rule.human else 1
        at = behind
    if best == _NEVER:
        return Found(NO_TOUCH, 0, 0, 0, entry, entry)
    return Found(RARE if _has_escapes(arena, entry, times) else FOUND, best, machine, number, entry, times)
