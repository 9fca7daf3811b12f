"""What orders change in the ledger, added up in a worker by kernels."""

from __future__ import annotations

from typing import Final

import numpy as np

from kernels.layout import ORDER_SUM
from kernels.loading import Call, Kernels

_OUT_BYTES: Final = 6
"""For each byte of what is added up, so many have room for what it becomes: a change of the ledger is 14 bytes at
least, and becomes two sums that are longer by no more than 28 and 19 bytes than it is."""
_SIZE_MIN: Final = 1_024


class OrderSums:
    """A `state.order_sums.SumOrders`, with room of its own."""

    def __init__(self, kernels: Kernels) -> None:
        self._call = Call(kernels["sum_orders"])
        self._out = np.empty(0, np.uint8)
        self._slots = 0

    def __call__(self, packed: bytes, count: int) -> bytes | None:
        """See `state.order_sums.SumOrders`."""
        if _OUT_BYTES * len(packed) > len(self._out):
            self._out = np.empty(2 * _OUT_BYTES * len(packed), np.uint8)
            self._call.give(out=self._out)
        slots = max(_SIZE_MIN, 1 << (2 * count).bit_length())
        if slots != self._slots:
            self._slots = slots
            self._call.give(of_accounts=np.empty(slots, ORDER_SUM), of_campaigns=np.empty(slots, ORDER_SUM))
        size = self._call.run_on(packed)
        return self._out[:size].tobytes() if size >= 0 else None
