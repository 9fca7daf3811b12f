"""What was made of the same objects before: of those very objects, whatever they hold."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

_Made = TypeVar("_Made")


class IdentityCache(Generic[_Made]):
    """For any thread. It holds on to the objects, which must never change, so that no other can take their place."""

    def __init__(self, entries_max: int) -> None:
        self._entries_max = entries_max
        self._entries: OrderedDict[Hashable, tuple[tuple[object, ...], _Made]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, objects: tuple[object, ...], more: Hashable, make: Callable[[], _Made]) -> _Made:
        """What `make` makes of these objects, and of `more`, which is told apart by value."""
        key = (*map(id, objects), more)
        with self._lock:
            entry = self._entries.get(key)
            if entry is not None:
                self._entries.move_to_end(key)
                return entry[1]
        made = make()
        with self._lock:
            self._entries[key] = objects, made
            while len(self._entries) > self._entries_max:
                self._entries.popitem(last=False)
        return made
