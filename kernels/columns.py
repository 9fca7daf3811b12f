"""The touches of each part as packed columns (`state.touches.Touches`), straight from the text of their lines."""

from __future__ import annotations

from typing import Final

from kernels.compiling import inner, kernel
from kernels.entries import entry_bytes, form_of, kind_bytes, put_entry, put_kind
from kernels.layout import Bytes, Numbers, Record, Records
from kernels.msgpack import (
    array_head_bytes,
    copy,
    copy_until,
    put_array_head,
    put_binary_head,
    put_count,
    put_text,
    put_text_head,
)
from kernels.prefetching import prefetch

_COLUMNS: Final = 8
"""The fields of `Touches`."""
_AHEAD: Final = 8
NOT_WHOLE: Final = -1


@inner
def _ask_for_touch(text: Bytes, touches: Records, order: Numbers, index: int) -> None:
    """Have the touch ready whose number stands so far in `order`, and its line."""
    if index + _AHEAD < len(order):
        prefetch(touches, order[index + _AHEAD])
        prefetch(touches, order[index + _AHEAD] + 1)
    if index < len(order):
        prefetch(text, touches[order[index]].start)
        prefetch(text, touches[order[index]].start + 64)
        prefetch(text, touches[order[index]].start + 128)


@inner
def _put_line(text: Bytes, touch: Record, out: Bytes, at: int, end: int) -> int:
    """A line, with a newline behind it if it is not the last."""
    at = copy_until(text, touch.start, touch.length, out, at, end)
    if at < end:
        out[at] = ord("\n")
        at += 1
    return at


@inner
def _put_part(
    text: Bytes, touches: Records, order: Numbers, part: Record, packed: Bytes, places: Numbers, out: Bytes
) -> int:
    """The columns of a part, side by side: a touch and its line are looked at once. Returns where it ends."""
    count, first = part.touches, part.first
    out[part.at] = 0x90 | _COLUMNS
    at = put_text(text, part.account_at, part.account_length, out, part.at + 1)
    contact_at = put_array_head(out, at, count)
    contacts_end = contact_at + part.contacts
    entry_at = put_array_head(out, contacts_end, count)
    entries_end = entry_at + part.entries
    time_at = put_array_head(out, entries_end, count)
    times_end = time_at + part.times
    form_at = put_binary_head(out, times_end, count)
    kind_at = put_array_head(out, form_at + count, count)
    kinds_end = kind_at + part.kinds
    line_at = put_binary_head(out, kinds_end, part.lines - 1)
    lines_end = line_at + part.lines - 1
    place_at = put_binary_head(out, lines_end, array_head_bytes(count) + part.ats)
    place_at = put_array_head(out, place_at, count)
    places_end = place_at + part.ats
    for index in range(first, first + count):
        _ask_for_touch(text, touches, order, index + _AHEAD)
        touch = touches[order[index]]
        contact_at = put_text_head(out, contact_at, touch.contact_length)
        contact_at = copy_until(text, touch.contact_at, touch.contact_length, out, contact_at, contacts_end)
        entry_at = put_binary_head(out, entry_at, entry_bytes(text, touch))
        entry_at = put_entry(text, touch, out, entry_at, entries_end)
        time_at = put_count(out, time_at, touch.time)
        out[form_at + index - first] = form_of(touch)
        kind_at = put_text_head(out, kind_at, kind_bytes(touch))
        kind_at = put_kind(text, touch, out, kind_at, kinds_end)
        line_at = _put_line(text, touch, out, line_at, lines_end)
        place = places[touch.line]
        place_at = copy(packed, place, places[touch.line + 1] - place, out, place_at)
    is_whole = contact_at == contacts_end and entry_at == entries_end and time_at == times_end
    is_whole = is_whole and kind_at == kinds_end and line_at == lines_end and place_at == places_end
    return place_at if is_whole else NOT_WHOLE


@kernel
def put_columns(
    text: Bytes,
    touches: Records,
    order: Numbers,
    parts: Records,
    packed: Bytes,
    places: Numbers,
    out: Bytes,
) -> int:
    """Write the columns of all parts, each as msgspec packs a `state.touches.Touches`.

    `text`, `touches`, `order`, `parts`: as `kernels.parts.sort_touches` leaves them. `packed`, `places`: the places of
    all lines (`kernels.places`). Fills `out`, each part from its `at` on. Returns the number of
    the first part that is not as long as it was measured to be; -1: all are.
    """
    for number in range(len(parts)):
        part = parts[number]
        if _put_part(text, touches, order, part, packed, places, out) != part.at + part.length:
            return number
    return -1
