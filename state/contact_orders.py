"""The orders of the contacts of one account and key group, each packed with what was decided of it last.

Most contacts have one order or none: one alone stands as it is packed, and only several stand in a dictionary, which
takes more than the order in it.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from struct import Struct
from typing import Final

import msgspec

from state.attribution import Credit, Decision
from state.events import Order
from state.retention import NEVER

MANY_ORDERS: Final = 32
"""With so many orders of a contact, those that a touch can matter to are found without a look at each."""


class OrderAtContact(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An order at its contact, with what was decided last."""

    sequence: int
    order: Order
    decision: Decision
    remembered: Credit | None
    """The touch it was credited to or expected at last, if it is at none."""

    @property
    def candidate(self) -> Credit | None:
        """The touch that stays a candidate even if its message has left the state."""
        return self.decision.touch or self.remembered


_encode: Final[Callable[[OrderAtContact], bytes]] = msgspec.msgpack.Encoder().encode
_decode: Final[Callable[[bytes], OrderAtContact]] = msgspec.msgpack.Decoder(OrderAtContact).decode
_MADE_AT: Final = Struct(">q")
"""ms: `ordered_at`. It stands before a packed order: most touches are past it, which is seen without unpacking."""

PackedOrders = bytes | dict[str, bytes]
"""Of one contact: its only order, packed; or of several, order → packed."""


def _pack(placed: OrderAtContact) -> bytes:
    return _MADE_AT.pack(placed.order.ordered_at) + _encode(placed)


def _unpack(packed: bytes) -> OrderAtContact:
    return _decode(packed[_MADE_AT.size :])


def _made_at(packed: bytes) -> int:
    ms: int = _MADE_AT.unpack_from(packed)[0]
    return ms


def each_packed(orders: PackedOrders) -> Collection[bytes]:
    """Each of a contact's orders."""
    return (orders,) if isinstance(orders, bytes) else orders.values()


@dataclass(slots=True)
class ContactOrders:
    """The orders of contacts ("": nobody's)."""

    packed: dict[str, PackedOrders] = field(default_factory=dict)
    """By contact; one without orders is not in it."""
    latest: int = NEVER
    """ms: the latest `ordered_at` of any of them, or later: a later touch cannot matter to them."""
    _by_time: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    """Contact with many orders → (`ordered_at`, order), ascending. Derived from `packed`, as `latest` is."""

    @classmethod
    def restored(cls, packed: dict[str, PackedOrders]) -> ContactOrders:
        """What `packed` was of."""
        orders = cls(packed)
        for contact, known in packed.items():
            each = each_packed(known)
            orders.latest = max(orders.latest, *map(_made_at, each))
            if len(each) >= MANY_ORDERS:
                orders._by_time[contact] = _by_time(orders.of(contact))
        return orders

    def of(self, contact: str) -> list[OrderAtContact]:
        """The orders of a contact."""
        known = self.packed.get(contact)
        if known is None:
            return []
        return [_unpack(one) for one in each_packed(known)]

    def find(self, contact: str, order: str) -> OrderAtContact | None:
        """An order, if it is at this contact."""
        known = self.packed.get(contact)
        packed = known.get(order) if isinstance(known, dict) else known
        if packed is None:
            return None
        placed = _unpack(packed)
        return placed if placed.order.order == order else None

    def since(self, contact: str, ms: int) -> list[OrderAtContact]:
        """The orders of a contact that were made at `ms` or later."""
        by_time, known = self._by_time.get(contact), self.packed.get(contact)
        if known is None:
            return []
        if by_time is not None and isinstance(known, dict):
            return [_unpack(known[order]) for _, order in by_time[bisect_left(by_time, (ms, "")) :]]
        return [_unpack(one) for one in each_packed(known) if _made_at(one) >= ms]

    def keep(self, contact: str, before: OrderAtContact | None, after: OrderAtContact) -> None:
        """An order at this contact; `before`: as it was there."""
        order = after.order
        known = self._with_order(contact, before, after)
        if before is not None:
            if before.order.ordered_at == order.ordered_at:
                return
            self._unlist(contact, before.order)
        self.latest = max(self.latest, order.ordered_at)
        by_time = self._by_time.get(contact)
        if by_time is not None:
            insort(by_time, (order.ordered_at, order.order))
        elif isinstance(known, dict) and len(known) >= MANY_ORDERS:
            self._by_time[contact] = _by_time(self.of(contact))

    def _with_order(self, contact: str, before: OrderAtContact | None, after: OrderAtContact) -> PackedOrders:
        """Keep the order itself; what is kept of its contact from now on."""
        known, packed = self.packed.get(contact), _pack(after)
        if isinstance(known, dict):
            known[after.order.order] = packed
            return known
        if known is None or before is not None:
            self.packed[contact] = packed
            return packed
        several = {_unpack(known).order.order: known, after.order.order: packed}
        self.packed[contact] = several
        return several

    def drop(self, contact: str, order: str) -> None:
        """An order is not at this contact any more."""
        placed = self.find(contact, order)
        if placed is None:
            return
        known = self.packed[contact]
        if isinstance(known, bytes):
            del self.packed[contact]
            return
        del known[order]
        self._unlist(contact, placed.order)
        if len(known) == 1:
            [self.packed[contact]] = known.values()
            self._by_time.pop(contact, None)

    def _unlist(self, contact: str, order: Order) -> None:
        by_time = self._by_time.get(contact)
        if by_time is not None:
            del by_time[bisect_left(by_time, (order.ordered_at, order.order))]


def _by_time(orders: Iterable[OrderAtContact]) -> list[tuple[int, str]]:
    """(`ordered_at`, order) of orders, ascending."""
    return sorted((one.order.ordered_at, one.order.order) for one in orders)
