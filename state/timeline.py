"""All versions of an account's settings, and which of them is in force for what (contract §1, §3)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from functools import cached_property
from typing import Final, NamedTuple
from weakref import WeakValueDictionary

from state.events import SettingsChange
from state.settings import BEGINNING, Settings, canonical, from_canonical
from state.times import DayHour, DayReader, HourReader, day_reader, hour_reader


class Version(NamedTuple):
    """Settings and since when they hold. Versions compare as the contract ranks them (§1, §8)."""

    effective_from: int
    """ms; `BEGINNING` for what a settings file says."""
    time: int
    """ms: when it was said; the later of two for the same `effective_from` wins."""
    text: bytes
    """Canonical JSON of the settings; at a tie the greater."""
    by: str = ""
    """Who changed them; empty: not said. It tells apart only versions that set the same."""

    @property
    def settings(self) -> Settings:
        """The settings of this version."""
        return from_canonical(self.text)


NEVER_ENDS: Final = 2**62


class Spell(NamedTuple):
    """How long a version is in force without a break."""

    version: Version
    begin: int
    """ms"""
    end: int
    """ms: the first that is not in it; `NEVER_ENDS`."""


class Timeline:
    """The versions of one account's settings, of which one is in force at each instant. Immutable, hashable.

    `timeline` gives one object for all key groups of a process.
    """

    def __init__(self, versions: tuple[Version, ...]) -> None:
        """`versions`: at least one with `effective_from` = `BEGINNING`, in any order."""
        self.versions = tuple(sorted(set(versions)))
        latest: dict[int, Version] = {version.effective_from: version for version in self.versions}
        self._starts = sorted(latest)
        self._latest = [latest[start] for start in self._starts]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Timeline) and self.versions == other.versions

    def __hash__(self) -> int:
        return hash(self.versions)

    def version_at(self, ms: int) -> Version:
        """The version in force at an instant."""
        if len(self._starts) == 1:
            return self._latest[0]
        return self._latest[bisect_right(self._starts, ms) - 1]

    def spell_at(self, ms: int) -> Spell:
        """The version in force at an instant, and from when until when it is."""
        number = max(bisect_right(self._starts, ms), 1)
        until = self._starts[number] if number < len(self._starts) else NEVER_ENDS
        return Spell(self._latest[number - 1], self._starts[number - 1], until)

    def at(self, ms: int) -> Settings:
        """The settings in force at an instant."""
        return self.version_at(ms).settings

    @property
    def in_force(self) -> tuple[Version, ...]:
        """The versions that are in force at some instant, one after the other."""
        return tuple(self._latest)

    @property
    def whole(self) -> Settings:
        """The settings of the greatest (`effective_from`, `time`): currency and time zone hold for everything."""
        return self._latest[-1].settings

    @cached_property
    def days(self) -> DayReader:
        """Which day an instant belongs to, in the account's time zone."""
        return day_reader(self.whole.time_zone)

    @cached_property
    def _hours(self) -> HourReader:
        return hour_reader(self.whole.time_zone)

    def hour_of(self, ms: int) -> DayHour:
        """Which day and hour of it an instant belongs to, by the account's clock."""
        return self._hours.day_hour(ms)

    @cached_property
    def always_ignores_automated(self) -> bool | None:
        """`ignore_automated` where all versions agree on it; None where they differ."""
        said = {version.settings.ignore_automated for version in self._latest}
        return said.pop() if len(said) == 1 else None

    def with_version(self, version: Version) -> Timeline:
        """This timeline and one version more; the same object when nothing changes."""
        if version in self.versions:
            return self
        return timeline((*self.versions, version))

    def with_base(self, base: Timeline) -> Timeline:
        """This timeline on the settings of a (changed) settings file: `base` has nothing but those."""
        rest = tuple(version for version in self.versions if version.effective_from != BEGINNING)
        return timeline((*base.versions, *rest))


_SHARED: Final[WeakValueDictionary[tuple[Version, ...], Timeline]] = WeakValueDictionary()
"""Every key group of a process knows all accounts that it has contacts of: their settings are kept once."""


def timeline(versions: Iterable[Version]) -> Timeline:
    """The timeline of these versions, in any order: the same object as long as anybody has one."""
    made = Timeline(tuple(versions))
    return _SHARED.setdefault(made.versions, made)


def version_of(change: SettingsChange) -> Version:
    """The version that an event makes."""
    return Version(change.effective_from, change.time, change.text, change.by or "")


def base_version(settings: Settings) -> Version:
    """What a settings file says: in force from the beginning of time, before every event."""
    return Version(BEGINNING, BEGINNING, canonical(settings))


def of_file(settings: Settings) -> Timeline:
    """A timeline of what a settings file says alone."""
    return timeline((base_version(settings),))
