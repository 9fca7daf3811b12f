"""Periods are two dates that exist, the earlier one first."""

from __future__ import annotations

from datetime import date

import pytest
import redis

from config.errors import UserError
from connectors.view import layout
from reports.period import Period, days_with_data, parse_period, period_bounds, require_days_listed
from state.times import TIME_MAX, TIME_MIN
from tests.reports.shop import ordinal
from tests.state.shop import at


def test_a_period_may_be_one_day() -> None:
    assert parse_period("2024-02-29", "2024-02-29") == Period(date(2024, 2, 29), date(2024, 2, 29))


@pytest.mark.parametrize(
    "text",
    [
        *("", "2026-1-01", "20260101", "2026-W01-1", "2026-02-30", "2025-02-29", "2026-13-01", "0000-01-01"),
        *(
            "2026-01-01T00:00:00Z",
            " 2026-01-01",
            "2026-01-01\n",
            "today",
            "２０２６-01-01",
            "10000-01-01",
            "\ud800",
        ),
    ],
)
def test_anything_but_a_date_is_refused_with_the_name_of_the_field(text: str) -> None:
    with pytest.raises(UserError, match=r"^from: "):
        parse_period(text, "2026-01-31")
    with pytest.raises(UserError, match=r"^to: "):
        parse_period("0001-01-01", text)


def test_an_end_before_the_beginning_is_refused() -> None:
    with pytest.raises(UserError, match=r"^from: 2026-01-02 is after to: 2026-01-01"):
        parse_period("2026-01-02", "2026-01-01")


def test_only_days_with_data_are_read(valkey: redis.Redis) -> None:
    days = [ordinal(day) for day in ("0001-01-01", "1969-12-31", "2026-01-01", "9999-12-31")]
    for day in days:
        valkey.zadd(layout.days_key("acme"), {f"{date.fromordinal(day)}": layout.day_score(day)})

    assert days_with_data(valkey, "acme", Period(date.min, date.max)) == days
    assert days_with_data(valkey, "acme", Period(date(1969, 12, 31), date(2026, 1, 1))) == days[1:3]
    assert days_with_data(valkey, "other", Period(date.min, date.max)) == []


@pytest.mark.parametrize(
    ("zone", "day", "begin", "end"),
    [
        ("UTC", "2026-05-01", "2026-05-01T00:00:00Z", "2026-05-02T00:00:00Z"),
        ("Europe/Kyiv", "2026-03-29", "2026-03-29T00:00:00+02:00", "2026-03-30T00:00:00+03:00"),
        ("Europe/Kyiv", "2026-10-25", "2026-10-25T00:00:00+03:00", "2026-10-26T00:00:00+02:00"),
        # Clocks go forward at midnight: the day begins at one.
        ("Asia/Beirut", "2026-03-29", "2026-03-29T01:00:00+03:00", "2026-03-30T00:00:00+03:00"),
        # A day that an island skipped has no instant.
        ("Pacific/Apia", "2011-12-30", "2011-12-31T00:00:00+14:00", "2011-12-31T00:00:00+14:00"),
        ("Pacific/Kiritimati", "2026-05-01", "2026-05-01T00:00:00+14:00", "2026-05-02T00:00:00+14:00"),
    ],
)
def test_a_day_begins_and_ends_by_the_accounts_clock(zone: str, day: str, begin: str, end: str) -> None:
    assert period_bounds(parse_period(day, day), zone) == (at(begin), at(end))


def test_a_period_of_all_days_has_bounds() -> None:
    begin, end = period_bounds(Period(date.min, date.max), "Pacific/Apia")
    assert TIME_MIN <= begin < end <= TIME_MAX


def test_days_are_listed_of_ten_years_at_most() -> None:
    require_days_listed(parse_period("2017-01-01", "2026-12-31"))
    with pytest.raises(UserError, match=r"^to: 2026-12-31 "):
        require_days_listed(parse_period("2016-01-01", "2026-12-31"))
