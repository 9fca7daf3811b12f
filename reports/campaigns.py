"""The campaigns report: what each campaign of a period earned, sent and got opened (contract §4, §7)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Final, NamedTuple

import msgspec
import redis

from connectors.view.layout import (
    EXPECTED_PURCHASES,
    EXPECTED_REVENUE,
    PURCHASES,
    REVENUE,
    SALES,
    campaigns_key,
    name_field,
    names_key,
    parse_campaign_field,
    text_of,
)
from reports.account import AccountView
from reports.period import Period, days_with_data
from reports.ratios import average_check, rate
from reports.reading import CAMPAIGN_HASHES_PER_TRIP, add_up, batches, read_hashes
from state.money import format_amount

NAMES_PER_TRIP: Final = 10_000


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
    figures: Mapping[str, int]

    def of(self, figure: str) -> int:
        """One figure; one that is not there is 0."""
        return self.figures.get(figure, 0)

    @property
    def rank(self) -> tuple[int, int, str, str]:
        """The least comes first in the report."""
        return -self.of(REVENUE), -self.of(PURCHASES), self.channel, self.campaign


def read_campaigns(
    client: redis.Redis,
    view: AccountView,
    period: Period,
    *,
    channel: str | None = None,
    currency: str | None = None,
) -> CampaignsReport:
    """The report in `currency`, by default the account's, of one channel or all."""
    currency = currency or view.currency
    days = days_with_data(client, view.account, period)
    keys = (campaigns_key(view.account, day) for day in days)
    sums = add_up(read_hashes(client, keys, CAMPAIGN_HASHES_PER_TRIP))
    campaigns = _campaigns(sums, channel, currency)
    names = _names(client, view.account, campaigns)
    total = {figure: sum(campaign.of(figure) for campaign in campaigns) for figure in SALES}
    return CampaignsReport(
        account=view.account,
        channel=channel,
        from_=period.first.isoformat(),
        to=period.last.isoformat(),
        currency=currency,
        time_zone=view.time_zone,
        total=CampaignsTotal(
            campaigns=len(campaigns),
            purchases=total[PURCHASES],
            average_check=average_check(total[REVENUE], total[PURCHASES], currency),
            revenue=format_amount(total[REVENUE], currency),
            expected_purchases=total[EXPECTED_PURCHASES],
            expected_revenue=format_amount(total[EXPECTED_REVENUE], currency),
        ),
        campaigns=[campaign_row(campaign, name, currency) for campaign, name in zip(campaigns, names, strict=True)],
        as_of=view.as_of,
        catching_up=view.catching_up,
    )


def _campaigns(sums: Mapping[str, int], channel: str | None, currency: str) -> list[CampaignFigures]:
    """The campaigns with anything but zeros in the currency (contract §8), in the order of the report."""
    figures: defaultdict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    for field, value in sums.items():
        of_channel, of_campaign, figure = parse_campaign_field(field)
        if value and channel in (None, of_channel) and figure.currency in (None, currency):
            figures[of_channel, of_campaign][figure.name] = value
    return sorted(
        (CampaignFigures(*key, values) for key, values in figures.items()), key=lambda campaign: campaign.rank
    )


def _names(client: redis.Redis, account: str, campaigns: list[CampaignFigures]) -> list[str | None]:
    """What each of the campaigns is called."""
    names: list[str | None] = []
    for batch in batches(campaigns, NAMES_PER_TRIP):
        fields = [name_field(campaign.channel, campaign.campaign) for campaign in batch]
        names += [None if name is None else text_of(name) for name in client.hmget(names_key(account), fields)]
    return names


def campaign_row(campaign: CampaignFigures, name: str | None, currency: str) -> CampaignRow:
    """The row of a campaign that is called `name` (None: not said) in a report in `currency`."""
    purchases, revenue = campaign.of(PURCHASES), campaign.of(REVENUE)
    return CampaignRow(
        channel=campaign.channel,
        campaign=campaign.campaign,
        name=name,
        purchases=purchases,
        average_check=average_check(revenue, purchases, currency),
        revenue=format_amount(revenue, currency),
        expected_purchases=campaign.of(EXPECTED_PURCHASES),
        expected_revenue=format_amount(campaign.of(EXPECTED_REVENUE), currency),
        sent=campaign.of("sent"),
        delivered=campaign.of("delivered"),
        opened=campaign.of("opened"),
        clicked=campaign.of("clicked"),
        purchase_to_open_rate=rate(purchases, campaign.of("opened")),
        purchase_to_click_rate=rate(purchases, campaign.of("clicked")),
    )
