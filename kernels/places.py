"""Where lines stood in their source (`state.events.At`), packed one behind the other."""

from __future__ import annotations

from typing import Final

from numba import types

from kernels.compiling import kernel
from kernels.layout import NUMBERS, TEXT, Bytes, Numbers
from kernels.msgpack import array_head_bytes, put_count, skip_place

COUNT_BYTES_MOST: Final = 9


@kernel(types.int64(types.int64, types.int64, TEXT, NUMBERS))
def put_counting(first: int, count: int, packed: Bytes, places: Numbers) -> int:
    """Pack `first` and the numbers that follow it, `count` in all. `packed` has room for `COUNT_BYTES_MOST` each.

    Fills `places`, which is one longer than there are: where each begins, and where the last one ends. Returns
    the latter.
    """
    at = 0
    for number in range(count):
        places[number] = at
        at = put_count(packed, at, first + number)
    places[count] = at
    return at


@kernel(types.int64(TEXT, types.int64, types.int64, NUMBERS))
def find_places(packed: Bytes, end: int, count: int, places: Numbers) -> int:
    """Fill `places`, as `put_counting` does, for a packed array of `count` places that ends at `end`.

    Returns where the last one ends; -1 where they are not so many.
    """
    at = array_head_bytes(count)
    for number in range(count):
        if at >= end or at < 0:
            return -1
        places[number] = at
        at = skip_place(packed, at)
    places[count] = at
    return at if at == end else -1
