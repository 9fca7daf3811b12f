"""The messages of an account's contacts in one key group, in a table that kernels add touches to."""

from __future__ import annotations

from kernels.byte_table import ByteTable, Shared
from kernels.layout import (
    CLOCK,
    COUNTED,
    ELSEWHERE,
    ID_BYTES,
    IDS,
    MATTERING,
    MESSAGES,
    TOO_LATE,
    VALUE_BYTES,
    WITH_CARE,
)
from state.contact_messages import AddedTouches, HeldMessages
from state.contact_orders import ContactOrders
from state.times import NO_SPAN, DayReader
from state.touches import PackedTouches


class MessageTable(ByteTable):
    """Contact → packed messages: a `state.contact_messages.ContactMessages`."""

    def __init__(self, shared: Shared, packed: bytes) -> None:
        self._days: DayReader | None = None
        self._span = NO_SPAN
        """The day of these that most touches are of."""
        super().__init__(shared, packed, "add_touches")
        self._adding = self._calls["add_touches"]

    def _give_shared(self) -> None:
        super()._give_shared()
        self._adding.give("hashes", self._shared.hashes)
        self._adding.give("became", self._shared.became)

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

    def _sort_out(
        self, touches: PackedTouches, kinds: list[str], of: list[int], days: DayReader, added: AddedTouches
    ) -> None:
        """Sort touches by what became of them, where not all were counted on one day. `of`: how many of each."""
        became = self._shared.became[: len(kinds)].tolist()
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
        latest, too_late = orders.latest, frozenset(added.too_late)
        columns = zip(touches.contacts(), touches.times(), kinds, strict=True)
        maybe = [
            (contact, time)
            for index, (contact, time, kind) in enumerate(columns)
            if time <= latest and kind and index not in too_late
        ]
        ordered = orders.among([contact for contact, _ in maybe])
        for contact, time in maybe:
            if contact in ordered:
                added.matters(contact, time)

    def held(self) -> HeldMessages:
        """See `state.contact_messages.ContactMessages`."""
        return HeldMessages(*(int(self._counts[number]) for number in (IDS, ID_BYTES, MESSAGES, VALUE_BYTES)))
