"""MessagePack as it is read: where a value begins and how long it is. What is read was packed by lasttouch itself."""

from __future__ import annotations

from typing import Final

import numpy as np

from kernels.compiling import inner
from kernels.layout import Bytes

_LENGTH_BYTES: Final = {0xC4: 1, 0xC5: 2, 0xC6: 4, 0xD9: 1, 0xDA: 2, 0xDB: 4, 0xDC: 2, 0xDD: 4, 0xDE: 2, 0xDF: 4}
_HEAD_BYTES: Final = np.array([1 + _LENGTH_BYTES.get(tag, 0) for tag in range(256)], np.int64)


@inner
def read_bytes(packed: Bytes, at: int, count: int) -> int:
    """A number of `count` bytes (1, 2, 4 or 8), the highest of them first; of eight, the sign is in it."""
    if count == 1:
        return _byte(packed, at)
    if count == 2:
        return _two_bytes(packed, at)
    if count == 4:
        return _four_bytes(packed, at)
    return (_four_bytes(packed, at) << 32) | _four_bytes(packed, at + 4)


@inner
def _byte(packed: Bytes, at: int) -> int:
    return int(np.int64(packed[np.uint64(at)]))


@inner
def _two_bytes(packed: Bytes, at: int) -> int:
    return (_byte(packed, at) << 8) | _byte(packed, at + 1)


@inner
def _four_bytes(packed: Bytes, at: int) -> int:
    return (_two_bytes(packed, at) << 16) | _two_bytes(packed, at + 2)


@inner
def head_bytes(packed: Bytes, at: int) -> int:
    """How long that is what stands before a text, bytes or the elements of an array or a map."""
    return _HEAD_BYTES[packed[np.uint64(at)]]


@inner
def head_length(packed: Bytes, at: int) -> int:
    """How many bytes or elements follow it."""
    tag = _byte(packed, at)
    if tag < 0xC0:
        return tag & 0x1F if tag >= 0xA0 else tag & 0x0F
    size = _HEAD_BYTES[tag] - 1
    return read_bytes(packed, at + 1, size) if size else 0


@inner
def behind_bytes(packed: Bytes, at: int) -> int:
    """Behind a text or bytes."""
    return at + head_bytes(packed, at) + head_length(packed, at)


@inner
def number_bytes(packed: Bytes, at: int) -> int:
    """How long a number is; nothing stands as one byte."""
    tag = int(packed[at])
    if 0xCC <= tag <= 0xCF:
        return 1 + (1 << (tag - 0xCC))
    if 0xD0 <= tag <= 0xD3:
        return 1 + (1 << (tag - 0xD0))
    return 1


@inner
def read_number(packed: Bytes, at: int) -> int:
    """A number of at most 64 bits with its sign."""
    tag, size = int(packed[at]), number_bytes(packed, at) - 1
    if not size:
        return tag if tag < 0x80 else tag - 0x100
    number = read_bytes(packed, at + 1, size)
    if tag >= 0xD0 and size < 8 and number >> (8 * size - 1):
        number -= 1 << (8 * size)
    return number


@inner
def behind_plain(packed: Bytes, at: int) -> int:
    """Behind a number, a truth, nothing or a text: sooner than `behind_value`, which looks for more."""
    tag = int(packed[at])
    if 0xA0 <= tag <= 0xBF or 0xD9 <= tag <= 0xDB:
        return behind_bytes(packed, at)
    return at + number_bytes(packed, at)


@inner
def behind_value(packed: Bytes, at: int) -> int:
    """Behind any value: a number, a truth, nothing, a text, bytes, or an array or a map of values."""
    left = 1
    while left:
        left -= 1
        tag = int(packed[at])
        if 0xA0 <= tag <= 0xBF or 0xC4 <= tag <= 0xC6 or 0xD9 <= tag <= 0xDB:
            at = behind_bytes(packed, at)
        elif 0x80 <= tag <= 0x8F or 0xDE <= tag <= 0xDF:
            left += 2 * head_length(packed, at)
            at += head_bytes(packed, at)
        elif 0x90 <= tag <= 0x9F or 0xDC <= tag <= 0xDD:
            left += head_length(packed, at)
            at += head_bytes(packed, at)
        else:
            at += number_bytes(packed, at)
    return at
