"""Packed decisions (`state.changes.Outcome`) whose rows and records kernels write."""

from __future__ import annotations

from typing import Final

from kernels.amounts import decimals_of
from kernels.compiling import inner
from kernels.dates import DAYS_MOST, day_number
from kernels.json_writing import are_plain_bytes, is_plain
from kernels.layout import Bytes, Record
from kernels.msgpack import NIL
from kernels.msgpack_reading import behind_bytes, head_bytes, head_length, read_number
from kernels.outcomes import find_touch
from state.times import DAY_MS

_TIME_MOST: Final = (DAYS_MOST + 1) * DAY_MS
"""ms: the first that has more than four figures for its year."""


@inner
def currency_decimals(packed: Bytes, at: int) -> int:
    """How many decimals the currency has whose code is packed at `at`; -1: it is none that ISO 4217 knows."""
    return decimals_of(packed, at + head_bytes(packed, at), head_length(packed, at))


@inner
def are_usual(packed: Bytes, outcome: Record) -> bool:
    """Whether kernels may write what is to be told of a decision: no text needs an escape, times and days are from 1970
    on, amounts are not negative, and of a currency that is known.
    """
    if currency_decimals(packed, outcome.currency) < 0 or read_number(packed, outcome.amount) < 0:
        return False
    if packed[outcome.refunded] != NIL and read_number(packed, outcome.refunded) < 0:
        return False
    if not _is_time(packed, outcome.ordered_at) or not is_day(read_number(packed, outcome.day)):
        return False
    if not _are_plain(packed, outcome.account, outcome.amount) or not _are_plain(packed, outcome.email, outcome.items):
        return False
    is_usual = is_plain(packed, outcome.reason) and _is_usual_touch(packed, outcome.credit)
    return is_usual and _is_usual_touch(packed, outcome.expected)


@inner
def _are_plain(packed: Bytes, at: int, end: int) -> bool:
    """Whether none of the texts that stand from `at` to `end` needs an escape. What stands before most texts is no odd
    byte either, so they are looked at together first.
    """
    if are_plain_bytes(packed, at, end):
        return True
    while at < end:
        if not is_plain(packed, at):
            return False
        at = behind_bytes(packed, at)
    return True


@inner
def _is_usual_touch(packed: Bytes, at: int) -> bool:
    if packed[at] == NIL:
        return True
    touch = find_touch(packed, at)
    is_plain_touch = _are_plain(packed, touch.channel, touch.touched_at) and is_plain(packed, touch.window)
    return is_plain_touch and _is_time(packed, touch.touched_at)


@inner
def _is_time(packed: Bytes, at: int) -> bool:
    return 0 <= read_number(packed, at) < _TIME_MOST


@inner
def is_day(ordinal: int) -> bool:
    """Whether a day is from 1970 to 9999."""
    return 0 <= day_number(ordinal) <= DAYS_MOST
