"""The period of a report: two days, both included, and which of its days have any data."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Final, NamedTuple

import redis

from config.errors import UserError
from connectors.view.layout import day_of_score, day_score, days_key
from reports.reading import scored
from state.times import TIME_MIN, zone

_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


class Period(NamedTuple):
    """Two days in the account's time zone, both included."""

    first: date
    last: date


def parse_period(first: str, last: str) -> Period:
    """The period between two dates as they are written. Raises `UserError`, which names `from` or `to`."""
    period = Period(_day("from", first), _day("to", last))
    if period.first > period.last:
        raise UserError(f"from: {first} is after to: {last}; write the earlier day in from")
    return period


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


def midnight_ms(day: date, zone_name: str) -> int:
    """The first instant of a day of a time zone, or of all time."""
    first = datetime(day.year, day.month, day.day, tzinfo=zone(zone_name))
    return max((first - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1), TIME_MIN)
