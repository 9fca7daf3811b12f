"""The channels report, to the letter of the contract."""

from __future__ import annotations

import redis

from reports.account import read_account
from reports.channels import read_channels
from reports.orders import read_orders
from reports.paging import AskedPage
from reports.render import as_json
from state.settings import DEFAULT
from tests.reports.shop import Sale, Shop, Touched, period, view_of


def test_channels_and_what_no_channel_earned(valkey: redis.Redis) -> None:
    Shop(valkey).known(currency="EUR", time_zone="UTC").write(
        [
            Sale("o1", "2026-01-01T00:00:00Z", 1_000, credited=("sms", "a")),
            Sale("o2", "2026-01-02T00:00:00Z", 501, credited=("sms", "b")),
            Sale("o3", "2026-01-02T00:00:00Z", 2_000, credited=("email", "a")),
            Sale("o4", "2026-01-02T00:00:00Z", 99),
            Sale("o5", "2026-01-02T00:00:00Z", 5_000, status="IN_PROGRESS"),
            Sale("o6", "2026-01-02T00:00:00Z", 300, status="INITIALIZED", expected=("sms", "a")),
            Sale("o7", "2026-01-02T00:00:00Z", 100, status="IN_PROGRESS", expected=("viber", "a")),
        ]
    )

    report = read_channels(valkey, read_account(valkey, "acme", DEFAULT), period("2026-01-01", "2026-01-31"))

    assert as_json(report) == (
        b'{"account":"acme","from":"2026-01-01","to":"2026-01-31","currency":"EUR","time_zone":"UTC",'
        b'"channels":[{"channel":"email","purchases":1,"average_check":"20.00","revenue":"20.00",'
        b'"expected_purchases":0,"expected_revenue":"0.00"},'
        b'{"channel":"sms","purchases":2,"average_check":"7.51","revenue":"15.01",'
        b'"expected_purchases":1,"expected_revenue":"3.00"},'
        b'{"channel":"viber","purchases":0,"average_check":null,"revenue":"0.00",'
        b'"expected_purchases":1,"expected_revenue":"1.00"}],'
        b'"unattributed":{"purchases":1,"revenue":"0.99","expected_purchases":1,"expected_revenue":"50.00"},'
        b'"total":{"purchases":4,"revenue":"36.00","expected_purchases":3,"expected_revenue":"54.00"},'
        b'"as_of":null,"catching_up":false}\n'
    )


def test_an_account_nobody_has_heard_of_gives_an_empty_report(valkey: redis.Redis) -> None:
    report = read_channels(valkey, view_of("nobody"), period())

    assert report.channels == []
    assert (report.unattributed.purchases, report.unattributed.revenue) == (0, "0.00")
    assert (report.total.purchases, report.total.revenue) == (0, "0.00")


def test_a_channel_without_a_purchase_in_the_currency_is_left_out(valkey: redis.Redis) -> None:
    Shop(valkey).write(
        [
            Sale("o1", "2026-01-01T00:00:00Z", 10, "JPY", credited=("sms", "a")),
            Sale("o2", "2026-01-01T00:00:00Z", 0, "EUR", credited=("viber", "free")),
        ],
        [Touched("2026-01-01", "email", "a", "clicked", 3)],
    )

    in_euro, in_yen = (read_channels(valkey, view_of(), period(), currency=code) for code in ("EUR", "JPY"))

    assert [(row.channel, row.purchases, row.average_check) for row in in_euro.channels] == [("viber", 1, "0.00")]
    assert [(row.channel, row.revenue) for row in in_yen.channels] == [("sms", "10")]
    assert in_yen.unattributed.revenue == "0"


def test_equal_channels_stand_by_name(valkey: redis.Redis) -> None:
    sales = [Sale(name, "2026-01-01T00:00:00Z", 100, credited=(name, "k")) for name in ("sms", "0", "a-b", "_")]
    Shop(valkey).write([*sales, Sale("x", "2026-01-01T00:00:00Z", 0, credited=("sms", "k"))])

    assert [row.channel for row in read_channels(valkey, view_of(), period()).channels] == [
        "sms",
        "0",
        "_",
        "a-b",
    ]


def test_the_total_is_the_delivered_of_the_orders_report(valkey: redis.Redis) -> None:
    Shop(valkey).write(
        [
            Sale("o1", "2026-01-01T00:00:00Z", 100, credited=("sms", "a"), refunded=50),
            Sale("o2", "2026-01-03T00:00:00Z", 200),
            Sale("o3", "2026-01-03T00:00:00Z", 400, status="CANCELLED"),
            Sale("o4", "2026-01-03T00:00:00Z", 800, status="INITIALIZED", expected=("sms", "a")),
        ]
    )

    total = read_channels(valkey, view_of(), period()).total
    totals = read_orders(valkey, view_of(), period(), AskedPage()).totals

    assert (total.purchases, total.revenue) == (totals.delivered.orders, totals.delivered.amount) == (2, "3.00")
    on_the_way = totals.initialized
    assert (total.expected_purchases, total.expected_revenue) == (on_the_way.orders, on_the_way.amount) == (1, "8.00")
