"""The campaigns report: what each campaign of a period earned, sent and got opened (contract §4, §7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Final, NamedTuple

import msgspec
import redis

from connectors.view.layout import SALES, sale_field
from reports.account import AccountView
from reports.campaign_sums import Campaign, CampaignReader, Campaigns, ReadAnew
from reports.latest_made import LatestMade
from reports.period import Period, days_with_data
from reports.ratios import average_check, rate
from state.money import format_sum
from state.settings import EVENTS

ROWS_KEPT: Final = 32_768
"""Rows of a server's last reports, some 30 MB: most campaigns are what they were when they were last asked for."""


class CampaignsTotal(msgspec.Struct, frozen=True):
    """All rows of the report together."""

    campaigns: int
    """How many rows there are."""
    purchases: int
    average_check: str | None
    revenue: str
    expected_purchases: int
    expected_revenue: str


class CampaignRow(msgspec.Struct, frozen=True):
    """One campaign on one channel in the period. Rates are null where nothing was opened, or clicked."""

    channel: str
    campaign: str
    name: str | None
    """What it is called; null: no event has said so."""
    purchases: int
    average_check: str | None
    revenue: str
    expected_purchases: int
    """Of the orders on the way: where they would be credited if they were DELIVERED (contract §4)."""
    expected_revenue: str
    sent: int
    delivered: int
    opened: int
    clicked: int
    purchase_to_open_rate: str | None
    purchase_to_click_rate: str | None


class CampaignsReport(msgspec.Struct, frozen=True):
    """As contract §7 has it, and how fresh it is (§8)."""

    account: str
    channel: str | None
    """The one it is confined to; null: all."""
    from_: str = msgspec.field(name="from")
    to: str
    currency: str
    time_zone: str
    total: CampaignsTotal
    campaigns: list[CampaignRow]
    """By revenue, then purchases, descending, then channel, campaign."""
    as_of: str | None
    catching_up: bool


class CampaignFigures(NamedTuple):
    """What a campaign on a channel did in a period; money in minor units of the report's currency."""

    channel: str
    campaign: str
    purchases: int
    revenue: int
    expected_purchases: int
    expected_revenue: int
    sent: int
    delivered: int
    opened: int
    clicked: int

    @property
    def rank(self) -> tuple[int, int, str, str]:
        """The least comes first in the report."""
        return -self.revenue, -self.purchases, self.channel, self.campaign


def read_campaigns(
    client: redis.Redis,
    view: AccountView,
    period: Period,
    *,
    channel: str | None = None,
    currency: str | None = None,
    reader: CampaignReader | None = None,
) -> CampaignsReport:
    """The report in `currency`, by default the account's, of one channel or all.

    `reader`: who reads the campaigns; by default they are all read anew.
    """
    currency = currency or view.currency
    days = days_with_data(client, view.account, period)
    found = (reader or ReadAnew(client)).read(view.account, days, channel)
    asked = view.account, tuple(days), channel, currency
    listed = _LATEST.make(asked, lambda before: _list(found, channel, currency, before))
    return CampaignsReport(
        account=view.account,
        channel=channel,
        from_=period.first.isoformat(),
        to=period.last.isoformat(),
        currency=currency,
        time_zone=view.time_zone,
        total=listed.total,
        campaigns=listed.rows,
        as_of=view.as_of,
        catching_up=view.catching_up,
    )


@dataclass(frozen=True, slots=True)
class _Listed:
    """A list, and what it was made of."""

    of: Campaigns
    entries: Mapping[Campaign, _Entry]
    """Of all campaigns of the channel."""
    total: CampaignsTotal
    rows: list[CampaignRow]

    def __len__(self) -> int:
        return len(self.entries)


class _Entry(NamedTuple):
    """A campaign in a list."""

    numbers: Sequence[int]
    """Its sums."""
    name: str | None
    rank: tuple[int, int, str, str]
    figures: CampaignFigures
    row: CampaignRow | None
    """None: it has nothing but zeros in the currency (contract §8)."""


_LATEST: Final[LatestMade[_Listed]] = LatestMade(ROWS_KEPT)


def _list(found: Campaigns, channel: str | None, currency: str, before: _Listed | None) -> _Listed:
    """The list; what is as it was `before`, when the same list was made last, is taken from there."""
    if before is not None and before.of.sums is found.sums and before.of.names is found.names:
        return before
    known = {} if before is None else before.entries
    fields = [*(sale_field(figure, currency) for figure in SALES), *EVENTS]
    entries: dict[Campaign, _Entry] = {}
    for campaign, *numbers in zip(found.sums.campaigns, *found.sums.columns(fields), strict=True):
        if channel not in (None, campaign[0]):
            continue
        name, entry = found.names.get(campaign), known.get(campaign)
        if entry is None or entry.numbers != numbers or entry.name != name:
            entry = _entry(campaign, numbers, name, currency)
        entries[campaign] = entry
    ranked = sorted(entries.values(), key=attrgetter("rank"))
    listed = [(entry.figures, entry.row) for entry in ranked if entry.row is not None]
    total = _total([figures for figures, _ in listed], currency)
    return _Listed(found, entries, total, [row for _, row in listed])


def _entry(campaign: Campaign, numbers: list[int], name: str | None, currency: str) -> _Entry:
    figures = CampaignFigures(*campaign, *numbers)
    row = campaign_row(figures, name, currency) if any(numbers) else None
    return _Entry(numbers, name, figures.rank, figures, row)


def _total(campaigns: Sequence[CampaignFigures], currency: str) -> CampaignsTotal:
    purchases = sum(campaign.purchases for campaign in campaigns)
    revenue = sum(campaign.revenue for campaign in campaigns)
    return CampaignsTotal(
        campaigns=len(campaigns),
        purchases=purchases,
        average_check=average_check(revenue, purchases, currency),
        revenue=format_sum(revenue, currency),
        expected_purchases=sum(campaign.expected_purchases for campaign in campaigns),
        expected_revenue=format_sum(sum(campaign.expected_revenue for campaign in campaigns), currency),
    )


def campaign_row(campaign: CampaignFigures, name: str | None, currency: str) -> CampaignRow:
    """The row of a campaign that is called `name` (None: not said) in a report in `currency`."""
    return CampaignRow(
        channel=campaign.channel,
        campaign=campaign.campaign,
        name=name,
        purchases=campaign.purchases,
        average_check=average_check(campaign.revenue, campaign.purchases, currency),
        revenue=format_sum(campaign.revenue, currency),
        expected_purchases=campaign.expected_purchases,
        expected_revenue=format_sum(campaign.expected_revenue, currency),
        sent=campaign.sent,
        delivered=campaign.delivered,
        opened=campaign.opened,
        clicked=campaign.clicked,
        purchase_to_open_rate=rate(campaign.purchases, campaign.opened),
        purchase_to_click_rate=rate(campaign.purchases, campaign.clicked),
    )
