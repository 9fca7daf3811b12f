"""The timeline: what each day of a period brought, of an account, a channel or a campaign (http.md §3)."""

from __future__ import annotations

import msgspec
import redis
from msgspec import UNSET, UnsetType

from connectors.view.layout import EXPECTED_PURCHASES, EXPECTED_REVENUE, PURCHASES, REVENUE, SALES
from reports.account import AccountView
from reports.day_figures import (
    ByDay,
    DayFigures,
    Figures,
    read_account_days,
    read_campaign_days,
    read_channel_days,
)
from reports.period import Period, require_days_listed
from state.money import format_amount
from state.times import day_text


class DayChannel(msgspec.Struct, frozen=True):
    """What one channel earned on a day."""

    channel: str
    purchases: int
    revenue: str
    expected_purchases: int
    expected_revenue: str


class Day(msgspec.Struct, frozen=True):
    """One day of the account's zone."""

    day: str
    purchases: int
    """Credited, by the day of `ordered_at` (contract §4)."""
    revenue: str
    expected_purchases: int
    """Of the orders on the way: where they would be credited if they were DELIVERED."""
    expected_revenue: str
    sent: int
    delivered: int
    opened: int
    clicked: int
    unattributed_purchases: int | UnsetType = UNSET
    """This and the three below: in the timeline of an account only."""
    unattributed_revenue: str | UnsetType = UNSET
    unattributed_expected_purchases: int | UnsetType = UNSET
    unattributed_expected_revenue: str | UnsetType = UNSET
    channels: list[DayChannel] | UnsetType = UNSET
    """Where asked for: those with a purchase in the currency, credited or expected; by name."""


class TimelineReport(msgspec.Struct, frozen=True):
    """Every day of the period, oldest first."""

    account: str
    channel: str | None
    """The one it is confined to; null: all."""
    campaign: str | None
    """The one it is confined to; null: all, and what no campaign earned."""
    from_: str = msgspec.field(name="from")
    to: str
    currency: str
    time_zone: str
    days: list[Day]
    as_of: str | None
    catching_up: bool


def read_timeline(
    client: redis.Redis,
    view: AccountView,
    period: Period,
    *,
    channel: str | None = None,
    campaign: str | None = None,
    currency: str | None = None,
    by_channel: bool = False,
) -> TimelineReport:
    """The timeline in `currency`, by default the account's. Raises `UserError` for a period of too many days."""
    require_days_listed(period)
    currency = currency or view.currency
    if campaign is not None:
        found = read_campaign_days(client, view.account, period, currency, campaign, channel)
    elif channel is not None:
        found = read_channel_days(client, view.account, period, currency, channel)
    else:
        found = read_account_days(client, view.account, period, currency, with_channels=by_channel)
    of_account = channel is None and campaign is None
    return TimelineReport(
        account=view.account,
        channel=channel,
        campaign=campaign,
        from_=period.first.isoformat(),
        to=period.last.isoformat(),
        currency=currency,
        time_zone=view.time_zone,
        days=every_day(found, period, currency, with_unattributed=of_account, by_channel=by_channel),
        as_of=view.as_of,
        catching_up=view.catching_up,
    )


def every_day(
    found: ByDay, period: Period, currency: str, *, with_unattributed: bool = False, by_channel: bool = False
) -> list[Day]:
    """Each day of the period, with zeros where nothing was found."""
    nothing = DayFigures(Figures(), Figures(), {})
    first, last = (day.toordinal() for day in period)
    days: list[Day] = []
    for ordinal in range(first, last + 1):
        of_day = found.get(ordinal, nothing)
        day = _day(day_text(ordinal), of_day.figures, currency)
        if with_unattributed:
            day = msgspec.structs.replace(day, **_unattributed(of_day.unattributed, currency))
        if by_channel:
            day = msgspec.structs.replace(day, channels=_channels(of_day.channels, currency))
        days.append(day)
    return days


def _day(day: str, figures: Figures, currency: str) -> Day:
    return Day(
        day=day,
        purchases=figures[PURCHASES],
        revenue=format_amount(figures[REVENUE], currency),
        expected_purchases=figures[EXPECTED_PURCHASES],
        expected_revenue=format_amount(figures[EXPECTED_REVENUE], currency),
        sent=figures["sent"],
        delivered=figures["delivered"],
        opened=figures["opened"],
        clicked=figures["clicked"],
    )


def _unattributed(figures: Figures, currency: str) -> dict[str, int | str]:
    return {
        "unattributed_purchases": figures[PURCHASES],
        "unattributed_revenue": format_amount(figures[REVENUE], currency),
        "unattributed_expected_purchases": figures[EXPECTED_PURCHASES],
        "unattributed_expected_revenue": format_amount(figures[EXPECTED_REVENUE], currency),
    }


def _channels(channels: dict[str, Figures], currency: str) -> list[DayChannel]:
    return [
        DayChannel(
            channel,
            figures[PURCHASES],
            format_amount(figures[REVENUE], currency),
            figures[EXPECTED_PURCHASES],
            format_amount(figures[EXPECTED_REVENUE], currency),
        )
        for channel, figures in sorted(channels.items())
        if any(figures[figure] for figure in SALES)
    ]
