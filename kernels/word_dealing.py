"""Words dealt to the key groups of the next stage, as Python has it done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from kernels.loading import Call, Kernels
from kernels.rooms import Room
from state.key_groups import GROUPS
from state.packed_words import PackedWords, joined

_LIST_HEAD_BYTES: Final = 5


class WordDealing:
    """A `state.packed_words.DealWords`, with room of its own."""

    def __init__(self, kernels: Kernels) -> None:
        self._call, self._room = Call(kernels["deal_words"]), Room(np.uint8)
        self._begins, self._ends = np.empty(GROUPS, np.int64), np.empty(GROUPS, np.int64)
        self._call.give(numbers=np.empty(GROUPS, np.int64), begins=self._begins, ends=self._ends)

    def __call__(self, words: Sequence[PackedWords]) -> list[tuple[int, bytes]]:
        """See `state.packed_words.DealWords`."""
        together = joined(words)
        out = self._room.take(len(together.pairs) + GROUPS * _LIST_HEAD_BYTES)
        self._call.give(count=len(together), out=out)
        self._call.run_on(together.pairs)
        places, written = zip(self._begins.tolist(), self._ends.tolist(), strict=True), memoryview(out.data)
        return [(group, bytes(written[begin:end])) for group, (begin, end) in enumerate(places) if begin < end]
