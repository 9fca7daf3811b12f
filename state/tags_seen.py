"""The tags that touches of accounts had: of each when it was seen last, of those that were seen last."""

from __future__ import annotations

import heapq
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

TAGS_MOST: Final = 1_000
"""Of an account."""


def note_tags(seen: dict[str, int], tags: Mapping[str, int]) -> None:
    """Add to `seen` when these tags were seen, in ms; the latest of each holds."""
    for tag, ms in tags.items():
        if ms >= seen.get(tag, ms):
            seen[tag] = ms


def latest_tags(seen: Mapping[str, int]) -> dict[str, int]:
    """Those `TAGS_MOST` that were seen last; at a tie the greater tag, by code point, as Redis ranks members."""
    return dict(heapq.nlargest(TAGS_MOST, seen.items(), key=lambda one: (one[1], one[0])))


@dataclass(slots=True)
class TagsSeen:
    """The tags that one key group keeps.

    What was pushed out once is among the latest again only if it is seen later: so nothing of it has to be kept.
    """

    latest: dict[str, dict[str, int]] = field(default_factory=dict)
    """Account → tag → ms. Up to twice `TAGS_MOST`, so that not every new tag asks which one has to go."""
    changed: dict[str, set[str]] = field(default_factory=dict)
    """Account → tags."""

    def add(self, account: str, tags: Mapping[str, int]) -> None:
        """These tags of an account were seen, each at so many ms at the latest."""
        known = self.latest.setdefault(account, {})
        for tag, ms in tags.items():
            if tag not in known or ms > known[tag]:
                known[tag] = ms
                self.changed.setdefault(account, set()).add(tag)
        if len(known) > 2 * TAGS_MOST:
            self._trim(account)

    def _trim(self, account: str) -> None:
        """Let go of what was not seen lately; nobody needs to be told of it."""
        if len(self.latest[account]) > TAGS_MOST:
            self.latest[account] = latest_tags(self.latest[account])
            if account in self.changed:
                self.changed[account] &= self.latest[account].keys()

    def take_changes(self) -> dict[str, dict[str, int]]:
        """Account → tag → ms, of those that changed since the last call."""
        for account in list(self.changed):
            self._trim(account)
        taken = {
            account: {tag: self.latest[account][tag] for tag in tags} for account, tags in self.changed.items() if tags
        }
        self.changed.clear()
        return taken

    def emit_all(self) -> None:
        """Mark every tag as changed (after a restart, the view may have any of them wrong)."""
        for account, tags in self.latest.items():
            self.changed[account] = set(tags)

    def plain(self) -> dict[str, dict[str, int]]:
        """The tags, for a snapshot."""
        return {account: latest_tags(tags) for account, tags in self.latest.items()}


def restored(latest: dict[str, dict[str, int]]) -> TagsSeen:
    """What `TagsSeen.plain` gave."""
    return TagsSeen(latest)
