"""What was made last of something that changes little by little, so that the next can be made of it."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sized
from typing import Generic, TypeVar

_Made = TypeVar("_Made", bound=Sized)


class LatestMade(Generic[_Made]):
    """For any thread. What is made must never change afterwards."""

    def __init__(self, length_max: int) -> None:
        """`length_max`: of all that is kept together; what was made longest ago leaves."""
        self._length_max = length_max
        self._latest: OrderedDict[Hashable, _Made] = OrderedDict()
        self._length = 0
        self._lock = threading.Lock()

    def make(self, key: Hashable, make: Callable[[_Made | None], _Made]) -> _Made:
        """What `make` makes of what was made for this key before; None: nothing is kept of that."""
        with self._lock:
            before = self._latest.get(key)
        made = make(before)
        with self._lock:
            self._forget(key)
            self._latest[key] = made
            self._length += len(made)
            while self._length > self._length_max:
                self._forget(next(iter(self._latest)))
        return made

    def _forget(self, key: Hashable) -> None:
        if (made := self._latest.pop(key, None)) is not None:
            self._length -= len(made)
