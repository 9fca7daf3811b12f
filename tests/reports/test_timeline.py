"""The timeline, to the letter of http.md §3."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
import redis

from config.errors import UserError
from connectors.embedded.servers import EmbeddedValkey
from reports.render import as_csv, as_json
from reports.timeline import read_timeline
from tests.reports.shop import Sale, Shop, Touched, period, view_of

NOTHING = {
    "purchases": 0,
    "revenue": "0.00",
    "expected_purchases": 0,
    "expected_revenue": "0.00",
    "sent": 0,
    "delivered": 0,
    "opened": 0,
    "clicked": 0,
}
NOBODY = {
    "unattributed_purchases": 0,
    "unattributed_revenue": "0.00",
    "unattributed_expected_purchases": 0,
    "unattributed_expected_revenue": "0.00",
}
MAY = "2026-05-01", "2026-05-03"


@pytest.fixture
def shop(valkey: redis.Redis) -> Shop:
    return Shop(valkey).write(
        [
            Sale("o1", "2026-05-01T10:00:00Z", 1_000, credited=("sms", "a")),
            Sale("o2", "2026-05-01T11:00:00Z", 501, credited=("email", "a")),
            Sale("o3", "2026-05-01T12:00:00Z", 99),
            Sale("o4", "2026-05-03T12:00:00Z", 300, status="INITIALIZED", expected=("sms", "b:1")),
            Sale("o5", "2026-05-03T12:00:00Z", 50, status="IN_PROGRESS"),
            Sale("o6", "2026-05-03T12:00:00Z", 7, "JPY", credited=("viber", "a")),
            Sale("o7", "2026-05-04T12:00:00Z", 300, credited=("sms", "a")),
        ],
        [
            Touched("2026-05-01", "sms", "a", "sent", 5),
            Touched("2026-05-01", "email", "a", "opened", 2),
            Touched("2026-05-03", "sms", "b:1", "clicked", 1),
        ],
    )


def days(client: redis.Redis, *, first: str = MAY[0], last: str = MAY[1], **asked: Any) -> list[dict[str, Any]]:
    report = read_timeline(client, view_of(), period(first, last), **asked)
    plain = msgspec.json.decode(as_json(report))
    assert [day.pop("day") for day in plain["days"]] == [day.day for day in report.days]
    shown: list[dict[str, Any]] = plain["days"]
    return shown


@pytest.mark.usefixtures("shop")
def test_an_accounts_days_say_what_was_earned_and_what_nobody_earned(valkey: redis.Redis) -> None:
    first, second, third = days(valkey)
    credited = {"purchases": 2, "revenue": "15.01", "sent": 5, "opened": 2}
    assert first == NOTHING | NOBODY | credited | {"unattributed_purchases": 1, "unattributed_revenue": "0.99"}
    assert second == NOTHING | NOBODY
    on_the_way = {"expected_purchases": 1, "expected_revenue": "3.00", "clicked": 1}
    nobodys = {"unattributed_expected_purchases": 1, "unattributed_expected_revenue": "0.50"}
    assert third == NOTHING | NOBODY | on_the_way | nobodys


@pytest.mark.usefixtures("shop")
def test_the_whole_report_is_as_the_page_has_it(valkey: redis.Redis) -> None:
    report = read_timeline(valkey, view_of(), period("2026-05-01", "2026-05-01"), channel="sms")
    assert as_json(report) == (
        b'{"account":"acme","channel":"sms","campaign":null,"from":"2026-05-01","to":"2026-05-01","currency":"EUR",'
        b'"time_zone":"UTC","days":[{"day":"2026-05-01","purchases":1,"revenue":"10.00","expected_purchases":0,'
        b'"expected_revenue":"0.00","sent":5,"delivered":0,"opened":0,"clicked":0}],"as_of":null,'
        b'"catching_up":false}\n'
    )


@pytest.mark.usefixtures("shop")
def test_a_channels_days_are_its_own(valkey: redis.Redis) -> None:
    first, second, third = days(valkey, channel="email")
    assert first == NOTHING | {"purchases": 1, "revenue": "5.01", "opened": 2}
    assert second == third == NOTHING


@pytest.mark.usefixtures("shop")
def test_a_campaign_is_counted_on_one_channel_or_on_all_it_is_on(valkey: redis.Redis) -> None:
    on_sms, on_all = (days(valkey, campaign="a", channel=channel)[0] for channel in ("sms", None))
    assert on_sms == NOTHING | {"purchases": 1, "revenue": "10.00", "sent": 5}
    assert on_all == NOTHING | {"purchases": 2, "revenue": "15.01", "sent": 5, "opened": 2}
    assert days(valkey, campaign="b:1")[2] == NOTHING | {
        "expected_purchases": 1,
        "expected_revenue": "3.00",
        "clicked": 1,
    }


@pytest.mark.usefixtures("shop")
def test_by_channel_each_day_has_its_channels_by_name(valkey: redis.Redis) -> None:
    sms = {"channel": "sms", "purchases": 1, "revenue": "10.00", "expected_purchases": 0, "expected_revenue": "0.00"}
    email = {"channel": "email", "purchases": 1, "revenue": "5.01", "expected_purchases": 0, "expected_revenue": "0.00"}
    for asked in ({}, {"campaign": "a"}):
        first, second, _ = days(valkey, by_channel=True, **asked)
        assert first["channels"] == [email, sms]
        assert second["channels"] == []
    assert days(valkey, by_channel=True, channel="sms")[0]["channels"] == [sms]
    assert [day | {"channels": None} for day in days(valkey, by_channel=True)] == [
        day | {"channels": None} for day in days(valkey)
    ]


@pytest.mark.usefixtures("shop")
def test_another_currency_counts_other_orders(valkey: redis.Redis) -> None:
    third = days(valkey, currency="JPY", campaign="a")[2]
    assert (third["purchases"], third["revenue"]) == (1, "7")


@pytest.mark.parametrize("asked", [{}, {"channel": "sms"}, {"campaign": "a"}, {"channel": "sms", "campaign": "a"}])
def test_what_nobody_has_heard_of_has_days_of_zeros(valkey: redis.Redis, asked: dict[str, str]) -> None:
    found = days(valkey, first="2026-05-01", last="2026-05-31", **asked)
    assert len(found) == 31
    assert all(day == NOTHING | (NOBODY if not asked else {}) for day in found)


@pytest.mark.usefixtures("shop")
def test_a_client_that_decodes_reads_the_same(valkey: redis.Redis, valkey_server: EmbeddedValkey) -> None:
    with redis.Redis.from_url(valkey_server.url, decode_responses=True) as decoding:
        for asked in ({}, {"by_channel": True}, {"campaign": "a"}):
            assert days(decoding, **asked) == days(valkey, **asked)


def test_a_period_of_more_than_ten_years_is_refused(valkey: redis.Redis) -> None:
    assert len(days(valkey, first="2017-01-01", last="2026-12-31", channel="sms")) == 3_652
    with pytest.raises(UserError, match=r"^to: 9999-12-31 is .* days after from; a list has 3660 at most"):
        days(valkey, first="0001-01-01", last="9999-12-31")


@pytest.mark.usefixtures("shop")
def test_csv_has_a_row_for_each_day_or_each_channel_of_it(valkey: redis.Redis) -> None:
    may_first = period("2026-05-01", "2026-05-02")
    plain = as_csv(read_timeline(valkey, view_of(), may_first, channel="sms")).decode().splitlines()
    assert plain == [
        "day,purchases,revenue,expected_purchases,expected_revenue,sent,delivered,opened,clicked",
        "2026-05-01,1,10.00,0,0.00,5,0,0,0",
        "2026-05-02,0,0.00,0,0.00,0,0,0,0",
    ]
    of_account = as_csv(read_timeline(valkey, view_of(), may_first)).decode().splitlines()
    assert of_account[0].endswith(
        ",unattributed_purchases,unattributed_revenue,unattributed_expected_purchases,unattributed_expected_revenue"
    )
    assert of_account[1].endswith(",1,0.99,0,0.00")
    assert as_csv(read_timeline(valkey, view_of(), may_first, by_channel=True)).decode().splitlines() == [
        "day,channel,purchases,revenue,expected_purchases,expected_revenue",
        "2026-05-01,email,1,5.01,0,0.00",
        "2026-05-01,sms,1,10.00,0,0.00",
        "2026-05-01,(unattributed),1,0.99,0,0.00",
        "2026-05-02,(unattributed),0,0.00,0,0.00",
    ]
    of_campaign = as_csv(read_timeline(valkey, view_of(), may_first, campaign="a", by_channel=True)).decode()
    assert "(unattributed)" not in of_campaign
