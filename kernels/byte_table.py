"""A table of bytes by id, as Python sees it: ids of contacts or orders, and what is kept of each, packed."""

from __future__ import annotations

import os
from collections.abc import Callable, ItemsView, Sequence, ValuesView
from typing import Final

import msgspec
import numpy as np

from kernels.kind_counts import KindCounter
from kernels.layout import ID_BYTES, IDS, MARKS, TAG, TAGS_MOST, VALUE_BYTES, Numbers
from kernels.loading import Call, Kernels
from kernels.table_memory import TableMemory
from state.packed_values import items_in, unpack_values

_pack: Final = msgspec.msgpack.Encoder().encode
_HEADS_BYTES_MOST: Final = 10
"""What stands before an id and before its value, packed."""


class Shared:
    """What the tables of a worker need only while one of them is asked."""

    def __init__(self, kernels: Kernels) -> None:
        self.kernels = kernels
        self.kind_counter = KindCounter(kernels)
        self.became, self.hashes = np.empty(0, np.uint8), np.empty(0, np.int64)
        self.begins, self.ends = np.empty(0, np.int64), np.empty(0, np.int64)
        self.marks, self.tags = np.empty(MARKS, np.uint8), np.empty(TAGS_MOST, TAG)

    def make_room(self, count: int) -> None:
        """See that so many touches or ids have room."""
        if count > len(self.hashes):
            size = 2 * count
            self.became, self.hashes = np.empty(size, np.uint8), np.empty(size, np.int64)
            self.begins, self.ends = np.empty(size, np.int64), np.empty(size, np.int64)


class ByteTable:
    """A `state.packed_values.PackedValues` for three quarters of the memory that a dictionary takes.

    `kernels.id_table` says how it is laid out. What kernels leave to Python goes in and out an id at a time.
    """

    def __init__(self, shared: Shared, packed: bytes, *kernels: str) -> None:
        """`packed`: what is in it at first, a packed map. `kernels`: those that a kind of table has of its own."""
        self._shared = shared
        self.memory = TableMemory(shared.kernels, len(packed))
        self._counts = self.memory.counts
        self._hashes: Numbers | None = None
        """Of `Shared`, as the kernels have been given them."""
        self._calls = {name: Call(shared.kernels[name]) for name in ("find_values", "put_values", *kernels)}
        self._finding, self._putting = self._calls["find_values"], self._calls["put_values"]
        self.seed = int.from_bytes(os.urandom(7), "big")
        """What ids are hashed with: none that come from outside are found together."""
        for call in self._calls.values():
            call.give(seed=self.seed)
            self.memory.give_to(call)
        self._put(packed)

    def _put(self, packed: bytes) -> None:
        """Give ids these values, in the place of theirs."""
        self._run_whole(self._putting, packed, items_in(packed))

    def _run_whole(self, call: Call, packed: bytes, count: int) -> None:
        """Run a kernel on all of what is packed, in a larger table each time that this one is full."""
        self._run_until(lambda done: done >= count, call, packed)

    def _run_until(self, is_all: Callable[[int], bool], call: Call, packed: bytes) -> None:
        """The same, until what is done is all there is."""
        more_bytes = len(packed)
        call.give(first=0)
        while not is_all(done := call.run_on(packed)):
            self.memory.grow(more_bytes)
            call.give(first=done)
            more_bytes *= 2  # one touch may need a block for all that its contact has

    def _share(self, count: int) -> None:
        """Have room for what becomes of so many."""
        shared = self._shared
        shared.make_room(count)
        if self._hashes is not shared.hashes:
            self._hashes = shared.hashes
            self._give_shared()

    def _give_shared(self) -> None:
        """Hand the kernels what is shared, which has moved."""
        shared = self._shared
        self._finding.give(hashes=shared.hashes, begins=shared.begins, ends=shared.ends)

    def _find(self, ids: Sequence[str]) -> tuple[list[int], list[int]]:
        """Where in the arena the values of ids begin and end."""
        self._share(len(ids))
        self._finding.run_on(_pack(ids))
        return self._shared.begins[: len(ids)].tolist(), self._shared.ends[: len(ids)].tolist()

    def get_all(self, ids: Sequence[str]) -> list[bytes]:
        """See `state.packed_values.PackedValues`."""
        read = self.memory.read
        return [read(begin, end) for begin, end in zip(*self._find(ids), strict=True)]

    def missing(self, ids: Sequence[str]) -> list[str]:
        """See `state.packed_values.PackedValues`."""
        _, ends = self._find(ids)
        return [one for one, end in zip(ids, ends, strict=True) if not end]

    def __len__(self) -> int:
        return int(self._counts[IDS])

    def __contains__(self, one: object, /) -> bool:
        return isinstance(one, str) and not self.missing([one])

    def get(self, one: str, default: bytes, /) -> bytes:
        """The value of an id, or `default`."""
        return self.get_all([one])[0] or default

    def __setitem__(self, one: str, value: bytes, /) -> None:
        self._put(_pack({one: value}))

    def pop(self, one: str, default: bytes, /) -> bytes:
        """The value of an id, which has none from now on, or `default`."""
        value = self.get(one, b"")
        if value:
            del self[one]
        return value or default

    def __delitem__(self, one: str, /) -> None:
        self[one] = b""

    def packed(self) -> bytes:
        """See `state.packed_values.PackedValues`."""
        ids, id_bytes, value_bytes = (int(self._counts[number]) for number in (IDS, ID_BYTES, VALUE_BYTES))
        out = np.empty(_HEADS_BYTES_MOST * (ids + 1) + id_bytes + value_bytes, np.uint8)
        size = self._shared.kernels["pack_values"](*self.memory.arrays().values(), out)
        return out[:size].tobytes()

    def items(self) -> ItemsView[str, bytes]:
        """All ids that have a value, with it, as they are at this moment."""
        return unpack_values(self.packed()).items()

    def values(self) -> ValuesView[bytes]:
        """All values, as they are at this moment."""
        return unpack_values(self.packed()).values()
