"""Where lines stood in their source (`state.events.At`), packed one behind the other."""

from __future__ import annotations

from kernels.compiling import kernel
from kernels.layout import Bytes, Numbers
from kernels.msgpack import array_head_bytes, put_count, skip_place


@kernel
def put_counting(first: int, count: int, packed: Bytes, places: Numbers) -> int:
    """Pack `first` and the numbers that follow it, `count` in all. `packed` has room for `PLACE_BYTES_MOST` each.

    Fills `places`, which is one longer than there are: where each begins, and where the last one ends. Returns
    the latter.
    """
    at = 0
    for number in range(count):
        places[number] = at
        at = put_count(packed, at, first + number)
    places[count] = at
    return at


@kernel
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
