"""What campaigns come to over some days, and what they are called, kept up to date as it changes.

The days are columns of numbers: where a day has changed, what it was is taken off the sums and what it is is added,
each in one step over arrays, however many of its fields have changed.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from functools import lru_cache
from operator import is_
from typing import Any, Final, NamedTuple

import redis

from connectors.view.layout import campaigns_key, names_key, parse_name_field, text_of
from connectors.view.tracked_hashes import FIELDS_KEPT_MAX, KeptHash, kept_hashes
from reports.arrays import NDArray, np
from reports.campaign_sums import Campaign, CampaignFigure, Campaigns, Names, ReadAnew, Sums, campaign_figure

DAYS_KEPT_MAX: Final = 100
"""Sums over longer periods are not kept."""
NUMBER_MAX: Final = 10**16
"""What is greater is added up by Python: a hundred days of less stay below 2**63."""

Numbers = NDArray[Any]
"""Of 64 bits, or Python's own."""


class KeptUpToDate:
    """For a server, which is asked again and again: reads only what was written since. For any thread."""

    def __init__(self, client: redis.Redis, fields_kept_max: int = FIELDS_KEPT_MAX) -> None:
        self._hashes = kept_hashes(client, fields_kept_max)
        self._read_anew = ReadAnew(client)
        self._fields_kept_max = fields_kept_max
        self._sums: OrderedDict[tuple[str, tuple[int, ...]], _SumsOfDays] = OrderedDict()
        self._names: OrderedDict[str, _Names] = OrderedDict()
        self._one_at_a_time = threading.Lock()

    def read(self, account: str, days: Sequence[int], channel: str | None = None) -> Campaigns:
        """See `CampaignReader`. The same objects as before where nothing was written since."""
        del channel  # all names are kept
        is_kept = len(days) <= DAYS_KEPT_MAX
        keys = [campaigns_key(account, day) for day in days] if is_kept else []
        with self._one_at_a_time:
            read = self._hashes.read([names_key(account), *keys])
            names = self._names_in(account, next(read))
            if is_kept:
                return Campaigns(self._sums_of(account, days, read), names)
        return Campaigns(self._read_anew.sums(account, days), names)

    def close(self) -> None:
        """Let go of the connections and of all that is kept."""
        with self._one_at_a_time:
            self._sums.clear()
            self._names.clear()
            self._hashes.close()

    def _sums_of(self, account: str, days: Sequence[int], read: Iterable[KeptHash]) -> Sums:
        asked = account, tuple(days)
        # Out of the way while it changes: what fails halfway is not kept.
        kept = self._sums.pop(asked, None) or _SumsOfDays()
        kept.bring_up_to_date(read)
        self._sums[asked] = kept
        while sum(each.fields for each in self._sums.values()) > self._fields_kept_max:
            self._sums.popitem(last=False)
        return kept.sums

    def _names_in(self, account: str, read: KeptHash) -> Names:
        kept = self._names.pop(account, None)
        if kept is None or kept.read is not read:
            names = zip(map(text_of, read.fields), map(text_of, read.values), strict=True)
            kept = _Names(read, {parse_name_field(field): name for field, name in names})
        self._names[account] = kept
        while sum(len(each.by_campaign) + 1 for each in self._names.values()) > self._fields_kept_max:
            self._names.popitem(last=False)
        return kept.by_campaign


class _Names(NamedTuple):
    read: KeptHash
    by_campaign: Names


class _Day(NamedTuple):
    """A day as it was added."""

    read: KeptHash
    slots: Numbers
    """Where the sum of each field stands."""
    numbers: Numbers
    """The fields' values."""


_NO_NUMBERS: Final = np.zeros(0, np.int64)
_NO_DAY: Final = _Day(KeptHash([], []), _NO_NUMBERS, _NO_NUMBERS)


class _Figure(NamedTuple):
    """A column: which campaigns have the figure, by their number, and where its sums stand."""

    campaigns: Numbers
    slots: Numbers


class _Layout(NamedTuple):
    """What stands where."""

    campaigns: Sequence[Campaign]
    figures: dict[str, _Figure]
    slots: int


class _ArraySums(NamedTuple):
    """See `Sums`."""

    layout: _Layout
    numbers: Numbers

    @property
    def campaigns(self) -> Sequence[Campaign]:
        return self.layout.campaigns

    def columns(self, figures: Sequence[str]) -> list[list[int]]:
        return [self._column(figure) for figure in figures]

    def _column(self, name: str) -> list[int]:
        column = np.zeros(len(self.campaigns), self.numbers.dtype)
        figure = self.layout.figures.get(name)
        if figure is not None:
            column[figure.campaigns] = self.numbers[figure.slots]
        return column.tolist()


class _SumsOfDays:
    """The sums of some days, and the days as they were added up."""

    def __init__(self) -> None:
        self._days: list[_Day] = []
        self._slots: dict[bytes, int] = {}
        self._numbers: Numbers = _NO_NUMBERS
        self.sums = _ArraySums(_Layout((), {}, 0), _NO_NUMBERS)

    @property
    def fields(self) -> int:
        return sum(len(day.numbers) for day in self._days) + 1

    def bring_up_to_date(self, days: Iterable[KeptHash]) -> None:
        """Takes off and adds the days that are not what they were; the days are always the same ones."""
        before = self._days or None
        self._days = [
            self._replace(_NO_DAY if before is None else before[number], read) for number, read in enumerate(days)
        ]
        if before is not None and all(map(is_, before, self._days)):
            return
        layout = self.sums.layout
        if layout.slots < len(self._slots):
            layout = _layout(self._slots)
        # What was given out stays as it was.
        self.sums = _ArraySums(layout, self._numbers.copy())

    def _replace(self, was: _Day, read: KeptHash) -> _Day:
        if read is was.read:
            return was
        slots = was.slots if read.fields is was.read.fields else self._slots_of(read.fields)
        day = _Day(read, slots, _numbers(read.values))
        # A hash has a field once, so that no sum stands in `slots` twice.
        self._numbers[was.slots] -= was.numbers
        if day.numbers.dtype == object:
            self._numbers = self._numbers.astype(object)
        self._numbers[slots] += day.numbers
        return day

    def _slots_of(self, fields: Sequence[bytes]) -> Numbers:
        """Makes room for those that are new."""
        slots = self._slots
        found = np.fromiter((slots.setdefault(field, len(slots)) for field in fields), np.int64, len(fields))
        room = np.zeros(len(slots) - len(self._numbers), self._numbers.dtype)
        self._numbers = np.concatenate([self._numbers, room])
        return found


def _layout(fields: Iterable[bytes]) -> _Layout:
    """Of fields in the order of their slots."""
    campaigns: dict[Campaign, int] = {}
    figures: dict[str, list[tuple[int, int]]] = {}
    for slot, field in enumerate(fields):
        campaign, figure = _figure(field)
        figures.setdefault(figure, []).append((campaigns.setdefault(campaign, len(campaigns)), slot))
    columns = {name: _Figure(*np.array(places, np.int64).T) for name, places in figures.items()}
    return _Layout(list(campaigns), columns, sum(map(len, figures.values())))


@lru_cache(maxsize=262_144)
def _figure(field: bytes) -> CampaignFigure:
    return campaign_figure(text_of(field))


def _numbers(values: Sequence[bytes]) -> Numbers:
    """The values as numbers. Raises `ValueError` for one that is none."""
    found = np.fromstring(b" ".join(values), np.int64, sep=" ") if values else _NO_NUMBERS
    if len(found) == len(values) and (not len(found) or -NUMBER_MAX < found.min() <= found.max() < NUMBER_MAX):
        return found
    return np.array(list(map(int, values)), object)
