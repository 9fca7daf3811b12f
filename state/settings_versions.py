"""The versions of the settings of accounts, as they are shown: all that one key group of totals has heard of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from state.events import SettingsChange
from state.timeline import Timeline, Version, timeline, version_of

VERSIONS_SHOWN_MOST: Final = 1_000
"""Of an account: the greatest, and the settings file's."""

TimelineOf = Callable[[str], Timeline]
"""An account's settings as the settings file gives them."""


@dataclass(slots=True)
class SettingsVersions:
    """The settings of the accounts whose `state.totals.ALL_DAYS` is here."""

    timelines: dict[str, Timeline] = field(default_factory=dict)
    changed: set[str] = field(default_factory=set)
    """Accounts."""

    def know(self, account: str, timeline_of: TimelineOf) -> None:
        """There is such an account."""
        if account not in self.timelines:
            self._set(account, timeline_of(account))

    def add(self, change: SettingsChange, timeline_of: TimelineOf) -> None:
        """One version more of an account's settings."""
        self.know(change.account, timeline_of)
        self._set(change.account, self.timelines[change.account].with_version(version_of(change)))

    def rebase(self, timeline_of: TimelineOf) -> None:
        """All accounts on the settings of a (changed) settings file."""
        for account, known in self.timelines.items():
            self._set(account, known.with_base(timeline_of(account)))

    def _set(self, account: str, versions: Timeline) -> None:
        if self.timelines.get(account) != versions:
            self.timelines[account] = versions
            self.changed.add(account)

    def take_changes(self) -> dict[str, tuple[Version, ...]]:
        """Account → its versions, newest first and the settings file's last, where they changed since the last call."""
        taken = {account: versions_shown(self.timelines[account]) for account in self.changed}
        self.changed.clear()
        return taken

    def emit_all(self) -> None:
        """Mark every account as changed (after a restart, the view may have any of them wrong)."""
        self.changed.update(self.timelines)

    def plain(self) -> dict[str, tuple[Version, ...]]:
        """All versions, for a snapshot."""
        return {account: known.versions for account, known in self.timelines.items()}


def versions_shown(known: Timeline) -> tuple[Version, ...]:
    """Newest first and the settings file's last, `VERSIONS_SHOWN_MOST` at most."""
    base, *changes = known.versions
    return (*reversed(changes[-VERSIONS_SHOWN_MOST + 1 :]), base)


def restored(versions: Mapping[str, Iterable[Version]]) -> SettingsVersions:
    """What `SettingsVersions.plain` gave."""
    return SettingsVersions({account: timeline(of_account) for account, of_account in versions.items()})
