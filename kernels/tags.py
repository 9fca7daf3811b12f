"""The tags of a touch: sorted, each once, as they stand in an entry (`state.messages.pack_tags`)."""

from __future__ import annotations

from typing import Final

from kernels.compiling import inner
from kernels.json_text import skip_blanks, string_end
from kernels.layout import Bytes, Record
from kernels.msgpack import copy
from state.messages import US

TAGS_BYTES_MOST: Final = 256
"""A longer list is rare, and left to Python: each tag is found by going through all of them."""

_US: Final = US[0]
_NONE: Final = -1


@inner
def tags_bytes(text: Bytes, touch: Record) -> int:
    """How long the tags of a `TOUCH` are."""
    size = 0
    at, length = _next_tag(text, touch, _NONE, 0)
    while at != _NONE:
        size += 1 + length
        at, length = _next_tag(text, touch, at, length)
    return size


@inner
def put_tags(text: Bytes, touch: Record, out: Bytes, put_at: int) -> int:
    """Write the tags of a `TOUCH`. Returns where the next value goes."""
    at, length = _next_tag(text, touch, _NONE, 0)
    while at != _NONE:
        out[put_at] = _US
        put_at = copy(text, at, length, out, put_at + 1)
        at, length = _next_tag(text, touch, at, length)
    return put_at


@inner
def _next_tag(text: Bytes, touch: Record, after_at: int, after_length: int) -> tuple[int, int]:
    """Where the least tag stands that is greater than another, and how long it is; `_NONE` where there is none.

    `after_at`: `_NONE` for the least of all.
    """
    found_at, found_length = _NONE, 0
    end = touch.tags_at + touch.tags_length
    i = skip_blanks(text, touch.tags_at)
    while i < end:
        at = i + 1
        i = string_end(text, at)
        length = i - at
        is_behind = after_at == _NONE or _is_less(text, after_at, after_length, at, length)
        if is_behind and (found_at == _NONE or _is_less(text, at, length, found_at, found_length)):
            found_at, found_length = at, length
        i = skip_blanks(text, i + 1)
        if i < end:
            i = skip_blanks(text, i + 1)  # behind a comma
    return found_at, found_length


@inner
def _is_less(text: Bytes, at: int, length: int, other_at: int, other_length: int) -> bool:
    """Whether one text sorts before another, byte by byte."""
    for k in range(min(length, other_length)):
        if text[at + k] != text[other_at + k]:
            return text[at + k] < text[other_at + k]
    return length < other_length
