"""Order events on their way to the stage by order: those of an account for one key group, read together, packed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from state.changes import UNKNOWN
from state.events import At, Order, PartialOrder


class OrderReceived(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An order's event, with where it came from."""

    order: Order | PartialOrder
    raw: bytes
    at: At


class BatchHead(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What all events of a batch have in common: the fields that begin an `OrderBatch`."""

    account: str
    source: str
    partition: int | None
    read_ms: int = UNKNOWN
    """Wall clock: when it was read."""


class OrderBatch(BatchHead, frozen=True, array_like=True, gc=False):
    """Order events of one account for one key group of orders, in the order they were read."""

    received: list[OrderReceived] = []


EVENT_BYTES_MOST: Final = 512
"""An event that is longer, packed with its line, is rare."""
_SHORT_TEXT: Final = 0xA0
_SHORT_BYTES: Final = 32
"""In MessagePack, the length of a text of fewer bytes is in the one that heads it."""

pack_order_batch: Final[Callable[[OrderBatch], bytes]] = msgspec.msgpack.Encoder().encode
unpack_order_batch: Final[Callable[[bytes], OrderBatch]] = msgspec.msgpack.Decoder(OrderBatch).decode
unpack_head: Final[Callable[[bytes], BatchHead]] = msgspec.msgpack.Decoder(BatchHead).decode
unpack_received: Final[Callable[[bytes], OrderReceived]] = msgspec.msgpack.Decoder(OrderReceived).decode


def account_of(packed: bytes) -> str:
    """The account of a packed batch."""
    length = packed[1] - _SHORT_TEXT
    return packed[2 : 2 + length].decode() if 0 <= length < _SHORT_BYTES else unpack_head(packed).account
