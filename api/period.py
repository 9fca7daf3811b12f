"""The period of a report as a request asks for it: two days, or the last 30 of the account's zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final

from litestar.params import QueryParameter

from api.doors import wall_clock_ms
from api.problems import invalid
from reports.period import Period, parse_period
from state.times import day_of

DAYS_DEFAULT: Final = 30


@dataclass(frozen=True, slots=True)
class AskedPeriod:
    """`from` and `to` as they were given: both, or neither."""

    given: Period | None

    def in_zone(self, time_zone: str) -> Period:
        """The period for an account of this zone."""
        return last_days(DAYS_DEFAULT, time_zone) if self.given is None else self.given


def last_days(days: int, time_zone: str) -> Period:
    """So many days of a zone, the last of which is today."""
    today = day_of(wall_clock_ms(), time_zone)
    return Period(date.fromordinal(today - days + 1), date.fromordinal(today))


def provide_period(
    asked_from: Annotated[str | None, QueryParameter(name="from", description="First day, such as 2026-01-31.")] = None,
    asked_to: Annotated[
        str | None, QueryParameter(name="to", description="Last day, included. Both left out: the last 30 days.")
    ] = None,
) -> AskedPeriod:
    """The dependency `period`. Raises `Problem` and `UserError`, which name `from` or `to`."""
    if asked_from is None and asked_to is None:
        return AskedPeriod(None)
    if asked_from is None or asked_to is None:
        missing = "from" if asked_from is None else "to"
        raise invalid(missing, "is missing; give from and to, or neither for the last 30 days")
    return AskedPeriod(parse_period(asked_from, asked_to))
