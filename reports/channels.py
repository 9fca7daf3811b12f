"""The channels report: every channel beside each other, and what no channel earned (contract §7)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import msgspec
import redis

from connectors.view.layout import (
    PURCHASES,
    REVENUE,
    UNATTRIBUTED,
    day_key,
    parse_channel_field,
    purchases_field,
    revenue_field,
)
from reports.account import AccountView
from reports.period import Period, days_with_data
from reports.ratios import average_check
from reports.reading import DAY_HASHES_PER_TRIP, add_up, read_hashes
from state.money import format_amount


class ChannelRow(msgspec.Struct, frozen=True):
    """What one channel earned in the period."""

    channel: str
    purchases: int
    average_check: str | None
    revenue: str


class Earned(msgspec.Struct, frozen=True):
    """Purchases and what they brought."""

    purchases: int
    revenue: str


class ChannelsReport(msgspec.Struct, frozen=True):
    """As contract §7 has it, and how fresh it is (§8)."""

    account: str
    from_: str = msgspec.field(name="from")
    to: str
    currency: str
    time_zone: str
    channels: list[ChannelRow]
    """Those with a purchase in the currency; by revenue, then purchases, descending, then channel."""
    unattributed: Earned
    """DELIVERED and credited to nobody."""
    total: Earned
    """Channels and unattributed: the DELIVERED of the orders report."""
    as_of: str | None
    catching_up: bool


def read_channels(
    client: redis.Redis, view: AccountView, period: Period, *, currency: str | None = None
) -> ChannelsReport:
    """The report in `currency`, by default the account's."""
    currency = currency or view.currency
    days = days_with_data(client, view.account, period)
    # A day's channels, unattributed and statuses are one hash, written at once: they add up in any reading.
    sums = add_up(read_hashes(client, (day_key(view.account, day) for day in days), DAY_HASHES_PER_TRIP))
    channels = _channels(sums, currency)
    purchases = sums.get(purchases_field(currency, UNATTRIBUTED), 0)
    revenue = sums.get(revenue_field(currency, UNATTRIBUTED), 0)
    return ChannelsReport(
        account=view.account,
        from_=period.first.isoformat(),
        to=period.last.isoformat(),
        currency=currency,
        time_zone=view.time_zone,
        channels=[
            ChannelRow(channel, bought, average_check(earned, bought, currency), format_amount(earned, currency))
            for channel, bought, earned in channels
        ],
        unattributed=Earned(purchases, format_amount(revenue, currency)),
        total=Earned(
            purchases + sum(bought for _, bought, _ in channels),
            format_amount(revenue + sum(earned for _, _, earned in channels), currency),
        ),
        as_of=view.as_of,
        catching_up=view.catching_up,
    )


def _channels(sums: Mapping[str, int], currency: str) -> list[tuple[str, int, int]]:
    """(channel, purchases, revenue in minor units) in the order of the report."""
    figures: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for field, value in sums.items():
        parsed = parse_channel_field(field)
        if value and parsed and parsed[1].currency == currency:
            channel, figure = parsed
            figures[channel][figure.name] = value
    rows = [(channel, values.get(PURCHASES, 0), values.get(REVENUE, 0)) for channel, values in figures.items()]
    return sorted(rows, key=lambda row: (-row[2], -row[1], row[0]))
