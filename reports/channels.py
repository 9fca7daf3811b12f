"""The channels report: every channel beside each other, and what no channel earned (contract §7)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping

import msgspec
import redis

from connectors.view.layout import (
    EXPECTED_PURCHASES,
    EXPECTED_REVENUE,
    PURCHASES,
    REVENUE,
    SALES,
    UNATTRIBUTED,
    day_key,
    parse_channel_field,
    sale_field,
)
from reports.account import AccountView
from reports.period import Period, days_with_data
from reports.ratios import average_check
from reports.reading import DAY_HASHES_PER_TRIP, add_up, read_hashes
from state.money import format_sum


class ChannelRow(msgspec.Struct, frozen=True):
    """What one channel earned in the period."""

    channel: str
    purchases: int
    average_check: str | None
    revenue: str
    expected_purchases: int
    """Of the orders on the way: where they would be credited if they were DELIVERED (contract §4)."""
    expected_revenue: str


class Earned(msgspec.Struct, frozen=True):
    """Purchases and what they brought, and what the orders on the way will bring."""

    purchases: int
    revenue: str
    expected_purchases: int
    expected_revenue: str


class ChannelsReport(msgspec.Struct, frozen=True):
    """As contract §7 has it, and how fresh it is (§8)."""

    account: str
    from_: str = msgspec.field(name="from")
    to: str
    currency: str
    time_zone: str
    channels: list[ChannelRow]
    """Those with a purchase in the currency, credited or expected; by revenue, purchases, descending, and channel."""
    unattributed: Earned
    """DELIVERED and credited to nobody, and expected of nobody."""
    total: Earned
    """Channels and unattributed: the DELIVERED of the orders report, and its INITIALIZED and IN_PROGRESS."""
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
    channels = channel_figures(sums, currency)
    nobody = Counter({figure: sums.get(sale_field(figure, currency, UNATTRIBUTED), 0) for figure in SALES})
    total = sum((figures for _, figures in channels), nobody)
    return ChannelsReport(
        account=view.account,
        from_=period.first.isoformat(),
        to=period.last.isoformat(),
        currency=currency,
        time_zone=view.time_zone,
        channels=[_row(channel, figures, currency) for channel, figures in channels],
        unattributed=earned(nobody, currency),
        total=earned(total, currency),
        as_of=view.as_of,
        catching_up=view.catching_up,
    )


def channel_figures(sums: Mapping[str, int], currency: str) -> list[tuple[str, Counter[str]]]:
    """(channel, its figures of sales in minor units) in the order of the report."""
    figures: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for field, value in sums.items():
        parsed = parse_channel_field(field)
        if value and parsed and parsed[1].currency == currency:
            channel, figure = parsed
            figures[channel][figure.name] = value
    return sorted(figures.items(), key=lambda row: (-row[1][REVENUE], -row[1][PURCHASES], row[0]))


def _row(channel: str, figures: Counter[str], currency: str) -> ChannelRow:
    of = earned(figures, currency)
    check = average_check(figures[REVENUE], figures[PURCHASES], currency)
    return ChannelRow(channel, of.purchases, check, of.revenue, of.expected_purchases, of.expected_revenue)


def earned(figures: Counter[str], currency: str) -> Earned:
    """Figures of sales in minor units, as they are shown."""
    return Earned(
        figures[PURCHASES],
        format_sum(figures[REVENUE], currency),
        figures[EXPECTED_PURCHASES],
        format_sum(figures[EXPECTED_REVENUE], currency),
    )
