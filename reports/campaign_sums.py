"""What campaigns come to over some days, and what they are called: read anew, or kept up to date as it changes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import compress, count
from operator import ne
from typing import Final, NamedTuple, Protocol

import redis

from connectors.view.layout import campaigns_key, name_field, names_key, parse_campaign_field, parse_name_field, text_of
from connectors.view.tracked_hashes import FIELDS_KEPT_MAX, FlatHash, kept_hashes
from reports.reading import CAMPAIGN_HASHES_PER_TRIP, add_up, batches, read_hashes

Campaign = tuple[str, str]
"""(channel, campaign)"""
Sums = Mapping[Campaign, Mapping[str, int]]
"""Campaign → `sent`, `revenue:EUR` and so on → their sum. What is 0 may be absent."""

Names = Mapping[Campaign, str]
"""Of the campaigns that an event has named."""

DAYS_KEPT_MAX: Final = 100
"""Sums over longer periods are not kept."""
NAMES_PER_TRIP: Final = 10_000


class CampaignReader(Protocol):
    """Reads what is known of campaigns, as it is at the call or later."""

    def sums(self, account: str, days: Sequence[int]) -> Sums:
        """All campaigns of the account over some days (ordinals). Never changed: other sums are another object."""
        ...

    def names(self, account: str, campaigns: Sequence[Campaign]) -> Names:
        """What these campaigns, and maybe others, are called. Never changed, likewise."""
        ...


class ReadAnew:
    """For a command, which asks once."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    def sums(self, account: str, days: Sequence[int]) -> Sums:
        """See `CampaignReader`."""
        keys = (campaigns_key(account, day) for day in days)
        sums: dict[Campaign, dict[str, int]] = {}
        for field, value in add_up(read_hashes(self._client, keys, CAMPAIGN_HASHES_PER_TRIP)).items():
            place = _place_of(field)
            sums.setdefault(place.campaign, {})[place.figure] = value
        return sums

    def names(self, account: str, campaigns: Sequence[Campaign]) -> Names:
        """See `CampaignReader`."""
        found: dict[Campaign, str] = {}
        for batch in batches(campaigns, NAMES_PER_TRIP):
            names = self._client.hmget(names_key(account), [name_field(*campaign) for campaign in batch])
            found |= {campaign: text_of(name) for campaign, name in zip(batch, names, strict=True) if name is not None}
        return found


class KeptUpToDate:
    """For a server, which is asked again and again: reads only what was written since. For any thread."""

    def __init__(self, client: redis.Redis, fields_kept_max: int = FIELDS_KEPT_MAX) -> None:
        self._hashes = kept_hashes(client, fields_kept_max)
        self._read_anew = ReadAnew(client)
        self._fields_kept_max = fields_kept_max
        self._sums: OrderedDict[tuple[str, tuple[int, ...]], _SumsOfDays] = OrderedDict()
        self._names: OrderedDict[str, _Names] = OrderedDict()
        self._one_at_a_time = threading.Lock()

    def sums(self, account: str, days: Sequence[int]) -> Sums:
        """See `CampaignReader`."""
        if len(days) > DAYS_KEPT_MAX:
            return self._read_anew.sums(account, days)
        asked = account, tuple(days)
        with self._one_at_a_time:
            # Out of the way while it changes: what fails halfway is not kept.
            kept = self._sums.pop(asked, None) or _SumsOfDays()
            kept.bring_up_to_date(self._hashes.read([campaigns_key(account, day) for day in days]))
            self._sums[asked] = kept
            while sum(each.fields for each in self._sums.values()) > self._fields_kept_max:
                self._sums.popitem(last=False)
            return kept.sums

    def names(self, account: str, campaigns: Sequence[Campaign]) -> Names:
        """See `CampaignReader`."""
        del campaigns  # all names are kept
        with self._one_at_a_time:
            [read] = self._hashes.read([names_key(account)])
            kept = self._names.pop(account, None)
            if kept is None or kept.read is not read:
                kept = _Names(read, {parse_name_field(text_of(field)): text_of(name) for field, name in _pairs(read)})
            self._names[account] = kept
            while sum(len(each.by_campaign) + 1 for each in self._names.values()) > self._fields_kept_max:
                self._names.popitem(last=False)
            return kept.by_campaign

    def close(self) -> None:
        """Let go of the connections and of all that is kept."""
        with self._one_at_a_time:
            self._sums.clear()
            self._names.clear()
            self._hashes.close()


class _Names(NamedTuple):
    read: FlatHash
    by_campaign: Mapping[Campaign, str]


class _SumsOfDays:
    """The sums of some days, and the days as they were added up."""

    def __init__(self) -> None:
        self.sums: dict[Campaign, dict[str, int]] = {}
        self._days: list[FlatHash] = []

    @property
    def fields(self) -> int:
        return sum(map(len, self._days)) // 2 + 1

    def bring_up_to_date(self, days: Iterable[FlatHash]) -> None:
        """Adds the differences of the days that are not what they were; the days are always the same ones."""
        before, self._days = self._days, []
        differences: dict[bytes, int] = {}
        for number, day in enumerate(days):
            self._days.append(day)
            was = before[number] if before else []
            if day is not was:
                _add_difference(differences, was, day)
        self._add(differences)

    def _add(self, differences: Mapping[bytes, int]) -> None:
        if not differences:
            return
        # What was given out stays as it was: a campaign that changes gets figures of its own.
        self.sums = dict(self.sums)
        changed: set[Campaign] = set()
        for field, difference in differences.items():
            campaign, figure = _place(field)
            if campaign not in changed:
                changed.add(campaign)
                self.sums[campaign] = dict(self.sums.get(campaign, ()))
            figures = self.sums[campaign]
            figures[figure] = figures.get(figure, 0) + difference


def _add_difference(differences: dict[bytes, int], was: FlatHash, day: FlatHash) -> None:
    positions = compress(count(), map(ne, was, day)) if len(was) == len(day) else iter((0,))
    changed = list(positions)
    get = differences.get
    if all(position % 2 for position in changed):
        # The same fields in the same places, as long as the server has not ordered them anew.
        for position in changed:
            field = day[position - 1]
            differences[field] = get(field, 0) + int(day[position]) - int(was[position])
        return
    for field, value in _pairs(day):
        differences[field] = get(field, 0) + int(value)
    for field, value in _pairs(was):
        differences[field] = get(field, 0) - int(value)


def _pairs(read: FlatHash) -> Iterable[tuple[bytes, bytes]]:
    return zip(read[::2], read[1::2], strict=True)


class _Place(NamedTuple):
    campaign: Campaign
    figure: str


def _place_of(field: str) -> _Place:
    channel, campaign, figure = parse_campaign_field(field)
    return _Place((channel, campaign), figure.name if figure.currency is None else f"{figure.name}:{figure.currency}")


@lru_cache(maxsize=262_144)
def _place(field: bytes) -> _Place:
    return _place_of(text_of(field))
