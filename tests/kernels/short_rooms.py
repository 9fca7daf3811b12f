"""Tables whose rooms are often too short for what comes of a call, as they hardly ever are: what has no room is left to
Python, and nothing is written behind them.
"""

from __future__ import annotations

from random import Random
from typing import Final

import numpy as np

from kernels.loading import Kernels
from kernels.placed_values import PlacingRoom
from kernels.published_table import PublishingRoom
from kernels.tables import Tables

_LENGTHS: Final = (0, 300, 1_000, 3_000, 20_000)
_LENGTHS_BETWEEN: Final = 700
_LIST_HEAD_BYTES: Final = 5
"""A list of changes has room for its head at least."""


def _short(random: Random) -> int:
    return random.choice(_LENGTHS) + random.randrange(_LENGTHS_BETWEEN)


class _ShortPlacingRoom(PlacingRoom):
    def __init__(self, random: Random) -> None:
        super().__init__()
        self._random = random

    def make(self, words: int, size: int) -> None:
        super().make(words, size)
        self.out = np.empty(_short(self._random), np.uint8)
        self.arrays = {**self.arrays, "out": self.out}


class _ShortPublishingRoom(PublishingRoom):
    def __init__(self, random: Random) -> None:
        super().__init__()
        self._random, self._long = random, self.entries
        self.value = np.empty(_short(random), np.uint8)

    def make_room(self, count: int, size: int) -> bool:
        self.entries = self._long
        super().make_room(count, size)
        self._long = self.entries
        self.entries = np.empty(_LIST_HEAD_BYTES + _short(self._random), np.uint8)
        return True


class ShortTables(Tables):
    """Tables of a worker."""

    def __init__(self, kernels: Kernels, seed: int) -> None:
        super().__init__(kernels)
        random = Random(seed)
        self._placing_room, self._publishing = _ShortPlacingRoom(random), _ShortPublishingRoom(random)
