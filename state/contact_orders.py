"""The orders of the contacts of one account and key group, each packed with what was decided of it last.

Most contacts have one order or none: one alone stands as it is packed, and only several stand in a dictionary, which
takes more than the order in it.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Collection, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from struct import Struct
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

import msgspec

from state.attribution import Credit, Decision
from state.events import Order
from state.packed_words import PackedWords
from state.retention import NEVER
from state.timeline import Timeline

if TYPE_CHECKING:
    from state.contact_messages import ContactMessages

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


_encode: Final[Callable[[object], bytes]] = msgspec.msgpack.Encoder().encode
_decode: Final[Callable[[bytes], OrderAtContact]] = msgspec.msgpack.Decoder(OrderAtContact).decode
_MADE_AT: Final = Struct(">q")
"""ms: `ordered_at`. It stands before a packed order: most touches are past it, which is seen without unpacking."""

PackedOrders = bytes | dict[str, bytes]
"""Of one contact: its only order, packed; or of several, order → packed."""


def pack_order(placed: OrderAtContact) -> bytes:
    """An order behind the time that it was made at."""
    return _MADE_AT.pack(placed.order.ordered_at) + _encode(placed)


def unpack_order(packed: bytes) -> OrderAtContact:
    """What `pack_order` packed."""
    return _decode(packed[_MADE_AT.size :])


def made_at(packed: bytes) -> int:
    """When a packed order was made, in ms."""
    ms: int = _MADE_AT.unpack_from(packed)[0]
    return ms


def each_packed(orders: PackedOrders) -> Collection[bytes]:
    """Each of a contact's orders."""
    return (orders,) if isinstance(orders, bytes) else orders.values()


class PlacingAccount(NamedTuple):
    """What is known of an account whose orders are to be placed."""

    name: str
    clock: int
    """ms: of its newest event; orders made under other settings than those in force then are not usual."""
    messages: ContactMessages
    timeline: Timeline


@dataclass(slots=True)
class PlacedOrders:
    """What became of words (`state.changes.OrderMessage`), as far as they were taken care of. They are named by their
    numbers."""

    outcomes: PackedWords
    """Of the orders that were placed, in the order of the words."""
    latest: int
    """ms: the latest time that one of these was made; `NEVER`: there is none."""
    newest: int
    """ms: the time of their newest event."""
    read_ms: int
    """Wall clock: when the oldest of all words was read (`state.changes.Changes.read_ms`)."""
    left: list[int] = field(default_factory=list)
    """Words of the account of which nothing was done."""
    foreign: list[int] = field(default_factory=list)
    """Words of other accounts."""


class ContactOrders(Protocol):
    """The orders of contacts ("": nobody's)."""

    latest: int
    """ms: the latest `ordered_at` of any of them, or later: a later touch cannot matter to them."""

    @property
    def packed(self) -> dict[str, PackedOrders]:
        """By contact; one without orders is not in it."""

    def whole(self) -> bytes:
        """`packed`, packed."""

    def place(self, words: bytes, account: PlacingAccount, read_ms: int) -> PlacedOrders | None:
        """Do what `state.contacts.ContactGroup.place` does for the usual of these words, a packed list of packed
        `OrderMessage`s.

        What contacts declared of themselves is not in the outcomes. `read_ms`: when the oldest was read of what came
        before. None: nothing is usual here.
        """

    def expect(self, left: Iterable[Order], timeline: Timeline) -> None:
        """Orders that were not usual; those made on the same days are to be, if it was for the day."""

    def __len__(self) -> int: ...

    def __contains__(self, contact: object, /) -> bool: ...

    def among(self, contacts: Sequence[str]) -> Container[str]:
        """What holds those of the contacts that have orders, and none that has not."""

    def contacts(self) -> list[str]:
        """All that have orders."""

    def packed_bytes(self) -> int:
        """How much all of them take, packed, or a little more."""

    def of(self, contact: str) -> list[OrderAtContact]:
        """The orders of a contact."""

    def find(self, contact: str, order: str) -> OrderAtContact | None:
        """An order, if it is at this contact."""

    def since_all(self, since: Mapping[str, int]) -> list[tuple[str, list[OrderAtContact]]]:
        """Contacts with those of their orders that were made at an instant or later, if there are any.

        `since`: contact → the instant, in ms.
        """

    def keep(self, contact: str, before: OrderAtContact | None, after: OrderAtContact) -> None:
        """An order at this contact; `before`: as it was there."""

    def drop(self, contact: str, order: str) -> None:
        """An order is not at this contact any more."""


@dataclass(slots=True)
class ContactOrderDict:
    """`ContactOrders` in a dictionary."""

    packed: dict[str, PackedOrders] = field(default_factory=dict)
    """By contact; one without orders is not in it."""
    latest: int = NEVER
    _by_time: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    """Contact with many orders → (`ordered_at`, order), ascending. Derived from `packed`, as `latest` is."""

    @classmethod
    def restored(cls, packed: dict[str, PackedOrders]) -> ContactOrderDict:
        """What `packed` was of."""
        orders = cls(packed)
        for contact, known in packed.items():
            each = each_packed(known)
            orders.latest = max(orders.latest, *map(made_at, each))
            if len(each) >= MANY_ORDERS:
                orders._by_time[contact] = _by_time(orders.of(contact))
        return orders

    def whole(self) -> bytes:
        """See `ContactOrders`."""
        return _encode(self.packed)

    def place(self, words: bytes, account: PlacingAccount, read_ms: int) -> PlacedOrders | None:
        """See `ContactOrders`."""
        del words, account, read_ms
        return None

    def expect(self, left: Iterable[Order], timeline: Timeline) -> None:
        """See `ContactOrders`."""

    def __len__(self) -> int:
        return len(self.packed)

    def __contains__(self, contact: object, /) -> bool:
        return contact in self.packed

    def among(self, contacts: Sequence[str]) -> Container[str]:
        """See `ContactOrders`."""
        del contacts
        return self.packed

    def contacts(self) -> list[str]:
        """See `ContactOrders`."""
        return [*self.packed]

    def packed_bytes(self) -> int:
        """See `ContactOrders`."""
        return sum(map(len, chain.from_iterable(map(each_packed, self.packed.values()))))

    def of(self, contact: str) -> list[OrderAtContact]:
        """See `ContactOrders`."""
        known = self.packed.get(contact)
        if known is None:
            return []
        return [unpack_order(one) for one in each_packed(known)]

    def find(self, contact: str, order: str) -> OrderAtContact | None:
        """See `ContactOrders`."""
        known = self.packed.get(contact)
        packed = known.get(order) if isinstance(known, dict) else known
        if packed is None:
            return None
        placed = unpack_order(packed)
        return placed if placed.order.order == order else None

    def since_all(self, since: Mapping[str, int]) -> list[tuple[str, list[OrderAtContact]]]:
        """See `ContactOrders`."""
        found = ((contact, self.since(contact, ms)) for contact, ms in since.items())
        return [(contact, orders) for contact, orders in found if orders]

    def since(self, contact: str, ms: int) -> list[OrderAtContact]:
        """The orders of a contact that were made at `ms` or later."""
        by_time, known = self._by_time.get(contact), self.packed.get(contact)
        if known is None:
            return []
        if by_time is not None and isinstance(known, dict):
            return [unpack_order(known[order]) for _, order in by_time[bisect_left(by_time, (ms, "")) :]]
        return [unpack_order(one) for one in each_packed(known) if made_at(one) >= ms]

    def keep(self, contact: str, before: OrderAtContact | None, after: OrderAtContact) -> None:
        """See `ContactOrders`."""
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
        known, packed = self.packed.get(contact), pack_order(after)
        if isinstance(known, dict):
            known[after.order.order] = packed
            return known
        if known is None or before is not None:
            self.packed[contact] = packed
            return packed
        several = {unpack_order(known).order.order: known, after.order.order: packed}
        self.packed[contact] = several
        return several

    def drop(self, contact: str, order: str) -> None:
        """See `ContactOrders`."""
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
