"""One key group of totals: absolute sums of ledger entries, and which of them have changed.

An entry of a campaign counts for its channel and its account too, so each makes three sums. A group holds whole days of
accounts (and, as day 0, all days together), so that what must add up is always changed and emitted together (contract
§8).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import msgspec

from state.campaign_names import CampaignNames
from state.changes import Seen
from state.key_groups import GROUPS, key_group
from state.ledger import Amounts, Name, name_of
from state.settings_versions import SettingsVersions
from state.tags_seen import TagsSeen
from state.timeline import Version

ALL_DAYS: Final = 0
"""Stands for all days together in an entry's key."""

Place = tuple[str, int]
"""(account, day)"""


def totals_group(account: str, day: int) -> int:
    """The key group that holds a day of an account, or its `ALL_DAYS`."""
    return key_group(account, str(day), GROUPS)


_DAY: Final = msgspec.msgpack.Decoder(list[tuple[str, str, str, int | str]])
_INTEGER_MAX: Final = 2**63 - 1
"""Beyond it a sum is packed as text: an amount may be so great, and sums are of many."""


@dataclass(slots=True)
class Totals:
    """The sums of one key group."""

    pending: dict[Place, Amounts] = field(default_factory=dict)
    """Differences not yet added up; so much of the work of a busy stream is done once instead of a hundred times."""
    counted: dict[Place, Counter[str]] = field(default_factory=dict)
    """Kinds of touches not yet added up, and how many of each."""
    packed: dict[Place, bytes] = field(default_factory=dict)
    """Days at rest."""
    live: dict[Place, Amounts] = field(default_factory=dict)
    """Days that have changed lately."""
    changed: dict[Place, set[Name]] = field(default_factory=dict)
    seen: dict[str, Seen] = field(default_factory=dict)
    """Account → what was seen of it."""
    seen_changed: set[str] = field(default_factory=set)
    names: CampaignNames = field(default_factory=CampaignNames)
    """Of the campaigns of accounts whose `ALL_DAYS` is here."""
    tags: TagsSeen = field(default_factory=TagsSeen)
    """Of these accounts, too."""
    settings: SettingsVersions = field(default_factory=SettingsVersions)
    """Likewise."""

    def add(self, place: Place, amounts: Mapping[Name, int]) -> None:
        """Add differences."""
        add_amounts(self.pending.setdefault(place, {}), amounts)

    def count(self, place: Place, counts: Mapping[str, int]) -> None:
        """So many messages newly sent, delivered, opened or clicked, by kind (`state.ledger.touch_kind`)."""
        self.counted.setdefault(place, Counter()).update(counts)

    def see(self, account: str, seen: Seen) -> None:
        """An account was seen with this newest event under these settings."""
        known = self.seen.get(account)
        if known is not None:
            seen = Seen(max(known.newest, seen.newest), max(known.version, seen.version))
        if seen != known:
            self.seen[account] = seen
            self.seen_changed.add(account)

    def fold(self) -> None:
        """Add up what is pending."""
        for place, kinds in self.counted.items():
            self.add(place, {name_of(kind): count for kind, count in kinds.items()})
        self.counted.clear()
        for place, amounts in self.pending.items():
            self._add_up(place, _with_channels_and_account(amounts))
        self.pending.clear()

    def _add_up(self, place: Place, amounts: Amounts) -> None:
        sums = self._live(place)
        for name, amount in amounts.items():
            total = sums.get(name, 0) + amount
            if total:
                sums[name] = total
            else:
                sums.pop(name, None)
        self.changed.setdefault(place, set()).update(amounts)

    def of_day(self, account: str, day: int) -> Amounts:
        """All sums of a day (or of `ALL_DAYS`), as they stand."""
        self.fold()
        return dict(self._live((account, day)))

    def _live(self, place: Place) -> Amounts:
        sums = self.live.get(place)
        if sums is None:
            packed = self.packed.get(place)
            sums = {} if packed is None else {(ch, ca, name): int(n) for ch, ca, name, n in _DAY.decode(packed)}
            self.live[place] = sums
        return sums

    def take_changes(self) -> list[tuple[Place, list[tuple[Name, int]]]]:
        """All sums that changed since the last call, as they stand (0: it is gone)."""
        self.fold()
        taken: list[tuple[Place, list[tuple[Name, int]]]] = []
        for place, names in self.changed.items():
            value = self._live(place).get
            taken.append((place, [(name, value(name, 0)) for name in names]))
        self.changed.clear()
        return taken

    def take_seen(self) -> dict[str, Seen]:
        """What has changed of the accounts seen."""
        taken = {account: self.seen[account] for account in self.seen_changed}
        self.seen_changed.clear()
        return taken

    def emit_all(self) -> None:
        """Mark every sum as changed (after a restart, the view may have any of them wrong)."""
        self.fold()
        for place in {*self.packed, *self.live}:
            self.changed.setdefault(place, set()).update(self._live(place))
        self.seen_changed.update(self.seen)
        self.names.emit_all()
        self.tags.emit_all()
        self.settings.emit_all()

    def rest(self) -> dict[Place, bytes]:
        """Every day, packed; what has changed lately is packed and laid to rest."""
        self.fold()
        for place, sums in self.live.items():
            if sums:
                self.packed[place] = msgspec.msgpack.encode(
                    [(*name, n if abs(n) <= _INTEGER_MAX else str(n)) for name, n in sums.items()]
                )
            else:
                self.packed.pop(place, None)
        self.live = {place: self.live[place] for place in self.changed if place in self.live}
        return self.packed


def add_amounts(amounts: Amounts, more: Mapping[Name, int]) -> None:
    """Add `more` to `amounts`."""
    known = amounts.get
    for name, amount in more.items():
        amounts[name] = known(name, 0) + amount


def _with_channels_and_account(amounts: Amounts) -> Amounts:
    """What a campaign's amounts add to its channel and its account, too."""
    of_channels: Amounts = {}
    for (channel, campaign, figure), amount in amounts.items():
        if campaign:
            # There are few channels: what they add up to is summed up first, and added once.
            of_channel = (channel, "", figure)
            of_channels[of_channel] = of_channels.get(of_channel, 0) + amount
    everything = dict(amounts)
    for of_channel, amount in of_channels.items():
        for name in (of_channel, ("", "", of_channel[2])):
            everything[name] = everything.get(name, 0) + amount
    return everything


def rebased(seen: Seen, base: Version) -> Seen:
    """What was seen of an account, on the settings of a (changed) settings file."""
    return seen if seen.version.effective_from > base.effective_from else Seen(seen.newest, base)
