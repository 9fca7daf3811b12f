"""Touches sorted into parts: those of one account for one key group, and how long each part is, packed."""

from __future__ import annotations

from typing import Final

from kernels.compiling import inner, kernel
from kernels.entries import entry_bytes, kind_bytes
from kernels.key_groups import crc32
from kernels.layout import Bytes, Numbers, Record, Records
from kernels.msgpack import array_head_bytes, binary_head_bytes, count_bytes, text_head_bytes
from kernels.words import is_same

_FREE: Final = -1
_SPREAD: Final = 64
"""An account's groups begin so far from those of one whose name has the next hash."""


@inner
def _find_part(
    text: Bytes, touch: Record, account_crc: int, group: int, parts: Records, count: int, slots: Numbers
) -> int:
    """The number of a touch's part, which may be a new one: then it is `count`."""
    mask = len(slots) - 1
    slot = (account_crc * _SPREAD + group) & mask
    while slots[slot] != _FREE:
        part = parts[slots[slot]]
        if (
            part.group == group
            and part.account_length == touch.account_length
            and is_same(text, part.account_at, text, touch.account_at, touch.account_length)
        ):
            return slots[slot]
        slot = (slot + 1) & mask
    slots[slot] = count
    part = parts[count]
    part.account_at, part.account_length, part.group, part.touches = touch.account_at, touch.account_length, group, 0
    part.contacts = part.entries = part.times = part.kinds = part.lines = part.ats = 0
    return count


@inner
def _add(text: Bytes, touch: Record, at_bytes: int, part: Record) -> None:
    """Count a touch, and how long it is in each column."""
    part.touches += 1
    part.contacts += text_head_bytes(touch.contact_length) + touch.contact_length
    entry = entry_bytes(text, touch)
    part.entries += binary_head_bytes(entry) + entry
    part.times += count_bytes(touch.time)
    kind = kind_bytes(touch)
    part.kinds += text_head_bytes(kind) + kind
    part.lines += touch.length + 1
    part.ats += at_bytes


@inner
def part_bytes(part: Record) -> int:
    """How long a part is as `kernels.columns.put_columns` writes it."""
    columns = part.contacts + part.entries + part.times + part.kinds + 4 * array_head_bytes(part.touches)
    columns += binary_head_bytes(part.touches) + part.touches
    lines = part.lines - 1
    ats = array_head_bytes(part.touches) + part.ats
    account = text_head_bytes(part.account_length) + part.account_length
    return 1 + account + columns + binary_head_bytes(lines) + lines + binary_head_bytes(ats) + ats


@kernel
def sort_touches(
    text: Bytes,
    touches: Records,
    places: Numbers,
    groups: int,
    slots: Numbers,
    parts: Records,
    order: Numbers,
) -> int:
    """Sort `touches` into parts, as `Decoder` does; within a part they stay in order.

    `text`: see `kernels.touch_lines.find_touches`, which has filled `touches`. `places`: where the place of each line
    of the batch begins, packed (`kernels.places`). `groups`: how many key groups there are. `slots`: room for twice as
    many parts as there may be, a power of two, all -1. Fills `parts` (`PART`), in the order of their first touches, and
    `order`: the numbers of all touches, part by part. Returns how many parts there are.
    """
    part_count = 0
    crc = account_at = account_length = 0
    for number in range(len(touches)):
        touch = touches[number]
        if touch.account_length != account_length or not is_same(
            text, touch.account_at, text, account_at, account_length
        ):
            account_at, account_length = touch.account_at, touch.account_length
            crc = crc32(text, account_at, account_length, 0)
        group = crc32(text, touch.contact_at, touch.contact_length, crc) % groups
        touch.part = _find_part(text, touch, crc, group, parts, part_count, slots)
        part_count = max(part_count, touch.part + 1)
        _add(text, touch, places[touch.line + 1] - places[touch.line], parts[touch.part])
    first = at = 0
    for number in range(part_count):
        part = parts[number]
        part.first, part.at, part.length = first, at, part_bytes(part)
        first += part.touches
        at += part.length
        part.touches = 0
    for number in range(len(touches)):
        part = parts[touches[number].part]
        order[part.first + part.touches] = number
        part.touches += 1
    return part_count
