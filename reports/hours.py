"""The timeline of one day by the hours of the account's clock (http.md §3)."""

from __future__ import annotations

from typing import Final

import msgspec
import redis

from config.errors import UserError
from connectors.view.layout import (
    EXPECTED_PURCHASES,
    EXPECTED_REVENUE,
    PURCHASES,
    REVENUE,
    SALES,
    UNATTRIBUTED,
    day_key,
    hour_prefix,
    sale_field,
)
from reports.account import AccountView
from reports.period import Period
from reports.reading import read_fields
from state.money import format_sum

HOURS: Final = range(24)


class Hour(msgspec.Struct, frozen=True):
    """The orders made while the account's clock showed one hour; an hour that the clock repeats is one."""

    hour: int
    """0 to 23."""
    purchases: int
    """Credited."""
    revenue: str
    unattributed_purchases: int
    unattributed_revenue: str
    expected_purchases: int
    """Of the orders on the way: where they would be credited if they were DELIVERED (contract §4)."""
    expected_revenue: str
    unattributed_expected_purchases: int
    unattributed_expected_revenue: str


class HoursReport(msgspec.Struct, frozen=True):
    """The 24 hours of one day of an account. They add up to the day of the timeline."""

    account: str
    channel: None
    """Null, as `campaign`: hours are counted for the account alone."""
    campaign: None
    from_: str = msgspec.field(name="from")
    to: str
    currency: str
    time_zone: str
    hours: list[Hour]
    as_of: str | None
    catching_up: bool


def require_one_day(period: Period, channel: str | None, campaign: str | None) -> None:
    """Raises `UserError` for what has no hours: several days, a channel, a campaign."""
    if period.first != period.last:
        raise UserError(f"to: {period.last} is not the day in from; by=hour takes one day")
    for field, value in (("channel", channel), ("campaign", campaign)):
        if value is not None:
            raise UserError(f"{field}: hours are counted for the account alone; leave {field} or by=hour out")


def read_hours(client: redis.Redis, view: AccountView, period: Period, *, currency: str | None = None) -> HoursReport:
    """The hours of the one day of the period in `currency`, by default the account's."""
    currency = currency or view.currency
    # One command reads them all: they add up to their day as it was at one instant.
    prefixes = [hour_prefix(hour) + whose for hour in HOURS for whose in ("", UNATTRIBUTED)]
    fields = [sale_field(figure, currency, prefix) for prefix in prefixes for figure in SALES]
    [values] = read_fields(client, [day_key(view.account, period.first.toordinal())], fields)
    found = dict(zip(fields, values, strict=True))
    return HoursReport(
        account=view.account,
        channel=None,
        campaign=None,
        from_=period.first.isoformat(),
        to=period.last.isoformat(),
        currency=currency,
        time_zone=view.time_zone,
        hours=[_hour(hour, found, currency) for hour in HOURS],
        as_of=view.as_of,
        catching_up=view.catching_up,
    )


def _hour(hour: int, found: dict[str, int], currency: str) -> Hour:
    def count(figure: str, whose: str = "") -> int:
        return found[sale_field(figure, currency, hour_prefix(hour) + whose)]

    def money(figure: str, whose: str = "") -> str:
        return format_sum(count(figure, whose), currency)

    return Hour(
        hour=hour,
        purchases=count(PURCHASES),
        revenue=money(REVENUE),
        unattributed_purchases=count(PURCHASES, UNATTRIBUTED),
        unattributed_revenue=money(REVENUE, UNATTRIBUTED),
        expected_purchases=count(EXPECTED_PURCHASES),
        expected_revenue=money(EXPECTED_REVENUE),
        unattributed_expected_purchases=count(EXPECTED_PURCHASES, UNATTRIBUTED),
        unattributed_expected_revenue=money(EXPECTED_REVENUE, UNATTRIBUTED),
    )
