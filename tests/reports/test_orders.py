"""The orders report, to the letter of the contract."""

from __future__ import annotations

import msgspec
import pytest
import redis

from connectors.view import layout
from reports.account import read_account
from reports.orders import read_orders
from reports.paging import AskedPage
from reports.render import as_json
from state.events import STATUSES
from state.settings import DEFAULT
from tests.reports.shop import Sale, Shop, ordinal, period, view_of

WHOLE = AskedPage(limit=1_000)
OLENA = "Олена".encode()


def test_the_list_with_its_period_revenue(valkey: redis.Redis) -> None:
    Shop(valkey).known(currency="EUR", time_zone="UTC", as_of="2026-01-03T00:00:00.000Z").write(
        [
            Sale("o1", "2026-01-01T10:00:00+02:00", 1_050, credited=("sms", "k1"), refunded=250),
            Sale("o2", "2026-01-02T00:00:00Z", 10, "JPY", contact=None),
            Sale("o3", "2026-01-02T00:00:00Z", 100, status="IN_PROGRESS", expected=("sms", "k1")),
        ]
    )

    view = read_account(valkey, "acme", DEFAULT)
    report = read_orders(valkey, view, period("2026-01-01", "2026-01-31"), AskedPage(limit=100))

    assert as_json(report) == (
        b'{"account":"acme","from":"2026-01-01","to":"2026-01-31","currency":"EUR","time_zone":"UTC",'
        b'"totals":{"total":{"orders":2,"amount":"11.50"},"initialized":{"orders":0,"amount":"0.00"},'
        b'"in_progress":{"orders":1,"amount":"1.00"},"delivered":{"orders":1,"amount":"10.50"},'
        b'"cancelled":{"orders":0,"amount":"0.00"},"refunded":{"orders":1,"amount":"2.50"},'
        b'"contact_unknown":{"orders":0,"amount":"0.00"}},'
        b'"orders":['
        b'{"order":"o2","contact":null,"email":null,"phone":null,"first_name":null,"last_name":null,'
        b'"status":"DELIVERED","amount":"10","currency":"JPY",'
        b'"ordered_at":"2026-01-02T00:00:00.000Z","campaign":null,"channel":null,"event":null,"touched_at":null,'
        b'"reason":"contact_unknown","expected":null},'
        b'{"order":"o3","contact":"c1","email":"c1@example.org","phone":null,'
        b'"first_name":"' + OLENA + b'","last_name":null,'
        b'"status":"IN_PROGRESS","amount":"1.00","currency":"EUR",'
        b'"ordered_at":"2026-01-02T00:00:00.000Z","campaign":null,"channel":null,"event":null,"touched_at":null,'
        b'"reason":"not_delivered","expected":{"channel":"sms","campaign":"k1","message":"m1","event":"clicked",'
        b'"touched_at":"2026-01-01T23:59:00.000Z","window":"24h"}},'
        b'{"order":"o1","contact":"c1","email":"c1@example.org","phone":null,'
        b'"first_name":"' + OLENA + b'","last_name":null,'
        b'"status":"DELIVERED","amount":"10.50","currency":"EUR",'
        b'"ordered_at":"2026-01-01T08:00:00.000Z","campaign":"k1","channel":"sms","event":"clicked",'
        b'"touched_at":"2026-01-01T07:59:00.000Z","reason":"last_touch","expected":null}],'
        b'"next":null,"rows_from":null,"as_of":"2026-01-03T00:00:00.000Z","catching_up":false}\n'
    )


def test_orders_that_belong_to_no_contact_are_counted_in_any_status(valkey: redis.Redis) -> None:
    Shop(valkey).write(
        [
            Sale("o1", "2026-01-01T00:00:00Z", 100, contact=None),
            Sale("o2", "2026-01-02T00:00:00Z", 200, contact=None, status="CANCELLED"),
            Sale("o3", "2026-01-02T00:00:00Z", 400),
            Sale("o4", "2026-01-02T00:00:00Z", 5, "JPY", contact=None),
        ]
    )

    unknown = read_orders(valkey, view_of(), period(), WHOLE).totals.contact_unknown

    assert (unknown.orders, unknown.amount) == (2, "3.00")


def test_an_account_nobody_has_heard_of_gives_an_empty_report(valkey: redis.Redis) -> None:
    report = read_orders(valkey, view_of("nobody"), period(), WHOLE)

    assert (report.orders, report.next, report.rows_from) == ([], None, None)
    assert {(of.orders, of.amount) for of in msgspec.structs.astuple(report.totals)} == {(0, "0.00")}


def test_total_is_initialized_in_progress_and_delivered(valkey: redis.Redis) -> None:
    Shop(valkey).write(
        [
            Sale(status, "2026-01-01T00:00:00Z", 10**place, status=status, refunded=1)
            for place, status in enumerate(STATUSES, 2)
        ]
    )

    totals = read_orders(valkey, view_of(), period(), WHOLE).totals

    assert (totals.total.orders, totals.total.amount) == (3, "111.00")
    assert (totals.cancelled.orders, totals.cancelled.amount) == (1, "1000.00")
    # Refunds count in every status, and are taken off nothing.
    assert (totals.refunded.orders, totals.refunded.amount) == (5, "0.05")


@pytest.mark.parametrize("status", STATUSES)
def test_a_status_filters_the_list_and_leaves_the_totals(valkey: redis.Redis, status: str) -> None:
    sales = [
        Sale(f"{each}-{day}", f"2026-01-0{day}T00:00:00Z", status=each, currency=currency)
        for each in STATUSES
        for day, currency in ((1, "EUR"), (2, "EUR"), (3, "JPY"))
    ]
    Shop(valkey).write(sales)

    report = read_orders(valkey, view_of(), period(), WHOLE, status=status)

    assert [row.order for row in report.orders] == [f"{status}-{day}" for day in (3, 2, 1)]
    assert report.totals == read_orders(valkey, view_of(), period(), WHOLE).totals


def test_totals_are_in_the_asked_currency_and_the_list_in_all(valkey: redis.Redis) -> None:
    Shop(valkey).write([Sale("e", "2026-01-01T00:00:00Z"), Sale("j", "2026-01-01T00:00:00Z", 7, "JPY")])

    report = read_orders(valkey, view_of(), period(), WHOLE, currency="JPY")

    assert (report.currency, report.totals.total.orders, report.totals.total.amount) == ("JPY", 1, "7")
    assert [row.order for row in report.orders] == ["e", "j"]


def expire(client: redis.Redis, *days: str) -> None:
    for day in days:
        client.delete(layout.orders_key("acme", ordinal(day)), layout.rows_key("acme", ordinal(day)))


def test_expired_rows_are_said_to_be_missing_while_their_totals_stay(valkey: redis.Redis) -> None:
    Shop(valkey).known(rows_from="2026-01-03").write(
        [Sale(f"o{day}", f"2026-01-0{day}T00:00:00Z") for day in (1, 2, 3, 4)]
    )
    expire(valkey, "2026-01-01", "2026-01-02")

    report = read_orders(valkey, read_account(valkey, "acme", DEFAULT), period(), WHOLE)

    assert report.rows_from == "2026-01-03"
    assert b'"next":null,"rows_from":"2026-01-03","as_of":' in as_json(report)
    assert [row.order for row in report.orders] == ["o4", "o3"]
    assert report.totals.total.orders == 4


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        ("2026-01-02", "2026-12-31", "2026-01-03"),
        ("2026-01-03", "2026-12-31", None),
        ("2025-01-01", "2025-12-31", None),
    ],
)
def test_rows_from_is_said_only_of_a_period_that_lost_rows(
    valkey: redis.Redis, first: str, last: str, said: str | None
) -> None:
    Shop(valkey).write([Sale(f"o{day}", f"2026-01-0{day}T00:00:00Z") for day in (1, 2, 3, 4)])
    expire(valkey, "2026-01-01", "2026-01-02")

    assert read_orders(valkey, view_of(rows_from="2026-01-03"), period(first, last), WHOLE).rows_from == said


def test_a_day_belongs_to_the_accounts_time_zone(valkey: redis.Redis) -> None:
    shop = Shop(valkey, time_zone="Europe/Kyiv").known(time_zone="Europe/Kyiv")
    shop.write([Sale("late", "2026-01-01T22:30:00Z"), Sale("early", "2026-01-01T21:30:00Z")])
    view = read_account(valkey, "acme", DEFAULT)

    report = read_orders(valkey, view, period("2026-01-02", "2026-01-02"), WHOLE)

    assert [row.order for row in report.orders] == ["late"]
    assert report.totals.total.orders == 1
