"""A look at many lines at once: whether they are as events usually are, so that nobody has to cut them."""

from __future__ import annotations

from typing import Final

import numpy as np

from kernels.rooms import Room

_NEWLINE: Final = ord("\n")
_BRACE: Final = ord("{")


class LineLook:
    """Of one text after the other."""

    def __init__(self) -> None:
        self._newline_room, self._begin_room = Room(np.bool_), Room(np.bool_)

    def count_objects(self, text: bytes | bytearray | memoryview) -> int | None:
        """How many lines it has, joined by newlines; None where one of them does not begin with a brace, as a blank
        one."""
        if not text or text[0] != _BRACE:
            return None
        bytes_of_text = np.frombuffer(text, np.uint8)
        newlines = np.equal(bytes_of_text, _NEWLINE, out=self._newline_room.take(len(text)))
        count = int(np.count_nonzero(newlines))
        begins = np.equal(bytes_of_text[1:], _BRACE, out=self._begin_room.take(len(text) - 1))
        begins &= newlines[:-1]
        return count + 1 if np.count_nonzero(begins) == count else None
