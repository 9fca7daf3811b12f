"""The period of a report: two days, both included, and which of its days have any data."""

from __future__ import annotations

import re
from datetime import date
from typing import Final, NamedTuple

import redis

from config.errors import UserError
from connectors.view.layout import day_of_score, day_score, days_key
from reports.reading import scored
from state.times import DAY_MS, EPOCH_ORDINAL, TIME_MAX, TIME_MIN, day_of

DAYS_LISTED_MAX: Final = 3_660
"""Ten years: of a longer period no report lists every day."""

_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


class Period(NamedTuple):
    """Two days in the account's time zone, both included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1


def parse_period(first: str, last: str) -> Period:
    """The period between two dates as they are written. Raises `UserError`, which names `from` or `to`."""
    period = Period(_day("from", first), _day("to", last))
    if period.first > period.last:
        raise UserError(f"from: {first} is after to: {last}; write the earlier day in from")
    return period


def require_days_listed(period: Period) -> None:
    """Raises `UserError` for a period too long to list every day of."""
    if period.days > DAYS_LISTED_MAX:
        raise UserError(f"to: {period.last} is {period.days} days after from; a list has {DAYS_LISTED_MAX} at most")


def period_bounds(period: Period, time_zone: str) -> tuple[int, int]:
    """The instants (ms) at which the period's first day begins and its last one is over, by the account's clock.

    A day without midnight begins with its first instant; where clocks go back across midnight, with one of its two.
    """
    first, last = (day.toordinal() for day in period)
    return _begin_of(first, time_zone), _begin_of(last + 1, time_zone)


def _begin_of(day: int, time_zone: str) -> int:
    noon_utc = (day - EPOCH_ORDINAL) * DAY_MS + DAY_MS // 2
    # No zone is further from UTC than a day; days of the calendar's ends begin with what time there is.
    before, since = noon_utc - 2 * DAY_MS, noon_utc + 2 * DAY_MS
    if since > TIME_MAX:
        return TIME_MAX
    before = max(before, TIME_MIN)
    while since - before > 1:
        middle = (before + since) // 2
        if day_of(middle, time_zone) >= day:
            since = middle
        else:
            before = middle
    return since


def _day(field: str, text: str) -> date:
    # `fromisoformat` takes 20260131 and 2026-W05-6 as well, which nothing else here does.
    try:
        if _DATE.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        raise UserError(f"{field}: {text} is a day that does not exist; write one such as 2026-01-31") from None
    raise UserError(f"{field}: {text[:40]!r} is not a date; write one such as 2026-01-31")


def days_with_data(client: redis.Redis, account: str, period: Period) -> list[int]:
    """The days of the period that have counters or order rows, as ordinals, oldest first.

    One command, whose cost goes by the days that have data, not by the length of the period.
    """
    lowest, highest = (day_score(day.toordinal()) for day in period)
    answer = client.zrangebyscore(days_key(account), lowest, highest, withscores=True)
    return [day_of_score(score) for _, score in scored(answer)]
