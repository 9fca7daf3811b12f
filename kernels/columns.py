"""The touches of each part as packed columns (`state.touches.Touches`), straight from the text of their lines."""

from __future__ import annotations

from typing import Final

from kernels.compiling import inner, kernel
from kernels.entries import entry_bytes, form_of, kind_bytes, put_entry, put_kind
from kernels.layout import Bytes, Numbers, Records
from kernels.msgpack import array_head_bytes, copy, put_array_head, put_binary_head, put_count, put_text, put_text_head

_COLUMNS: Final = 8
"""The fields of `Touches`."""


@inner
def _put_contacts(text: Bytes, touches: Records, chosen: Numbers, out: Bytes, at: int) -> int:
    at = put_array_head(out, at, len(chosen))
    for number in chosen:
        touch = touches[number]
        at = put_text(text, touch.contact_at, touch.contact_length, out, at)
    return at


@inner
def _put_entries(text: Bytes, touches: Records, chosen: Numbers, out: Bytes, at: int) -> int:
    at = put_array_head(out, at, len(chosen))
    for number in chosen:
        at = put_binary_head(out, at, entry_bytes(text, touches[number]))
        at = put_entry(text, touches[number], out, at)
    return at


@inner
def _put_times(touches: Records, chosen: Numbers, out: Bytes, at: int) -> int:
    at = put_array_head(out, at, len(chosen))
    for number in chosen:
        at = put_count(out, at, touches[number].time)
    return at


@inner
def _put_forms(touches: Records, chosen: Numbers, out: Bytes, at: int) -> int:
    at = put_binary_head(out, at, len(chosen))
    for number in chosen:
        out[at] = form_of(touches[number])
        at += 1
    return at


@inner
def _put_kinds(text: Bytes, touches: Records, chosen: Numbers, out: Bytes, at: int) -> int:
    at = put_array_head(out, at, len(chosen))
    for number in chosen:
        at = put_text_head(out, at, kind_bytes(touches[number]))
        at = put_kind(text, touches[number], out, at)
    return at


@inner
def _put_lines(text: Bytes, touches: Records, chosen: Numbers, length: int, out: Bytes, at: int) -> int:
    """The lines joined by newlines, `length` bytes in all."""
    at = put_binary_head(out, at, length)
    for number in chosen:
        touch = touches[number]
        at = copy(text, touch.start, touch.length, out, at)
        if number != chosen[-1]:
            out[at] = ord("\n")
            at += 1
    return at


@inner
def _put_places(
    packed: Bytes, places: Numbers, touches: Records, chosen: Numbers, length: int, out: Bytes, at: int
) -> int:
    """Where the touches stood, `length` bytes in all, as an array inside of bytes."""
    at = put_binary_head(out, at, array_head_bytes(len(chosen)) + length)
    at = put_array_head(out, at, len(chosen))
    for number in chosen:
        line = touches[number].line
        at = copy(packed, places[line], places[line + 1] - places[line], out, at)
    return at


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
        chosen = order[part.first : part.first + part.touches]
        at = part.at
        out[at] = 0x90 | _COLUMNS
        at = put_text(text, part.account_at, part.account_length, out, at + 1)
        at = _put_contacts(text, touches, chosen, out, at)
        at = _put_entries(text, touches, chosen, out, at)
        at = _put_times(touches, chosen, out, at)
        at = _put_forms(touches, chosen, out, at)
        at = _put_kinds(text, touches, chosen, out, at)
        at = _put_lines(text, touches, chosen, part.lines - 1, out, at)
        at = _put_places(packed, places, touches, chosen, part.ats, out, at)
        if at != part.at + part.length:
            return number
    return -1
