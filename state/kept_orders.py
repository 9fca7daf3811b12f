"""What is kept of an account's orders in one key group, and what becomes of batches of their events."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from state.order_batches import BatchHead, OrderReceived, unpack_order_batch
from state.packed_values import PackedValues, ValueDict, items_in, unpack_values
from state.packed_words import NO_WORDS, PackedWords
from state.retention import NEVER


class TakenOrders(NamedTuple):
    """What became of order events."""

    words: PackedWords
    """For the contacts' key groups, a `state.changes.Assigned` each, of those events that were taken."""
    left: list[tuple[BatchHead, OrderReceived]]
    """Those of which nothing has come yet, in the order they were read."""
    newest: int
    """ms: of those that were not left; `NEVER`: there is none."""


class KeptOrders(PackedValues, Protocol):
    """Order → packed `state.order_state.OrderState`."""

    def take(self, batches: Sequence[bytes], floor: int, erased_until: int, until: int) -> TakenOrders:
        """Take those events that are usual.

        `batches`: packed `state.order_batches.OrderBatch`, all of the account. `floor`: ms; an event of an order that
        is not known and was made before is not usual. `erased_until`: ms; nor is one that is not newer than this.
        `until`: ms; nor are the first event that is newer than this, and those behind it.
        """


class OrderTables(Protocol):
    """Makes what takes less time and memory than a `KeptOrderDict` where there are many orders."""

    def orders(self, packed: bytes, account: str, groups: int) -> KeptOrders:
        """These orders of an account: a packed map, order → packed `OrderState`.

        `groups`: how many key groups of contacts there are.
        """


OrderTablesFor = Callable[[int], OrderTables | None]
"""What makes a table for so many orders; None: they stay in a `KeptOrderDict`."""


def all_left(batches: Sequence[bytes]) -> TakenOrders:
    """No event is usual."""
    whole = map(unpack_order_batch, batches)
    return TakenOrders(NO_WORDS, [(batch, received) for batch in whole for received in batch.received], NEVER)


class KeptOrderDict(ValueDict):
    """Order → packed `OrderState`, in a dictionary."""

    def take(self, batches: Sequence[bytes], floor: int, erased_until: int, until: int) -> TakenOrders:
        """See `KeptOrders`: none is usual."""
        del floor, erased_until, until
        return all_left(batches)


def restored_orders(packed: bytes, tables_for: OrderTablesFor, account: str, groups: int) -> KeptOrders:
    """What `KeptOrders.packed` packed, in a table if there are tables for so many. `groups`: see `OrderTables`."""
    tables = tables_for(items_in(packed))
    return KeptOrderDict(unpack_values(packed)) if tables is None else tables.orders(packed, account, groups)
