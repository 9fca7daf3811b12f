"""What the campaigns of accounts are called: of each the name said last (contract §1)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from state.events import CampaignName

Named = tuple[str, str, str, str, int]
"""(account, channel, campaign, name, ms): a `CampaignName` as it is kept."""


@dataclass(slots=True)
class CampaignNames:
    """The names that one key group keeps, as many as campaigns that an event has named."""

    latest: dict[tuple[str, str, str], CampaignName] = field(default_factory=dict)
    """(account, channel, campaign) → the event that holds."""
    changed: set[tuple[str, str, str]] = field(default_factory=set)

    def add(self, said: CampaignName) -> None:
        """A campaign is called so from now on, unless something later was said; of two at once the greater name."""
        key = said.account, said.channel, said.campaign
        known = self.latest.get(key)
        if known is None or (known.time, known.name) < (said.time, said.name):
            self.latest[key] = said
            self.changed.add(key)

    def take_changes(self) -> list[CampaignName]:
        """The names that changed since the last call."""
        taken = [self.latest[key] for key in self.changed]
        self.changed.clear()
        return taken

    def emit_all(self) -> None:
        """Mark every name as changed (after a restart, the view may have any of them wrong)."""
        self.changed.update(self.latest)

    def plain(self) -> list[Named]:
        """The names, for a snapshot."""
        return [(one.account, one.channel, one.campaign, one.name, one.time) for one in self.latest.values()]


def restored(named: Iterable[Named]) -> CampaignNames:
    """What `CampaignNames.plain` gave."""
    said = [CampaignName(*one) for one in named]
    return CampaignNames({(one.account, one.channel, one.campaign): one for one in said})
