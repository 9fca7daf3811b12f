"""What is kept of an account's orders in one key group, in a table that kernels add events to."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from kernels.byte_table import ByteTable, Shared
from kernels.layout import CLOCK, EVENTS, LEFT, MARKS, ORDER_EVENT, OUT_END, TAKEN
from state.kept_orders import TakenOrders
from state.order_batches import BatchHead, OrderReceived, unpack_head, unpack_received
from state.packed_words import PackedWords
from state.retention import NEVER

_EVENT_BYTES_MIN: Final = 24
"""No event is shorter, packed."""
_TOLD_BYTES_MOST: Final = 64
"""What is told of an event besides the event itself and its contact."""
_HEAD_ONLY: Final = bytes([0x90 + len(BatchHead.__struct_fields__)])
"""An array of the fields that begin a batch."""


class OrderRoom:
    """The arrays that all tables of a worker share while one of them takes events."""

    def __init__(self) -> None:
        self.arrays: dict[str, npt.NDArray[Any]] = {}
        self._bytes = 0

    def make(self, size: int) -> None:
        """See that there is room for what comes of so many bytes of batches."""
        if size <= self._bytes:
            return
        self._bytes = 2 * size
        most = self._bytes // _EVENT_BYTES_MIN + 1
        self.arrays = {
            "events": np.empty(most, ORDER_EVENT),
            "marks": np.zeros(MARKS, np.uint8),
            "became": np.empty(most, np.uint8),
            "out": np.empty(2 * self._bytes + _TOLD_BYTES_MOST * most, np.uint8),
        }


class OrderTable(ByteTable):
    """Order → packed `state.order_state.OrderState`: a `state.kept_orders.KeptOrders`."""

    def __init__(self, shared: Shared, room: OrderRoom, packed: bytes, account: str, groups: int) -> None:
        """`groups`: how many key groups of contacts there are."""
        super().__init__(shared, packed, "take_orders")
        self._room = room
        self._given: dict[str, npt.NDArray[Any]] = {}
        """Of the room, as the kernel has been given them."""
        self._taking = self._calls["take_orders"]
        self._taking.give(account_crc=zlib.crc32(account.encode()), groups=groups)

    def take(self, batches: Sequence[bytes], floor: int, erased_until: int, until: int) -> TakenOrders:
        """See `state.kept_orders.KeptOrders`."""
        text, taking, counts = b"".join(batches), self._taking, self._counts
        self._room.make(len(text))
        if self._given is not self._room.arrays:
            self._given = self._room.arrays
            taking.give(**self._given)
        counts[CLOCK] = NEVER
        taking.give(floor=floor, erased_until=erased_until, until=until)
        self._run_until(lambda done: done >= counts[EVENTS], taking, text)
        of: list[int] = counts[: CLOCK + 1].tolist()
        left = self._left(text, of[EVENTS]) if of[LEFT] else []
        words = PackedWords(of[TAKEN], self._given["out"][: of[OUT_END]].tobytes())
        return TakenOrders(words, left, of[CLOCK])

    def _left(self, text: bytes, count: int) -> list[tuple[BatchHead, OrderReceived]]:
        """The events that were left, each with what all of its batch have in common."""
        given = self._given
        events = given["events"][:count][given["became"][:count] == LEFT]
        ranges: list[tuple[int, int, int, int]] = events[["batch_at", "head_end", "at", "end"]].tolist()
        return [
            (unpack_head(_HEAD_ONLY + text[batch_at + 1 : head_end]), unpack_received(text[at:end]))
            for batch_at, head_end, at, end in ranges
        ]
