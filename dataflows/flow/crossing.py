"""Lists whose items cross from worker to worker in great numbers: each crosses as one packed string of bytes.

The engine pickles what it hands to another worker, which of lists of values takes several times as long.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from state.changes import Forgotten, OrderMessage, Outcome

_pack: Final[Callable[[object], bytes]] = msgspec.msgpack.Encoder().encode
_Crossed = tuple[Callable[[bytes], object], tuple[bytes]]


class OrderEvents(list[bytes]):
    """Order events for one key group, in the order they were read: each a packed `state.order_batches.OrderBatch`."""

    __slots__ = ()

    def __reduce__(self) -> _Crossed:
        """How it is pickled."""
        return _unpack_events, (_pack(self),)


class OrderMessages(list[OrderMessage]):
    """What key groups of orders emit to one of contacts."""

    __slots__ = ()

    def __reduce__(self) -> _Crossed:
        """How it is pickled."""
        return _unpack_messages, (_pack(self),)


class PackedMessages(bytes):
    """The same as a packed list of packed messages."""

    __slots__ = ()


class Outcomes(list[Outcome | Forgotten]):
    """Decisions for one key group of orders, and the orders that were forgotten, in the order in which they came."""

    __slots__ = ()

    def __reduce__(self) -> _Crossed:
        """How it is pickled."""
        return _unpack_outcomes, (_pack(self),)


class PackedOutcomes(bytes):
    """The same as a packed list of packed ones."""

    __slots__ = ()


_read_events: Final = msgspec.msgpack.Decoder(list[bytes]).decode
_read_messages: Final = msgspec.msgpack.Decoder(list[OrderMessage]).decode
_read_outcomes: Final = msgspec.msgpack.Decoder(list[Outcome | Forgotten]).decode


def _unpack_events(packed: bytes) -> OrderEvents:
    return OrderEvents(_read_events(packed))


def _unpack_messages(packed: bytes) -> OrderMessages:
    return OrderMessages(_read_messages(packed))


def _unpack_outcomes(packed: bytes) -> Outcomes:
    return Outcomes(_read_outcomes(packed))
