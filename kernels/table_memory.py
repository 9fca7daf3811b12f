"""The memory of a table: slots and blocks, which become more where they stand, or move."""

from __future__ import annotations

import mmap
from typing import Any, Final
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from kernels.layout import (
    ARENA_END,
    BLOCK_CLASSES,
    CLAIMED,
    IDS,
    SLACK,
    SLOT,
    SLOTS_FOR_A_FREE_ONE,
    TABLE_COUNTS,
    UNIT_BYTES,
    USED_BYTES,
    Records,
)
from kernels.loading import Call, Kernels

_ID_BYTES_MIN: Final = 64
"""Of what comes, so many bytes are an id's at least; where they are fewer, there are more slots once more."""
_SLOTS_MIN: Final = 64
_ROOM_BYTES_MIN: Final = 4_096
_FORGOTTEN_PART: Final = 16
"""If more than this part of all ids has no value, they go before blocks get more memory."""
_UNUSED_PART: Final = 8
"""If more than this part of all blocks is nobody's, they move together before there is more memory."""


class TableMemory:
    """The arrays of a table, which every call of a kernel on it is given.

    They are mappings of their own: the heap would keep the holes that arrays leave in it which grow, and a mapping
    becomes longer without a copy of what it holds.
    """

    def __init__(self, kernels: Kernels, more_bytes: int) -> None:
        """An empty table, with room for what is packed to so many bytes."""
        self._kernels = kernels
        self._calls: WeakKeyDictionary[Call, str] = WeakKeyDictionary()
        self.counts = np.zeros(TABLE_COUNTS, np.int64)
        self._free = np.zeros(BLOCK_CLASSES, np.int64)
        self._slots = _slots_for(0, more_bytes)
        self._begin_arena(more_bytes)

    def _begin_arena(self, more_bytes: int) -> None:
        """An arena without a block, with half as much room again as blocks in use need, and for what is to come."""
        used_bytes = int(self.counts[USED_BYTES])
        self._mapping = _mapping(used_bytes + used_bytes // 2 + 2 * more_bytes + _ROOM_BYTES_MIN)
        self._arena = np.frombuffer(self._mapping, np.uint8)
        self._free[:] = 0
        self.counts[ARENA_END] = UNIT_BYTES

    def give_to(self, call: Call, prefix: str = "") -> None:
        """Give a call the arrays, in these parameters, and again each time that they have moved."""
        self._calls[call] = prefix
        call.give(**{prefix + name: array for name, array in self.arrays().items()})

    def take_from(self, call: Call) -> None:
        """The call has nothing to do with this table until it is given it again."""
        prefix = self._calls.pop(call)
        for name in self.arrays():
            call.let_go(prefix + name)

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """What kernels call a table (`kernels.signatures`). Who keeps them keeps the arena from growing."""
        return {"slots": self._slots, "arena": self._arena, "free": self._free, "counts": self.counts}

    def read(self, begin: int, end: int) -> bytes:
        """Bytes of the arena."""
        return self._mapping[begin:end]

    def grow(self, more_bytes: int) -> None:
        """Have room for half as many more ids, or half as much more of values, and for what is packed to so many bytes.

        It is what a kernel lacks: slots, or blocks.
        """
        counts = self.counts
        lacks_slots = counts[CLAIMED] * SLOTS_FOR_A_FREE_ONE >= len(self._slots) * (SLOTS_FOR_A_FREE_ONE - 1)
        if lacks_slots or (counts[CLAIMED] - counts[IDS]) * _FORGOTTEN_PART > counts[CLAIMED]:
            self._move_ids(more_bytes)
        if not lacks_slots:
            self._make_room(more_bytes)
        for call, prefix in self._calls.items():
            self.give_to(call, prefix)

    def _make_room(self, more_bytes: int) -> None:
        counts = self.counts
        if (counts[ARENA_END] - counts[USED_BYTES]) * _UNUSED_PART > counts[ARENA_END]:
            self._move_blocks(more_bytes)
        else:
            self._lengthen(more_bytes)

    def _move_ids(self, more_bytes: int) -> None:
        slots = self._slots
        self._slots = _slots_for(int(self.counts[IDS]), more_bytes)
        self._kernels["move_ids"](slots, *self.arrays().values())

    def _move_blocks(self, more_bytes: int) -> None:
        arena = self._arena
        self._begin_arena(more_bytes)
        self.counts[USED_BYTES] = 0
        moved = self._kernels["move_blocks"](arena, *self.arrays().values())
        assert moved == self.counts[CLAIMED], f"{moved} of {self.counts[CLAIMED]} blocks have room"

    def _lengthen(self, more_bytes: int) -> None:
        size = len(self._arena)
        for call, prefix in self._calls.items():
            call.let_go(f"{prefix}arena")
        del self._arena
        self._mapping = _longer(self._mapping, size + size // 2 + 2 * more_bytes)
        self._arena = np.frombuffer(self._mapping, np.uint8)


def _mapping(size: int) -> mmap.mmap:
    """Memory of zeros; of what is not written to, the machine gives none."""
    return mmap.mmap(-1, size + SLACK, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)


def _longer(mapping: mmap.mmap, size: int) -> mmap.mmap:
    """The same bytes with zeros behind them. Raises `BufferError` if an array of the mapping is left."""
    try:
        mapping.resize(size)
    except SystemError:  # macOS has nothing that does it
        longer = _mapping(size)
        longer.write(mapping)
        return longer
    return mapping


def _slots_for(ids: int, more_bytes: int) -> Records:
    """Free slots for so many ids and for half as many more, of which one in `SLOTS_FOR_A_FREE_ONE` stays free."""
    slots = _SLOTS_MIN + (ids + more_bytes // _ID_BYTES_MIN) * 15 // 8
    return np.frombuffer(_mapping(slots * SLOT.itemsize), SLOT, slots)
