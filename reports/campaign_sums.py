"""What campaigns come to over some days, and what they are called, read anew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol

import redis

from connectors.view.layout import campaigns_key, name_field, names_key, parse_campaign_field, text_of
from reports.reading import CAMPAIGN_HASHES_PER_TRIP, add_up, batches, read_hashes

NAMES_PER_TRIP: Final = 10_000

Campaign = tuple[str, str]
"""(channel, campaign)"""

Names = Mapping[Campaign, str]
"""Of the campaigns that an event has named."""


class Sums(Protocol):
    """What each campaign comes to over some days. Never changed: what is not the same is another object."""

    @property
    def campaigns(self) -> Sequence[Campaign]:
        """Those of which anything was counted."""
        ...

    def columns(self, figures: Sequence[str]) -> list[list[int]]:
        """Of each figure, `sent` or `revenue:EUR`, its sums in the order of `campaigns`; 0 where nothing was."""
        ...


class Campaigns(NamedTuple):
    """What is known of campaigns."""

    sums: Sums
    names: Names
    """Never changed, either."""


class CampaignReader(Protocol):
    """Reads what is known of campaigns, as it is at the call or later."""

    def read(self, account: str, days: Sequence[int], channel: str | None = None) -> Campaigns:
        """All campaigns of the account over some days (ordinals).

        And what they are called, of the channel at least (None: of all).
        """
        ...


class CampaignFigure(NamedTuple):
    """What a field of a day's hash counts."""

    campaign: Campaign
    figure: str
    """`sent`, `revenue:EUR` and so on."""


def campaign_figure(field: str) -> CampaignFigure:
    """What a field counts."""
    channel, campaign, figure = parse_campaign_field(field)
    name = figure.name if figure.currency is None else f"{figure.name}:{figure.currency}"
    return CampaignFigure((channel, campaign), name)


@dataclass(frozen=True, slots=True)
class PlainSums:
    """Sums in dictionaries."""

    by_campaign: Mapping[Campaign, Mapping[str, int]]

    @property
    def campaigns(self) -> Sequence[Campaign]:
        """See `Sums`."""
        return list(self.by_campaign)

    def columns(self, figures: Sequence[str]) -> list[list[int]]:
        """See `Sums`."""
        return [[sums.get(figure, 0) for sums in self.by_campaign.values()] for figure in figures]


class ReadAnew:
    """For a command, which asks once."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    def read(self, account: str, days: Sequence[int], channel: str | None = None) -> Campaigns:
        """See `CampaignReader`."""
        sums = self.sums(account, days)
        asked = [each for each in sums.campaigns if channel in (None, each[0])]
        return Campaigns(sums, self._names(account, asked))

    def sums(self, account: str, days: Sequence[int]) -> Sums:
        """All campaigns of the account over some days (ordinals)."""
        keys = (campaigns_key(account, day) for day in days)
        sums: dict[Campaign, dict[str, int]] = {}
        for field, value in add_up(read_hashes(self._client, keys, CAMPAIGN_HASHES_PER_TRIP)).items():
            campaign, figure = campaign_figure(field)
            sums.setdefault(campaign, {})[figure] = value
        return PlainSums(sums)

    def _names(self, account: str, campaigns: Sequence[Campaign]) -> Names:
        found: dict[Campaign, str] = {}
        for batch in batches(campaigns, NAMES_PER_TRIP):
            names = self._client.hmget(names_key(account), [name_field(*campaign) for campaign in batch])
            found |= {campaign: text_of(name) for campaign, name in zip(batch, names, strict=True) if name is not None}
        return found
