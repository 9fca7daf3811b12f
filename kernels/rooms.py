"""Arrays that are used again for the next batch: fresh memory costs as much as what is done in it."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

KEPT_BYTES_MOST: Final = 8_388_608
"""A batch that needs more has arrays of its own."""


class Room:
    """An array of one kind of elements, as long as is asked for."""

    def __init__(self, elements: npt.DTypeLike) -> None:
        self._kept: npt.NDArray[Any] = np.empty(0, elements)

    def take(self, count: int) -> npt.NDArray[Any]:
        """Room for `count`, which hold anything; it is the same memory the next time."""
        if count <= len(self._kept):
            return self._kept[:count]
        fresh = np.empty(count, self._kept.dtype)
        if fresh.nbytes <= KEPT_BYTES_MOST:
            self._kept = fresh
        return fresh
