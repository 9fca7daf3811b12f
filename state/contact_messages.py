"""The messages of an account's contacts in one key group, and what becomes of touches that are added to them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, NamedTuple, Protocol

from state.contact_orders import ContactOrderDict, ContactOrders
from state.counted_touches import CountedTouches, ListedKinds
from state.messages import BYTES_BELOW_BOUND, PLAIN_TIME_BYTES, RS, add_plain
from state.packed_values import PackedValues, ValueDict, items_in, unpack_values
from state.timeline import Timeline
from state.times import MINUTE_MS
from state.touches import PLAIN, PackedTouches

NO_MESSAGES: Final = ValueDict().packed()
"""Of no contact, packed."""


@dataclass(slots=True)
class AddedTouches:
    """What became of touches. They are named by their numbers."""

    clock: int
    """ms: of the newest event of the account, these among them."""
    counted: list[tuple[int, CountedTouches]] = field(default_factory=list)
    """Day (an ordinal) and those on it that are the first of their event of their message."""
    with_care: list[int] = field(default_factory=list)
    """Those that were not added: near a bound, or in some other way rare, and all that follow one of these of the same
    contact, whose touches are added one after the other."""
    too_late: list[int] = field(default_factory=list)
    tags: dict[str, int] = field(default_factory=dict)
    """Tag → ms of the latest of the touches with it that were added."""
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


class ContactMessages(PackedValues, Protocol):
    """Contact → packed messages (`state.messages`); a contact without messages is not in it."""

    def add(
        self, touches: PackedTouches, clock: int, floor: int, timeline: Timeline, orders: ContactOrders
    ) -> AddedTouches:
        """Add those touches that are usual; plain ones are.

        `clock`: ms, of the account's newest event; what is not newer, and older than `floor` (ms), is too late.
        `timeline`: the account's settings. `orders`: those that touches may matter to.
        """

    def held(self) -> HeldMessages:
        """How much there is."""


class MessageTables(Protocol):
    """Makes what takes less memory than a `MessageDict` or a `ContactOrderDict` where there are many contacts."""

    def messages(self, packed: bytes) -> ContactMessages:
        """These messages: a packed map, contact → packed messages."""

    def orders_at_contacts(self, orders: ContactOrderDict) -> ContactOrders:
        """These orders."""


TablesFor = Callable[[int], MessageTables | None]
"""What makes a table for so many contacts; None: they stay in a `MessageDict`."""


def no_tables(contacts: int) -> None:
    """`TablesFor` where there are none."""
    del contacts


class MessageDict(ValueDict):
    """Contact → packed messages, in a dictionary."""

    def add(
        self, touches: PackedTouches, clock: int, floor: int, timeline: Timeline, orders: ContactOrders
    ) -> AddedTouches:
        """See `ContactMessages`; here only plain touches are usual.

        This loop is most of all work where there are no kernels: what is rare leaves it, and the commonest branch of
        `add_plain` stands in it, for a call costs as much.
        """
        unpacked = touches.unpacked()
        added = AddedTouches(clock)
        by_day: dict[int, ListedKinds] = {}
        left: set[str] = set()
        days = timeline.days
        by_minute, today, counted = days.by_minute, None, ListedKinds()
        ordered, latest = orders.among(unpacked.contacts), orders.latest
        columns = zip(unpacked.contacts, unpacked.entries, unpacked.times, unpacked.forms, unpacked.kinds, strict=True)
        for index, (contact, entry, time, form, kind) in enumerate(columns):
            if time > clock:
                clock = time
            elif time < floor:
                added.too_late.append(index)
                continue
            known, is_plain = self.get(contact, b""), form == PLAIN and contact not in left
            if is_plain and len(known) < BYTES_BELOW_BOUND and known.find(entry[:-PLAIN_TIME_BYTES]) < 0:
                after: bytes | None = known + entry
            else:
                after = add_plain(known, entry) if is_plain else None
            if after is None:
                added.with_care.append(index)
                left.add(contact)
                continue
            self[contact] = after
            try:
                day = by_minute[time // MINUTE_MS]
            except KeyError:
                day = days.day(time)
            if day != today:
                today, counted = day, by_day.setdefault(day, ListedKinds())
            counted.append(kind)
            if time <= latest and contact in ordered:
                added.matters(contact, time)
        added.clock = clock
        added.counted += by_day.items()
        return added

    def held(self) -> HeldMessages:
        """See `ContactMessages`."""
        together = b"".join(self.values())  # a third of the time that counting one by one takes
        return HeldMessages(len(self), sum(map(len, map(str.encode, self))), together.count(RS), len(together))


def restored_messages(packed: bytes, tables_for: TablesFor) -> ContactMessages:
    """What `ContactMessages.packed` packed, in a table if there are tables for so many contacts."""
    tables = tables_for(items_in(packed))
    return MessageDict(unpack_values(packed)) if tables is None else tables.messages(packed)
