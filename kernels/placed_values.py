"""The orders of an account's contacts as bytes, of one key group, in a table that a kernel places the usual ones in."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from kernels.account_rules import AccountRules
from kernels.byte_table import ByteTable, Shared
from kernels.known_days import KnownDays
from kernels.layout import (
    FOREIGN,
    ID_BYTES,
    IDS,
    LATEST_ORDER,
    MARKS,
    NEWEST_EVENT,
    OLDEST_READING,
    OUTCOME_BYTES,
    OUTCOME_COUNT,
    PLACING_RESULTS,
    TO_PYTHON,
    VALUE_BYTES,
)
from kernels.message_table import MessageTable
from state import contact_orders
from state.contact_orders import PlacedOrders
from state.packed_values import items_in
from state.packed_words import PackedWords
from state.retention import NEVER

_OUT_BYTES_MIN: Final = 65_536
"""A contact's orders have room in it, and what has not is left to Python."""
_HEADS_BYTES_MOST: Final = 10
"""What stands before a contact and before its orders, packed."""
_OUTCOME_BYTES_MOST: Final = 1_024
"""What comes of a word besides the word itself, nearly always."""


class PlacingRoom:
    """The arrays that all tables of a worker share while one of them places orders."""

    def __init__(self) -> None:
        self._words = self._bytes = 0
        self.results = np.zeros(PLACING_RESULTS, np.int64)
        self.became = np.empty(0, np.uint8)
        self.out = np.empty(0, np.uint8)
        self.arrays: dict[str, npt.NDArray[Any]] = {}
        """All of them, as the kernel calls them."""

    def make(self, words: int, size: int) -> None:
        """See that there is room for what comes of so many words, which are so many bytes together."""
        if words <= self._words and size <= self._bytes:
            return
        self._words, self._bytes = words, size = max(2 * words, self._words), max(2 * size, self._bytes)
        self.became = np.empty(words, np.uint8)
        self.out = np.empty(_OUT_BYTES_MIN + 2 * size + words * _OUTCOME_BYTES_MOST, np.uint8)
        self.arrays = {
            "results": self.results,
            "became": self.became,
            "marks": np.zeros(MARKS, np.uint8),
            "hashes": np.empty(words, np.int64),
            "message_hashes": np.empty(words, np.int64),
            "out": self.out,
        }

    def begin(self, read_ms: int) -> None:
        """As long as nothing is placed. `read_ms`: when the oldest was read of what came before."""
        self.results[:] = 0
        self.results[[LATEST_ORDER, NEWEST_EVENT]] = NEVER
        self.results[OLDEST_READING] = read_ms


class PlacedValues(ByteTable):
    """Contact → packed list of its packed orders (`state.contact_orders`)."""

    def __init__(self, shared: Shared, room: PlacingRoom, packed: bytes) -> None:
        self._room = room
        super().__init__(shared, packed, "place_orders")
        self._placing = self._calls["place_orders"]
        self._placing.give(many=contact_orders.MANY_ORDERS)
        self._given: tuple[object, object, object] = (None, None, None)
        """What the kernel was given last, of what may change."""
        self._messages: MessageTable | None = None
        """Likewise."""

    def packed_orders(self) -> bytes:
        """All of it as a packed map (`state.contact_orders.PackedOrders`), but for contacts with a mark, which its head
        counts."""
        ids, id_bytes, value_bytes = (int(self._counts[number]) for number in (IDS, ID_BYTES, VALUE_BYTES))
        out = np.empty(_HEADS_BYTES_MOST * (ids + 1) + id_bytes + 2 * value_bytes, np.uint8)
        size = self._shared.kernels["pack_contact_orders"](*self.memory.arrays().values(), out)
        return out[:size].tobytes()

    def value_bytes(self) -> int:
        """How long all values are together."""
        return int(self._counts[VALUE_BYTES])

    def place(
        self, packed: bytes, messages: MessageTable, rules: AccountRules, days: KnownDays, read_ms: int
    ) -> PlacedOrders:
        """Place the usual ones of a packed list of words. `messages`: of the same contacts; `days`: of the account's
        clock.
        """
        count, room = items_in(packed), self._room
        room.make(count, len(packed))
        self._give(messages, rules, days)
        room.begin(read_ms)
        self._run_whole(self._placing, packed, count)
        of = room.results.tolist()
        outcomes = PackedWords(of[OUTCOME_COUNT], room.out[: of[OUTCOME_BYTES]].tobytes())
        placed = PlacedOrders(outcomes, of[LATEST_ORDER], of[NEWEST_EVENT], of[OLDEST_READING])
        if len(outcomes) < count:
            became = room.became[:count].tolist()
            placed.left += [index for index, one in enumerate(became) if one == TO_PYTHON]
            placed.foreign += [index for index, one in enumerate(became) if one == FOREIGN]
        return placed

    def _give(self, messages: MessageTable, rules: AccountRules, days: KnownDays) -> None:
        """Hand the kernel what is another than the last time: to hand over an array takes a microsecond."""
        last = self._given
        self._given = given = (self._room.arrays, rules, days.numbers)
        placing = self._placing
        if given[0] is not last[0]:
            placing.give(**self._room.arrays)
        if given[1] is not last[1]:
            placing.give(**rules._asdict())
        if given[2] is not last[2]:
            placing.give(days=days.numbers)
        if messages is not self._messages:
            self._give_messages(messages)

    def _give_messages(self, messages: MessageTable) -> None:
        if self._messages is not None:
            self._messages.memory.take_from(self._placing)
        self._messages = messages
        messages.memory.give_to(self._placing, "message_")
        self._placing.give(message_seed=messages.seed)
