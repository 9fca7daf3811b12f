"""MessagePack, as msgspec writes it: each value in the shortest form that holds it."""

from __future__ import annotations

from typing import Final

import numpy as np

from kernels.compiling import inner
from kernels.layout import Bytes
from kernels.sixteen_bytes import AT_ONCE, copy_sixteen

NIL: Final = 0xC0
"""How nothing is packed."""
FALSE: Final = 0xC2
TRUE: Final = 0xC3


@inner
def put_number(out: Bytes, at: int, tag: int, number: int, count: int) -> int:
    """A tag and the `count` lowest bytes of a number, the highest of them first. Returns where the next value goes."""
    out[at] = tag
    for k in range(count):
        out[at + 1 + k] = (number >> (8 * (count - 1 - k))) & 0xFF
    return at + 1 + count


@inner
def put_array_head(out: Bytes, at: int, length: int) -> int:
    """What stands before the elements of an array."""
    if length < 16:
        return put_number(out, at, 0x90 | length, 0, 0)
    if length < 1 << 16:
        return put_number(out, at, 0xDC, length, 2)
    return put_number(out, at, 0xDD, length, 4)


@inner
def array_head_bytes(length: int) -> int:
    """How long that is."""
    if length < 16:
        return 1
    return 3 if length < 1 << 16 else 5


@inner
def put_map_head(out: Bytes, at: int, length: int) -> int:
    """What stands before the keys and values of a map of so many."""
    if length < 16:
        return put_number(out, at, 0x80 | length, 0, 0)
    if length < 1 << 16:
        return put_number(out, at, 0xDE, length, 2)
    return put_number(out, at, 0xDF, length, 4)


@inner
def put_text_head(out: Bytes, at: int, length: int) -> int:
    """What stands before a text of so many bytes."""
    if length < 32:
        return put_number(out, at, 0xA0 | length, 0, 0)
    if length < 1 << 8:
        return put_number(out, at, 0xD9, length, 1)
    if length < 1 << 16:
        return put_number(out, at, 0xDA, length, 2)
    return put_number(out, at, 0xDB, length, 4)


@inner
def put_text(source: Bytes, start: int, length: int, out: Bytes, at: int) -> int:
    """A text of so many bytes. Returns where the next value goes."""
    return copy(source, start, length, out, put_text_head(out, at, length))


@inner
def text_head_bytes(length: int) -> int:
    """How long that is."""
    if length < 32:
        return 1
    if length < 1 << 8:
        return 2
    return 3 if length < 1 << 16 else 5


@inner
def put_binary_head(out: Bytes, at: int, length: int) -> int:
    """What stands before so many bytes."""
    if length < 1 << 8:
        return put_number(out, at, 0xC4, length, 1)
    if length < 1 << 16:
        return put_number(out, at, 0xC5, length, 2)
    return put_number(out, at, 0xC6, length, 4)


@inner
def binary_head_bytes(length: int) -> int:
    """How long that is."""
    if length < 1 << 8:
        return 2
    return 3 if length < 1 << 16 else 5


@inner
def put_count(out: Bytes, at: int, number: int) -> int:
    """A number that is not negative."""
    if number < 1 << 7:
        return put_number(out, at, number, 0, 0)
    if number < 1 << 8:
        return put_number(out, at, 0xCC, number, 1)
    if number < 1 << 16:
        return put_number(out, at, 0xCD, number, 2)
    if number < 1 << 32:
        return put_number(out, at, 0xCE, number, 4)
    return put_number(out, at, 0xCF, number, 8)


@inner
def count_bytes(number: int) -> int:
    """How long that is."""
    if number < 1 << 7:
        return 1
    if number < 1 << 8:
        return 2
    if number < 1 << 16:
        return 3
    return 5 if number < 1 << 32 else 9


@inner
def copy(source: Bytes, start: int, length: int, out: Bytes, at: int) -> int:
    """Bytes as they are. Returns where the next go."""
    for k in range(length):
        out[np.uint64(at + k)] = source[np.uint64(start + k)]
    return at + length


@inner
def copy_until(source: Bytes, start: int, length: int, out: Bytes, at: int, end: int) -> int:
    """The same, sixteen at once, where bytes up to `end` may be written that mean nothing yet.

    `SLACK` bytes may be read behind the source. Returns where the next go.
    """
    k = 0
    while k < length and at + k + AT_ONCE <= end:
        copy_sixteen(source, start + k, out, at + k)
        k += AT_ONCE
    if k < length:
        copy(source, start + k, length - k, out, at + k)
    return at + length


@inner
def skip_place(packed: Bytes, at: int) -> int:
    """Behind the place (`state.events.At`) that is packed at `at`: a number, or two in an array.

    -1: there is none."""
    if packed[at] == 0x92:
        second = _skip_count(packed, at + 1)
        return _skip_count(packed, second) if second > 0 else -1
    return _skip_count(packed, at)


@inner
def _skip_count(packed: Bytes, at: int) -> int:
    """Behind a number."""
    tag = packed[at]
    if tag < 0x80 or tag >= 0xE0:
        return at + 1
    if 0xCC <= tag <= 0xCF:
        return at + 1 + (1 << (tag - 0xCC))
    if 0xD0 <= tag <= 0xD3:
        return at + 1 + (1 << (tag - 0xD0))
    return -1
