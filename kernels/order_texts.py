"""What is told of packed decisions, as Python has it made: rows of orders and records, of many at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import msgspec
import numpy as np

from kernels.layout import LOT, MARKS, OUTCOME, ROW, ROW_BYTES_MOST, SLACK
from kernels.loading import Call, Kernels

_TIMES: Final = 6
_BEHIND: Final = bytes(SLACK)
_pack: Final[Callable[[object], bytes]] = msgspec.msgpack.Encoder().encode


class OrderTexts:
    """The kernels that write rows and records. What they give holds until the next call."""

    def __init__(self, kernels: Kernels, count: int, size: int) -> None:
        """`count`, `size`: how many decisions there is room for together, and how many bytes of them.

        The machine gives no memory for what is not written to.
        """
        room_bytes = count * ROW_BYTES_MOST + _TIMES * size
        self._out, outcomes = np.empty(room_bytes, np.uint8), np.empty(1, OUTCOME)
        self._written = memoryview(self._out.data)
        self._rows, self._records = Call(kernels["put_rows"]), Call(kernels["put_records"])
        for call in (self._rows, self._records):
            call.give(outcomes=outcomes, out=self._out)
        self._rows.give(
            slots=np.empty(8 * count, np.int64),
            lots=np.empty(2 * count, LOT),
            rows=np.empty(2 * count, ROW),
            left=np.empty(count, np.int64),
            texts=np.empty(room_bytes, np.uint8),
            marks=np.empty(MARKS, np.uint8),
        )

    def rows(self, old_days: Sequence[int], outcomes: Sequence[bytes]) -> memoryview:
        """See `kernels.order_rows.put_rows`."""
        return self._run(self._rows, old_days, outcomes)

    def records(self, counts: Sequence[int], outcomes: Sequence[bytes]) -> memoryview:
        """See `kernels.order_records.put_records`."""
        return self._run(self._records, counts, outcomes)

    def _run(self, call: Call, numbers: Sequence[int], outcomes: Sequence[bytes]) -> memoryview:
        text = b"".join((_pack(numbers), *outcomes, _BEHIND))
        return self._written[: call.run_on(text)]
