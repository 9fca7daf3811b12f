"""The campaigns report: what each campaign of a period earned, sent and got opened (contract §4, §7)."""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

import msgspec
import redis

from connectors.view.layout import SALES, sale_field
from reports.account import AccountView
from reports.campaign_sums import CampaignReader, Names, ReadAnew, Sums
from reports.identity_cache import IdentityCache
from reports.period import Period, days_with_data
from reports.ratios import average_check, rate
from state.money import format_amount
from state.settings import EVENTS

ROWS_KEPT: Final = 16_384
"""Rows of a server's last reports: most campaigns are what they were when they were last asked for."""

LISTS_KEPT: Final = 16
"""Lists that the same sums and names gave before."""


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
    reader = reader or ReadAnew(client)
    sums = reader.sums(view.account, days_with_data(client, view.account, period))
    names = reader.names(view.account, [campaign for campaign in sums if channel in (None, campaign[0])])
    listed = _LISTED.get((sums, names), (channel, currency), lambda: _list(sums, names, channel, currency))
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


class _Listed(NamedTuple):
    total: CampaignsTotal
    rows: list[CampaignRow]


_LISTED: Final[IdentityCache[_Listed]] = IdentityCache(LISTS_KEPT)


def _list(sums: Sums, names: Names, channel: str | None, currency: str) -> _Listed:
    """The campaigns with anything but zeros in the currency (contract §8), in the order of the report."""
    fields = [*(sale_field(figure, currency) for figure in SALES), *EVENTS]
    zeros = [0] * len(fields)
    found = [
        CampaignFigures(of_channel, campaign, *map(figures.get, fields, zeros))
        for (of_channel, campaign), figures in sums.items()
        if channel in (None, of_channel)
    ]
    campaigns = sorted((campaign for campaign in found if any(campaign[2:])), key=lambda campaign: campaign.rank)
    purchases = sum(campaign.purchases for campaign in campaigns)
    revenue = sum(campaign.revenue for campaign in campaigns)
    total = CampaignsTotal(
        campaigns=len(campaigns),
        purchases=purchases,
        average_check=average_check(revenue, purchases, currency),
        revenue=format_amount(revenue, currency),
        expected_purchases=sum(campaign.expected_purchases for campaign in campaigns),
        expected_revenue=format_amount(sum(campaign.expected_revenue for campaign in campaigns), currency),
    )
    return _Listed(total, [campaign_row(campaign, names.get(campaign[:2]), currency) for campaign in campaigns])


@lru_cache(maxsize=ROWS_KEPT)
def campaign_row(campaign: CampaignFigures, name: str | None, currency: str) -> CampaignRow:
    """The row of a campaign that is called `name` (None: not said) in a report in `currency`."""
    return CampaignRow(
        channel=campaign.channel,
        campaign=campaign.campaign,
        name=name,
        purchases=campaign.purchases,
        average_check=average_check(campaign.revenue, campaign.purchases, currency),
        revenue=format_amount(campaign.revenue, currency),
        expected_purchases=campaign.expected_purchases,
        expected_revenue=format_amount(campaign.expected_revenue, currency),
        sent=campaign.sent,
        delivered=campaign.delivered,
        opened=campaign.opened,
        clicked=campaign.clicked,
        purchase_to_open_rate=rate(campaign.purchases, campaign.opened),
        purchase_to_click_rate=rate(campaign.purchases, campaign.clicked),
    )
