"""A batch of lines through all kernels: its usual touches packed for their key groups, the other lines as they are."""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

import numpy as np

from kernels.layout import (
    FIELDS,
    LINE,
    ORDER_FIELDS,
    ORDER_HEADS_BYTES,
    ORDER_LINE,
    PART,
    PLACE_BYTES_MOST,
    RANGE,
    SLACK,
    TOUCH,
    Bytes,
    Numbers,
    Records,
)
from kernels.loading import Kernels
from kernels.rooms import Room


class Places(NamedTuple):
    """Where each line of a batch stood in its source, packed one behind the other."""

    packed: Bytes
    begins: Numbers
    """Where each begins, and where the last one ends: one more than there are lines."""


OrderLines = dict[tuple[str, int], list[tuple[int, bytes | memoryview]]]
"""By account and key group of the order: number of the line in the batch, from 0, and a packed `OrderReceived`; in the
order of lines. No object of each: one order in ten events would cost as much as all kernels."""


class Found(NamedTuple):
    """What a batch of lines held."""

    parts: list[tuple[int, memoryview]]
    """(key group, packed `state.touches.Touches`), of each account and key group one, in the order of first touches."""
    touches: int
    """How many they hold."""
    orders: OrderLines
    """Usual order events."""
    order_count: int
    """How many they are."""
    others: list[tuple[int, bytes]]
    """The lines that are left to Python, each with its number in the batch, from 0."""


class TouchSorter:
    """Takes the usual touches out of batches of lines, one after the other."""

    def __init__(self, kernels: Kernels) -> None:
        self._kernels = kernels
        self._text, self._packed, self._out = Room(np.uint8), Room(np.uint8), Room(np.uint8)
        self._touches, self._others, self._parts = Room(TOUCH), Room(LINE), Room(PART)
        self._begins, self._order, self._slots = Room(np.int64), Room(np.int64), Room(np.int64)
        self._found, self._order_found = np.empty(len(FIELDS), RANGE), np.empty(len(ORDER_FIELDS), RANGE)
        self._orders, self._orders_out = Room(ORDER_LINE), Room(np.uint8)

    def counting_places(self, first: int, count: int) -> Places:
        """Places that follow each other, from `first` on; none is negative. They hold for one batch."""
        packed, begins = self._packed.take(count * PLACE_BYTES_MOST), self._begins.take(count + 1)
        self._kernels["put_counting"](first, count, packed, begins)
        return Places(packed, begins)

    def packed_places(self, packed: bytes, count: int) -> Places:
        """Places from a packed list of them (`state.events.At`). They hold for one batch.

        Raises `ValueError` where it does not hold `count`.
        """
        room, begins = _filled(self._packed, packed), self._begins.take(count + 1)
        if self._kernels["find_places"](room, len(packed), count, begins) < 0:
            raise ValueError(f"not a list of {count} places: {len(packed)} bytes")
        return Places(room, begins)

    def sort_out(self, lines: bytes | memoryview, count: int, places: Places, latest_ms: int, groups: int) -> Found:
        """The usual touches of a batch of `count` lines, at least one, joined by newlines.

        `latest_ms`: the greatest time that is not ahead of the clock. What it gives holds until the next batch. Raises
        `ValueError` where there are not so many lines.
        """
        text, end = _filled(self._text, lines, b"\n"), len(lines) + 1
        touches, others = self._touches.take(count), self._others.take(count)
        touch_count = self._kernels["find_touches"](text, end, latest_ms, self._found, touches, others)
        if touch_count < 0:
            raise ValueError(f"not {count} lines: {len(lines)} bytes")
        orders, others = self._find_orders(text, others[: count - touch_count], places, latest_ms, groups)
        rest = [(line, bytes(lines[start : start + length])) for line, start, length in others.tolist()]
        parts = self._pack(text, touches[:touch_count], places, groups) if touch_count else []
        return Found(parts, touch_count, orders, count - touch_count - len(rest), rest)

    def _find_orders(
        self, text: Bytes, others: Records, places: Places, latest_ms: int, groups: int
    ) -> tuple[OrderLines, Records]:
        """The usual orders among lines, and the lines that are none of these."""
        count = len(others)
        if not count:
            return {}, others
        orders = self._orders.take(count)
        out = self._orders_out.take(2 * int(others["length"].sum()) + ORDER_HEADS_BYTES * count)
        found = self._kernels["find_orders"](
            text, others, latest_ms, groups, self._order_found, places.packed, places.begins, orders, out
        )
        packed, names = memoryview(out.data), dict[int, str]()
        lines: defaultdict[tuple[str, int], list[tuple[int, bytes | memoryview]]] = defaultdict(list)
        for line, start, name_length, group, at, length in orders[:found].tolist():
            account = names.get(start)
            if account is None:
                account = names[start] = str(text[start : start + name_length].data, "ascii")
            lines[account, group].append((line, packed[at : at + length]))
        return lines, others[: count - found]

    def _pack(self, text: Bytes, touches: Records, places: Places, groups: int) -> list[tuple[int, memoryview]]:
        count = len(touches)
        slots = self._slots.take(1 << (2 * count - 1).bit_length())
        slots.fill(-1)
        parts, order = self._parts.take(count), self._order.take(count)
        part_count = self._kernels["sort_touches"](text, touches, places.begins, groups, slots, parts, order)
        parts = parts[:part_count]
        out = self._out.take(int(parts[-1]["at"] + parts[-1]["length"]))
        wrong = self._kernels["put_columns"](text, touches, order, parts, places.packed, places.begins, out)
        assert wrong < 0, f"part {wrong} is not as long as it was measured to be"
        packed = memoryview(out.data)
        columns = zip(parts["group"].tolist(), parts["at"].tolist(), parts["length"].tolist(), strict=True)
        return [(group, packed[at : at + length]) for group, at, length in columns]


def _filled(room: Room, text: bytes | memoryview, ending: bytes = b"") -> Bytes:
    """A copy of a text with an ending, and what may be read behind it."""
    size = len(text) + len(ending)
    filled = room.take(size + SLACK)
    filled[: len(text)] = np.frombuffer(text, np.uint8)
    filled[len(text) : size] = np.frombuffer(ending, np.uint8)
    filled[size:] = 0
    return filled
