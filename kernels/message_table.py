"""The messages of an account's contacts in one key group, in a table that kernels add touches to."""

from __future__ import annotations

import mmap
import os
from collections.abc import ItemsView, Sequence, ValuesView
from typing import Any, Final

import msgspec
import numpy as np
import numpy.typing as npt

from kernels.layout import (
    ARENA_END,
    BLOCK_CLASSES,
    CLAIMED,
    CLOCK,
    CONTACT,
    CONTACTS,
    COUNTED,
    ELSEWHERE,
    ID_BYTES,
    MATTERING,
    MESSAGE_BYTES,
    MESSAGES,
    SLACK,
    TABLE_COUNTS,
    TOO_LATE,
    UNIT_BYTES,
    USED_BYTES,
    WITH_CARE,
    Numbers,
)
from kernels.loading import Call, Kernels
from state.contact_messages import AddedTouches, HeldMessages, contacts_in
from state.contact_orders import ContactOrders
from state.times import NO_SPAN, DayReader
from state.touches import PackedTouches

_pack: Final = msgspec.msgpack.Encoder().encode
_unpack_all: Final = msgspec.msgpack.Decoder(dict[str, bytes]).decode
_CONTACT_BYTES_MIN: Final = 64
"""Of what comes, so many bytes are a contact's at least; where they are fewer, the table grows once more."""
_ROOM_BYTES_MIN: Final = 4_096
_HEADS_BYTES_MOST: Final = 10
"""What stands before a contact and before its messages, packed."""


class Tables:
    """Makes the tables of a worker. They share what is needed only while one of them is asked."""

    def __init__(self, kernels: Kernels) -> None:
        self.kernels = kernels
        self.became, self.hashes = np.empty(0, np.uint8), np.empty(0, np.int64)
        self.begins, self.ends = np.empty(0, np.int64), np.empty(0, np.int64)

    def make_room(self, count: int) -> None:
        """See that so many touches or contacts have room in what they share."""
        if count > len(self.hashes):
            size = 2 * count
            self.became, self.hashes = np.empty(size, np.uint8), np.empty(size, np.int64)
            self.begins, self.ends = np.empty(size, np.int64), np.empty(size, np.int64)

    def table(self, packed: bytes) -> MessageTable:
        """A table of these messages: a packed map, contact → packed messages."""
        return MessageTable(self, packed)


class MessageTable:
    """Contact → packed messages, for three quarters of the memory that a `state.contact_messages.MessageDict` takes.

    `kernels.contact_table` says how it is laid out. What kernels leave to Python goes in and out a contact at a time.
    """

    def __init__(self, tables: Tables, packed: bytes) -> None:
        self._tables = tables
        self._counts = np.zeros(TABLE_COUNTS, np.int64)
        self._days: DayReader | None = None
        self._hashes: Numbers | None = None
        """Of `Tables`, as the kernels have been given them."""
        self._span = NO_SPAN
        """The day of these that most touches are of."""
        self._adding, self._finding, self._putting = (
            Call(tables.kernels[name]) for name in ("add_touches", "find_messages", "put_messages")
        )
        seed = int.from_bytes(os.urandom(7), "big")
        for call in (self._adding, self._finding, self._putting):
            call.give("seed", seed)
        self._allocate(0, 0, len(packed))
        self._put(packed)

    def _allocate(self, contacts: int, used_bytes: int, more_bytes: int) -> None:
        """An empty table for so many contacts and bytes of blocks, for half as many more, and for what is to come.

        Its arrays are mappings of their own: the heap would keep the holes that arrays leave in it which grow.
        """
        self._memory = _mapping(used_bytes + used_bytes // 2 + 2 * more_bytes + _ROOM_BYTES_MIN)
        self._arena = np.frombuffer(self._memory, np.uint8)
        # Half as many contacts more leave one slot of five free (`kernels.contact_table.has_free_slot`).
        slots = 64 + (contacts + more_bytes // _CONTACT_BYTES_MIN) * 15 // 8
        self._slots = _mapping(slots * CONTACT.itemsize)
        self._contacts = np.frombuffer(self._slots, CONTACT, slots)
        self._free = np.zeros(BLOCK_CLASSES, np.int64)
        self._counts[ARENA_END] = UNIT_BYTES
        self._counts[USED_BYTES] = self._counts[CLAIMED] = 0
        for call in (self._adding, self._finding, self._putting):
            for name, array in self._arrays().items():
                call.give(name, array)

    def _arrays(self) -> dict[str, npt.NDArray[Any]]:
        """What kernels call a table (`kernels.signatures`)."""
        return {"contacts": self._contacts, "arena": self._arena, "free": self._free, "counts": self._counts}

    def _grow(self, more_bytes: int) -> None:
        """Move to a larger table: what was left unused between blocks goes, and so do contacts without messages."""
        contacts, arena = self._contacts, self._arena
        self._allocate(int(self._counts[CONTACTS]), int(self._counts[USED_BYTES]), more_bytes)
        move = self._tables.kernels["move_contacts"]
        moved = move(contacts, arena, *self._arrays().values())
        assert moved == self._counts[CONTACTS], f"{moved} of {self._counts[CONTACTS]} contacts have room"

    def _put(self, packed: bytes) -> None:
        """Give contacts these messages, in the place of theirs."""
        self._run_whole(self._putting, packed, contacts_in(packed))

    def _run_whole(self, call: Call, packed: bytes, count: int) -> None:
        """Run a kernel on all of what is packed, in a larger table each time that this one is full."""
        more_bytes = len(packed)
        call.give("first", 0)
        while (done := call.run_on(packed)) < count:
            self._grow(more_bytes)
            call.give("first", done)
            more_bytes *= 2  # one touch may need a block for all that its contact has

    def add(
        self, touches: PackedTouches, clock: int, floor: int, days: DayReader, orders: ContactOrders
    ) -> AddedTouches:
        """See `state.contact_messages.ContactMessages`."""
        kinds, packed, adding, counts = touches.kinds(), touches.packed, self._adding, self._counts
        self._share(len(kinds))
        counts[CLOCK] = clock
        if days is not self._days:
            self._days, self._span = days, NO_SPAN
        day, *span = self._span
        given = (("floor", floor), ("latest", orders.latest), ("day_from", span[0]), ("day_until", span[1]))
        for name, number in given:
            adding.give(name, number)
        self._run_whole(adding, packed, len(kinds))
        of = counts[: CLOCK + 1].tolist()
        added = AddedTouches(of[CLOCK])
        if of[COUNTED] == len(kinds):
            added.counted[day] = kinds
        else:
            self._sort_out(touches, kinds, of, days, added)
        if of[MATTERING]:
            self._recheck(touches, kinds, orders, added)
        return added

    def _share(self, count: int) -> None:
        """Have room for what becomes of so many touches or contacts, which all tables of a worker share."""
        tables = self._tables
        tables.make_room(count)
        if self._hashes is not tables.hashes:
            self._hashes = tables.hashes
            for call in (self._adding, self._finding):
                call.give("hashes", tables.hashes)
            self._adding.give("became", tables.became)
            self._finding.give("begins", tables.begins)
            self._finding.give("ends", tables.ends)

    def _sort_out(
        self, touches: PackedTouches, kinds: list[str], of: list[int], days: DayReader, added: AddedTouches
    ) -> None:
        """Sort touches by what became of them, where not all were counted on one day. `of`: how many of each."""
        became = self._tables.became[: len(kinds)].tolist()
        if of[COUNTED]:
            added.counted[self._span.day] = [kind for kind, one in zip(kinds, became, strict=True) if one == COUNTED]
        if of[WITH_CARE]:
            added.with_care += [index for index, one in enumerate(became) if one == WITH_CARE]
        if of[TOO_LATE]:
            added.too_late += [index for index, one in enumerate(became) if one == TOO_LATE]
        if of[ELSEWHERE]:
            times = touches.times()
            elsewhere = [index for index, one in enumerate(became) if one == ELSEWHERE]
            for index in elsewhere:
                added.counted.setdefault(days.day(times[index]), []).append(kinds[index])
            self._span = days.span(times[elsewhere[-1]])

    def _recheck(self, touches: PackedTouches, kinds: list[str], orders: ContactOrders, added: AddedTouches) -> None:
        latest, ordered = orders.latest, orders.packed
        too_late = frozenset(added.too_late)
        columns = zip(touches.contacts(), touches.times(), kinds, strict=True)
        for index, (contact, time, kind) in enumerate(columns):
            if time <= latest and contact in ordered and kind and index not in too_late:
                added.matters(contact, time)

    def _find(self, contacts: Sequence[str]) -> tuple[list[int], list[int]]:
        """Where in the arena the messages of contacts begin and end."""
        self._share(len(contacts))
        self._finding.run_on(_pack(contacts))
        return self._tables.begins[: len(contacts)].tolist(), self._tables.ends[: len(contacts)].tolist()

    def get_all(self, contacts: Sequence[str]) -> list[bytes]:
        """See `state.contact_messages.ContactMessages`."""
        memory = self._memory
        return [memory[begin:end] for begin, end in zip(*self._find(contacts), strict=True)]

    def missing(self, contacts: Sequence[str]) -> list[str]:
        """See `state.contact_messages.ContactMessages`."""
        _, ends = self._find(contacts)
        return [contact for contact, end in zip(contacts, ends, strict=True) if not end]

    def __len__(self) -> int:
        return int(self._counts[CONTACTS])

    def __contains__(self, contact: object, /) -> bool:
        return isinstance(contact, str) and not self.missing([contact])

    def get(self, contact: str, default: bytes, /) -> bytes:
        """The messages of a contact, or `default`."""
        return self.get_all([contact])[0] or default

    def __setitem__(self, contact: str, packed: bytes, /) -> None:
        self._put(_pack({contact: packed}))

    def pop(self, contact: str, default: bytes, /) -> bytes:
        """The messages of a contact, which has none from now on, or `default`."""
        packed = self.get(contact, b"")
        if packed:
            del self[contact]
        return packed or default

    def __delitem__(self, contact: str, /) -> None:
        self[contact] = b""

    def packed(self) -> bytes:
        """See `state.contact_messages.ContactMessages`."""
        contacts, ids, messages = (int(self._counts[number]) for number in (CONTACTS, ID_BYTES, MESSAGE_BYTES))
        out = np.empty(_HEADS_BYTES_MOST * (contacts + 1) + ids + messages, np.uint8)
        size = self._tables.kernels["pack_messages"](*self._arrays().values(), out)
        return out[:size].tobytes()

    def items(self) -> ItemsView[str, bytes]:
        """All contacts that have messages, with them, as they are at this moment."""
        return _unpack_all(self.packed()).items()

    def values(self) -> ValuesView[bytes]:
        """All contacts' messages, as they are at this moment."""
        return _unpack_all(self.packed()).values()

    def held(self) -> HeldMessages:
        """See `state.contact_messages.ContactMessages`."""
        return HeldMessages(*(int(self._counts[number]) for number in (CONTACTS, ID_BYTES, MESSAGES, MESSAGE_BYTES)))


def _mapping(size: int) -> mmap.mmap:
    """Memory of zeros; of what is not written to, the machine gives none."""
    return mmap.mmap(-1, size + SLACK, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
