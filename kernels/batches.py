"""A batch of lines through all kernels: its usual touches packed for their key groups, the other lines as they are."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from kernels.layout import FIELDS, LINE, PART, PLACE_BYTES_MOST, RANGE, SLACK, TOUCH, Bytes, Numbers, Records
from kernels.loading import Kernels

_SLOTS_MIN: Final = 1_024


class Places(NamedTuple):
    """Where each line of a batch stood in its source, packed one behind the other."""

    packed: Bytes
    begins: Numbers
    """Where each begins, and where the last one ends: one more than there are lines."""


class Found(NamedTuple):
    """What a batch of lines held."""

    parts: list[tuple[int, memoryview]]
    """(key group, packed `state.touches.Touches`), of each account and key group one, in the order of first touches."""
    touches: int
    """How many they hold."""
    others: list[tuple[int, bytes]]
    """The lines that are left to Python, each with its number in the batch, from 0."""


class TouchSorter:
    """Takes the usual touches out of batches of lines."""

    def __init__(self, kernels: Kernels) -> None:
        self._kernels = kernels

    def counting_places(self, first: int, count: int) -> Places:
        """Places that follow each other, from `first` on; none is negative."""
        packed = np.empty(count * PLACE_BYTES_MOST, np.uint8)
        begins = np.empty(count + 1, np.int64)
        self._kernels["put_counting"](first, count, packed, begins)
        return Places(packed, begins)

    def packed_places(self, packed: bytes, count: int) -> Places:
        """Places from a packed list of them (`state.events.At`). Raises `ValueError` where it does not hold `count`."""
        room = _with_slack(packed)
        begins = np.empty(count + 1, np.int64)
        if self._kernels["find_places"](room, len(packed), count, begins) < 0:
            raise ValueError(f"not a list of {count} places: {len(packed)} bytes")
        return Places(room, begins)

    def sort_out(self, lines: bytes, count: int, places: Places, latest_ms: int, groups: int) -> Found:
        """The usual touches of a batch of `count` lines, at least one, joined by newlines.

        `latest_ms`: the greatest time that is not ahead of the clock. Raises `ValueError` where there are
        not so many lines.
        """
        end = len(lines) + 1
        text = _with_slack(lines, b"\n")
        if np.count_nonzero(text[:end] == ord("\n")) != count:
            raise ValueError(f"not {count} lines: {len(lines)} bytes")
        found, touches, others = np.empty(len(FIELDS), RANGE), np.empty(count, TOUCH), np.empty(count, LINE)
        touch_count = self._kernels["find_touches"](text, end, latest_ms, found, touches, others)
        rest = [(line, lines[start : start + length]) for line, start, length in others[: count - touch_count].tolist()]
        if not touch_count:
            return Found([], 0, rest)
        return Found(self._pack(text, touches[:touch_count], places, groups), touch_count, rest)

    def _pack(self, text: Bytes, touches: Records, places: Places, groups: int) -> list[tuple[int, memoryview]]:
        count = len(touches)
        slots = np.full(max(_SLOTS_MIN, 1 << (2 * count - 1).bit_length()), -1, np.int64)
        parts, order = np.empty(count, PART), np.empty(count, np.int64)
        part_count = self._kernels["sort_touches"](text, touches, places.begins, groups, slots, parts, order)
        parts = parts[:part_count]
        out = np.empty(parts[-1]["at"] + parts[-1]["length"], np.uint8)
        wrong = self._kernels["put_columns"](text, touches, order, parts, places.packed, places.begins, out)
        assert wrong < 0, f"part {wrong} is not as long as it was measured to be"
        packed = memoryview(out.data)
        columns = zip(parts["group"].tolist(), parts["at"].tolist(), parts["length"].tolist(), strict=True)
        return [(group, packed[at : at + length]) for group, at, length in columns]


def _with_slack(text: bytes, ending: bytes = b"") -> Bytes:
    """A copy with an ending, and room behind it that may be read."""
    size = len(text) + len(ending)
    room = np.empty(size + SLACK, np.uint8)
    room[: len(text)] = np.frombuffer(text, np.uint8)
    room[len(text) : size] = np.frombuffer(ending, np.uint8)
    room[size:] = 0
    return room
