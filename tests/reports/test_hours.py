"""The hours of a day by the account's clock, to the letter of http.md §3."""

from __future__ import annotations

import msgspec
import pytest
import redis

from config.errors import UserError
from reports.hours import read_hours, require_one_day
from reports.render import as_csv, as_json
from tests.reports.shop import Sale, Shop, period, view_of

DAY = period("2026-05-01", "2026-05-01")
NOTHING = {
    "purchases": 0,
    "revenue": "0.00",
    "expected_purchases": 0,
    "expected_revenue": "0.00",
    "unattributed_purchases": 0,
    "unattributed_revenue": "0.00",
    "unattributed_expected_purchases": 0,
    "unattributed_expected_revenue": "0.00",
}


def test_a_day_has_24_hours_by_the_accounts_clock(valkey: redis.Redis) -> None:
    Shop(valkey, time_zone="Europe/Kyiv").write(
        [
            Sale("o1", "2026-04-30T21:00:00Z", 1_000, credited=("sms", "a")),
            Sale("o2", "2026-05-01T06:59:59Z", 501, credited=("email", "a")),
            Sale("o3", "2026-05-01T06:00:00Z", 99),
            Sale("o4", "2026-05-01T20:00:00Z", 300, status="INITIALIZED", expected=("sms", "b")),
            Sale("o5", "2026-05-01T20:00:00Z", 50, status="IN_PROGRESS"),
            Sale("o6", "2026-05-01T20:00:00Z", 7, "JPY", credited=("viber", "a")),
        ]
    )
    report = msgspec.json.decode(as_json(read_hours(valkey, view_of(time_zone="Europe/Kyiv"), DAY)))
    hours = report.pop("hours")
    assert report == {
        "account": "acme",
        "channel": None,
        "campaign": None,
        "from": "2026-05-01",
        "to": "2026-05-01",
        "currency": "EUR",
        "time_zone": "Europe/Kyiv",
        "as_of": None,
        "catching_up": False,
    }
    right = [{"hour": hour, **NOTHING} for hour in range(24)]
    right[0] |= {"purchases": 1, "revenue": "10.00"}
    right[9] |= {"purchases": 1, "revenue": "5.01", "unattributed_purchases": 1, "unattributed_revenue": "0.99"}
    right[23] |= {
        "expected_purchases": 1,
        "expected_revenue": "3.00",
        "unattributed_expected_purchases": 1,
        "unattributed_expected_revenue": "0.50",
    }
    assert hours == right


def test_csv_has_a_row_for_each_hour(valkey: redis.Redis) -> None:
    names, *rows = as_csv(read_hours(valkey, view_of(), DAY, currency="JPY")).decode().splitlines()
    assert names.startswith("hour,purchases,revenue,unattributed_purchases,")
    assert rows == [f"{hour},0,0,0,0,0,0,0,0" for hour in range(24)]


def test_only_one_day_of_a_whole_account_has_hours() -> None:
    require_one_day(DAY, None, None)
    with pytest.raises(UserError, match=r"^to: 2026-05-02 is not the day in from"):
        require_one_day(period("2026-05-01", "2026-05-02"), None, None)
    with pytest.raises(UserError, match=r"^channel: "):
        require_one_day(DAY, "sms", None)
    with pytest.raises(UserError, match=r"^campaign: "):
        require_one_day(DAY, None, "a")
