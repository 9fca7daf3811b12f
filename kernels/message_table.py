"""The messages of an account's contacts in one key group, in a table that kernels add touches to."""

from __future__ import annotations

from collections import defaultdict
from typing import Final

from kernels.byte_table import ByteTable, Shared
from kernels.kind_counts import MarkedTouches
from kernels.layout import (
    CLOCK,
    COUNTED,
    ELSEWHERE,
    ID_BYTES,
    IDS,
    IGNORED,
    MATTERING,
    MESSAGES,
    TAGS,
    TOO_LATE,
    UNSETTLED,
    VALUE_BYTES,
    WITH_CARE,
    Bytes,
)
from state.contact_messages import AddedTouches, HeldMessages
from state.contact_orders import ContactOrders
from state.counted_touches import CountedTouches, ListedKinds
from state.messages import unescape_separators
from state.timeline import Timeline
from state.times import NO_SPAN, DayReader
from state.touches import PackedTouches

_MARKED_MIN: Final = 24
"""Of fewer touches the kinds are listed: to begin to count by a kernel takes as long as to count so many."""


class MessageTable(ByteTable):
    """Contact → packed messages: a `state.contact_messages.ContactMessages`."""

    def __init__(self, shared: Shared, packed: bytes) -> None:
        self._days: DayReader | None = None
        self._span = NO_SPAN
        """The day of these that most touches are of."""
        super().__init__(shared, packed, "add_touches")
        self._adding = self._calls["add_touches"]
        self._adding.give(marks=shared.marks, tags=shared.tags)

    def _give_shared(self) -> None:
        super()._give_shared()
        self._adding.give(hashes=self._shared.hashes, became=self._shared.became)

    def add(
        self, touches: PackedTouches, clock: int, floor: int, timeline: Timeline, orders: ContactOrders
    ) -> AddedTouches:
        """See `state.contact_messages.ContactMessages`."""
        number, adding, counts, days = len(touches), self._adding, self._counts, timeline.days
        self._share(number)
        counts[CLOCK] = clock
        if days is not self._days:
            self._days, self._span = days, NO_SPAN
        day, begin, end = self._span
        is_ignored = timeline.always_ignores_automated
        ignores = UNSETTLED if is_ignored is None else IGNORED * is_ignored
        adding.give(floor=floor, latest=orders.latest, day_from=begin, day_until=end, ignores=ignores)
        self._run_whole(adding, touches.packed, number)
        of = counts[: CLOCK + 1].tolist()
        added = AddedTouches(of[CLOCK])
        became = self._shared.became[:number]
        if of[COUNTED]:
            all_count = of[COUNTED] == number
            added.counted.append((day, self._counted(touches, number, None if all_count else became)))
        if of[COUNTED] < number:
            self._sort_out(touches, became.tolist(), of, days, added)
        if of[TAGS]:
            self._take_tags(touches.packed, of[TAGS], added)
        if of[MATTERING]:
            self._recheck(touches, became, orders, added)
        return added

    def _counted(self, touches: PackedTouches, number: int, became: Bytes | None) -> CountedTouches:
        """Those that count; `became`: of each, what became of it; None: they all count."""
        if number >= _MARKED_MIN:
            marks = None if became is None else became.copy()
            return MarkedTouches(self._shared.kind_counter, touches.packed, number, marks)
        if became is None:
            return ListedKinds(touches.kinds())
        columns = zip(touches.kinds(), became.tolist(), strict=True)
        return ListedKinds(kind for kind, one in columns if one == COUNTED)

    def _sort_out(
        self, touches: PackedTouches, became: list[int], of: list[int], days: DayReader, added: AddedTouches
    ) -> None:
        """Sort those that are not counted on the day that most are of. `of`: how many became what."""
        if of[WITH_CARE]:
            added.with_care += [index for index, one in enumerate(became) if one == WITH_CARE]
        if of[TOO_LATE]:
            added.too_late += [index for index, one in enumerate(became) if one == TOO_LATE]
        if of[ELSEWHERE]:
            times, kinds, by_day = touches.times(), touches.kinds(), defaultdict[int, ListedKinds](ListedKinds)
            elsewhere = [index for index, one in enumerate(became) if one == ELSEWHERE]
            for index in elsewhere:
                by_day[days.day(times[index])].append(kinds[index])
            added.counted += by_day.items()
            self._span = days.span(times[elsewhere[-1]])

    def _take_tags(self, packed: bytes, number: int, added: AddedTouches) -> None:
        for at, length, time in self._shared.tags[:number].tolist():
            added.tags[unescape_separators(packed[at : at + length])] = time

    @staticmethod
    def _recheck(touches: PackedTouches, became: Bytes, orders: ContactOrders, added: AddedTouches) -> None:
        latest = orders.latest
        columns = zip(touches.contacts(), touches.times(), became.tolist(), strict=True)
        maybe = [
            (contact, time) for contact, time, one in columns if time <= latest and one not in {WITH_CARE, TOO_LATE}
        ]
        ordered = orders.among([contact for contact, _ in maybe])
        for contact, time in maybe:
            if contact in ordered:
                added.matters(contact, time)

    def held(self) -> HeldMessages:
        """See `state.contact_messages.ContactMessages`."""
        return HeldMessages(*(int(self._counts[number]) for number in (IDS, ID_BYTES, MESSAGES, VALUE_BYTES)))
