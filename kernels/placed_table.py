"""The orders of an account's contacts in one key group, in a table that a kernel places the usual orders in."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from typing import Final

import msgspec

from kernels.account_rules import account_rules
from kernels.byte_table import Shared
from kernels.known_days import known_days
from kernels.message_table import MessageTable
from kernels.placed_values import PlacedValues, PlacingRoom
from state import contact_orders
from state.contact_orders import (
    ContactOrderDict,
    OrderAtContact,
    PackedOrders,
    PlacedOrders,
    PlacingAccount,
    each_packed,
    made_at,
    pack_order,
    unpack_order,
)
from state.events import Order
from state.timeline import Timeline

_pack: Final = msgspec.msgpack.Encoder().encode
_unpack: Final = msgspec.msgpack.Decoder(list[bytes]).decode
_NOTHING: Final = _pack([])
_ELSEWHERE: Final = _pack(None)
"""Stands for the orders of a contact with many, which are kept without a table: each would be looked at each time."""


class PlacedTable:
    """A `state.contact_orders.ContactOrders` for many contacts."""

    def __init__(self, shared: Shared, room: PlacingRoom, orders: ContactOrderDict) -> None:
        self.latest = orders.latest
        self._many = ContactOrderDict()
        few: dict[str, bytes] = {}
        for contact, known in orders.packed.items():
            each = each_packed(known)
            few[contact] = _pack(list(each)) if len(each) < contact_orders.MANY_ORDERS else _ELSEWHERE
            if few[contact] is _ELSEWHERE:
                self._move(contact, [unpack_order(one) for one in each])
        self._values = PlacedValues(shared, room, _pack(few))

    def _move(self, contact: str, orders: list[OrderAtContact]) -> None:
        for order in orders:
            self._many.keep(contact, None, order)

    def place(self, words: bytes, account: PlacingAccount, read_ms: int) -> PlacedOrders | None:
        """See `state.contact_orders.ContactOrders`."""
        messages, timeline = account.messages, account.timeline
        if not isinstance(messages, MessageTable):
            return None
        spell, days = timeline.spell_at(account.clock), known_days(timeline.days.name)
        rules = account_rules(account.name, spell)
        placed = self._values.place(words, messages, rules, days, read_ms)
        self.latest = max(self.latest, placed.latest)
        return placed

    def expect(self, left: Iterable[Order], timeline: Timeline) -> None:
        """See `state.contact_orders.ContactOrders`."""
        for order in left:
            known_days(timeline.days.name).add(order.ordered_at)

    def __len__(self) -> int:
        return len(self._values)

    def __contains__(self, contact: object, /) -> bool:
        return contact in self._values

    def among(self, contacts: Sequence[str]) -> Container[str]:
        """See `state.contact_orders.ContactOrders`."""
        return {*contacts}.difference(self._values.missing(contacts))

    def contacts(self) -> list[str]:
        """See `state.contact_orders.ContactOrders`."""
        return [contact for contact, _ in self._values.items()]

    def packed_bytes(self) -> int:
        """See `state.contact_orders.ContactOrders`."""
        return self._values.value_bytes() + self._many.packed_bytes()

    def _few(self, contact: str) -> list[bytes] | None:
        """The packed orders of a contact; None: it has many."""
        value = self._values.get(contact, b"")
        if value == _ELSEWHERE:
            return None
        return _unpack(value or _NOTHING)

    def of(self, contact: str) -> list[OrderAtContact]:
        """See `state.contact_orders.ContactOrders`."""
        few = self._few(contact)
        return self._many.of(contact) if few is None else [unpack_order(one) for one in few]

    def find(self, contact: str, order: str) -> OrderAtContact | None:
        """See `state.contact_orders.ContactOrders`."""
        few = self._few(contact)
        if few is None:
            return self._many.find(contact, order)
        placed = (unpack_order(one) for one in few)
        return next((one for one in placed if one.order.order == order), None)

    def since_all(self, since: Mapping[str, int]) -> list[tuple[str, list[OrderAtContact]]]:
        """See `state.contact_orders.ContactOrders`."""
        values = self._values.get_all([*since])
        found = (
            (contact, self._since(contact, value, ms))
            for (contact, ms), value in zip(since.items(), values, strict=True)
        )
        return [(contact, orders) for contact, orders in found if orders]

    def _since(self, contact: str, value: bytes, ms: int) -> list[OrderAtContact]:
        if value == _ELSEWHERE:
            return self._many.since(contact, ms)
        return [unpack_order(one) for one in _unpack(value or _NOTHING) if made_at(one) >= ms]

    def keep(self, contact: str, before: OrderAtContact | None, after: OrderAtContact) -> None:
        """See `state.contact_orders.ContactOrders`."""
        self.latest = max(self.latest, after.order.ordered_at)
        few = self._few(contact)
        if few is None:
            self._many.keep(contact, before, after)
            return
        packed = pack_order(after)
        if before is None:
            few.append(packed)
        else:
            few = [packed if unpack_order(one).order.order == after.order.order else one for one in few]
        self._put(contact, few)

    def _put(self, contact: str, few: list[bytes]) -> None:
        if len(few) >= contact_orders.MANY_ORDERS:
            self._move(contact, [unpack_order(one) for one in few])
            self._values[contact] = _ELSEWHERE
        else:
            self._values[contact] = _pack(few) if few else b""

    def drop(self, contact: str, order: str) -> None:
        """See `state.contact_orders.ContactOrders`."""
        few = self._few(contact)
        if few is None:
            self._many.drop(contact, order)
            if contact not in self._many:
                del self._values[contact]
            return
        self._put(contact, [one for one in few if unpack_order(one).order.order != order])

    @property
    def packed(self) -> dict[str, PackedOrders]:
        """See `state.contact_orders.ContactOrders`."""
        return {contact: self._packed_of(contact, value) for contact, value in self._values.items()}

    def whole(self) -> bytes:
        """See `state.contact_orders.ContactOrders`."""
        many = (_pack(part) for known in self._many.packed.items() for part in known)
        return b"".join((self._values.packed_orders(), *many))

    def _packed_of(self, contact: str, value: bytes) -> PackedOrders:
        if value == _ELSEWHERE:
            return self._many.packed[contact]
        first, *more = few = _unpack(value)
        return {unpack_order(one).order.order: one for one in few} if more else first
