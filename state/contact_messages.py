"""The messages of an account's contacts in one key group, and what becomes of touches that are added to them."""

from __future__ import annotations

from collections.abc import Callable, ItemsView, Sequence, ValuesView
from dataclasses import dataclass, field
from typing import Final, NamedTuple, Protocol

import msgspec

from state.contact_orders import ContactOrders
from state.messages import BYTES_BELOW_BOUND, PLAIN_TIME_BYTES, RS, add_plain
from state.times import MINUTE_MS, DayReader
from state.touches import PackedTouches

_pack: Final = msgspec.msgpack.Encoder().encode
_unpack: Final = msgspec.msgpack.Decoder(dict[str, bytes]).decode
NO_MESSAGES: Final = _pack({})
"""Of no contact, packed."""
_MAP_16: Final = 0xDE
"""In MessagePack, the head of a map whose length has 16 bits; that of a shorter one is less, of a longer one more."""


@dataclass(slots=True)
class AddedTouches:
    """What became of touches. They are named by their numbers."""

    clock: int
    """ms: of the newest event of the account, these among them."""
    counted: dict[int, list[str]] = field(default_factory=dict)
    """Day (an ordinal) → the kinds of those that are the first of their event of their message."""
    with_care: list[int] = field(default_factory=list)
    """Those that were not added: repeated, automated, tagged, or near a bound."""
    too_late: list[int] = field(default_factory=list)
    recheck: dict[str, int] = field(default_factory=dict)
    """Contact → ms: its orders made then or later may be credited otherwise."""

    def matters(self, contact: str, time: int) -> None:
        """A touch of this time (ms) matters to orders of the contact."""
        self.recheck[contact] = min(time, self.recheck.get(contact, time))


class HeldMessages(NamedTuple):
    """How much there is."""

    contacts: int
    id_bytes: int
    messages: int
    message_bytes: int


class ContactMessages(Protocol):
    """Contact → packed messages (`state.messages`); a contact without messages is not in it."""

    def add(
        self, touches: PackedTouches, clock: int, floor: int, days: DayReader, orders: ContactOrders
    ) -> AddedTouches:
        """Add those touches that are plain.

        `clock`: ms, of the account's newest event; what is not newer, and older than `floor` (ms), is too late.
        `orders`: those that touches may matter to.
        """

    def get_all(self, contacts: Sequence[str]) -> list[bytes]:
        """The messages of contacts; b"" of one that has none."""

    def __len__(self) -> int: ...

    def __contains__(self, contact: object, /) -> bool: ...

    def get(self, contact: str, default: bytes, /) -> bytes: ...

    def __setitem__(self, contact: str, packed: bytes, /) -> None: ...

    def __delitem__(self, contact: str, /) -> None: ...

    def pop(self, contact: str, default: bytes, /) -> bytes: ...

    def items(self) -> ItemsView[str, bytes]: ...

    def values(self) -> ValuesView[bytes]: ...

    def packed(self) -> bytes:
        """All of it as a packed map."""

    def held(self) -> HeldMessages:
        """How much there is."""

    def missing(self, contacts: Sequence[str]) -> list[str]:
        """Those of the contacts that have no messages."""


class MessageTables(Protocol):
    """Makes what takes less memory than a `MessageDict` where there are many contacts."""

    def table(self, packed: bytes) -> ContactMessages:
        """These messages: a packed map, contact → packed messages."""


TablesFor = Callable[[int], MessageTables | None]
"""What makes a table for so many contacts; None: they stay in a `MessageDict`."""


def no_tables(contacts: int) -> None:
    """`TablesFor` where there are none."""
    del contacts


class MessageDict(dict[str, bytes]):
    """Contact → packed messages, in a dictionary."""

    def add(
        self, touches: PackedTouches, clock: int, floor: int, days: DayReader, orders: ContactOrders
    ) -> AddedTouches:
        """See `ContactMessages`.

        This loop is most of all work where there are no kernels: what is rare leaves it, and the commonest branch of
        `add_plain` stands in it, for a call costs as much.
        """
        unpacked = touches.unpacked()
        added = AddedTouches(clock)
        by_minute, today, counted = days.by_minute, None, list[str]()
        ordered, latest = orders.packed, orders.latest
        columns = zip(unpacked.contacts, unpacked.entries, unpacked.times, unpacked.kinds, strict=True)
        for index, (contact, entry, time, kind) in enumerate(columns):
            if time > clock:
                clock = time
            elif time < floor:
                added.too_late.append(index)
                continue
            known = self.get(contact, b"")
            if kind and len(known) < BYTES_BELOW_BOUND and known.find(entry[:-PLAIN_TIME_BYTES]) < 0:
                after: bytes | None = known + entry
            else:
                after = add_plain(known, entry) if kind else None
            if after is None:
                added.with_care.append(index)
            else:
                self[contact] = after
                try:
                    day = by_minute[time // MINUTE_MS]
                except KeyError:
                    day = days.day(time)
                if day != today:
                    today, counted = day, added.counted.setdefault(day, [])
                counted.append(kind)
            if kind and time <= latest and contact in ordered:
                added.matters(contact, time)
        added.clock = clock
        return added

    def get_all(self, contacts: Sequence[str]) -> list[bytes]:
        """See `ContactMessages`."""
        return [self.get(contact, b"") for contact in contacts]

    def packed(self) -> bytes:
        """See `ContactMessages`."""
        return _pack(self)

    def held(self) -> HeldMessages:
        """See `ContactMessages`."""
        together = b"".join(self.values())  # a third of the time that counting one by one takes
        return HeldMessages(len(self), sum(map(len, map(str.encode, self))), together.count(RS), len(together))

    def missing(self, contacts: Sequence[str]) -> list[str]:
        """See `ContactMessages`."""
        return [contact for contact in contacts if contact not in self]


def contacts_in(packed: bytes) -> int:
    """How many contacts there are in a packed map of messages."""
    tag = packed[0]
    if tag < _MAP_16:
        return tag & 0x0F
    return int.from_bytes(packed[1 : 3 if tag == _MAP_16 else 5], "big")


def restored_messages(packed: bytes, tables_for: TablesFor) -> ContactMessages:
    """What `ContactMessages.packed` packed, in a table if there are tables for so many contacts."""
    tables = tables_for(contacts_in(packed))
    return MessageDict(_unpack(packed)) if tables is None else tables.table(packed)
