"""What touches count for, added up by kernels: `state.counted_touches.CountedTouches`."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np

from kernels.layout import COUNTED, KIND, KIND_BYTES, KINDS, Bytes
from kernels.loading import Call, Kernels

_unpack_kinds: Final = msgspec.msgpack.Decoder(list[str]).decode
_KINDS_MOST: Final = 8_192
"""Counted at once; where there are more, those go into a dictionary first."""
_TEXT_BYTES_MOST: Final = 1_048_576
_LIST_32: Final = b"\xdd"
"""In MessagePack, what begins a list whose length has 32 bits."""


class KindCounter:
    """Counts touches by their kinds. One for each worker."""

    def __init__(self, kernels: Kernels) -> None:
        self._call = Call(kernels["count_kinds"])
        self._places, self._ends = np.zeros(2 * _KINDS_MOST, np.int64), np.zeros(2, np.int64)
        self._kinds, self._texts = np.empty(_KINDS_MOST, KIND), np.empty(_TEXT_BYTES_MOST, np.uint8)
        self._call.give(places=self._places, kinds=self._kinds, texts=self._texts, ends=self._ends)
        self._call.give(seed=int.from_bytes(os.urandom(7), "big"))

    def count(self, packed: bytes, became: Bytes | None, number: int, counts: Counter[str]) -> None:
        """Count so many packed touches, all of them or those that `became` says `COUNTED` of.

        Few kinds are put into `counts` meanwhile; the others by `finish`.
        """
        call = self._call
        call.give(counts_all=became is None, first=0)
        if became is not None:
            call.give(became=became)
        while (done := call.run_on(packed)) < number:
            self.finish(counts)
            call.give(first=done)

    def finish(self, counts: Counter[str]) -> None:
        """Add what is counted to `counts`; the next that is counted begins anew."""
        kinds, end = self._ends.tolist()
        head = _LIST_32 + kinds.to_bytes(4, "big")
        names = _unpack_kinds(head + self._texts[:end].tobytes())
        counts.update(dict(zip(names, self._kinds["count"][:kinds].tolist(), strict=True)))
        self._places.fill(0)
        self._ends[KINDS] = self._ends[KIND_BYTES] = 0


class MarkedTouches:
    """Packed touches, and which of them count."""

    __slots__ = ("_became", "_counter", "_number", "_packed")

    def __init__(self, counter: KindCounter, packed: bytes, number: int, became: Bytes | None) -> None:
        """`number`: how many they are. `became`: of each, what became of it; None: they all count."""
        self._counter = counter
        self._packed = packed
        self._number = number
        self._became = became

    def __len__(self) -> int:
        return self._number if self._became is None else int(np.count_nonzero(self._became == COUNTED))

    def by_kind(self, others: Sequence[MarkedTouches]) -> Counter[str]:
        """See `state.counted_touches.CountedTouches`."""
        counts = Counter[str]()
        for touches in (self, *others):
            touches.count(counts)
        self._counter.finish(counts)
        return counts

    def count(self, counts: Counter[str]) -> None:
        """See `KindCounter.count`."""
        self._counter.count(self._packed, self._became, self._number, counts)
