"""What an account earns today, whole each time."""

from __future__ import annotations

import msgspec
import redis

from reports.account import read_account
from reports.channels import read_channels
from reports.live import LiveReport, read_live
from reports.orders import read_orders
from reports.paging import AskedPage
from state.settings import DEFAULT
from state.times import parse_time
from tests.reports.shop import Sale, Shop, Touched, period

NOON = parse_time("2026-01-02T12:00:00Z")


def live(valkey: redis.Redis, now_ms: int = NOON) -> LiveReport:
    return read_live(valkey, read_account(valkey, "acme", DEFAULT), now_ms)


def test_today_to_the_letter(valkey: redis.Redis) -> None:
    Shop(valkey).known(currency="EUR", time_zone="UTC", as_of="2026-01-02T11:59:00.000Z").named(
        "sms", "a", "Winter sale"
    ).write(
        [
            Sale("o0", "2026-01-01T23:59:59Z", 7_000, credited=("sms", "a")),
            Sale("o1", "2026-01-02T08:00:00Z", 1_000, credited=("sms", "a")),
            Sale("o2", "2026-01-02T08:00:01Z", 501, status="IN_PROGRESS", expected=("email", "b")),
            Sale("o3", "2026-01-02T08:00:02Z", 99, contact=None),
            Sale("o4", "2026-01-02T08:00:03Z", 300, "UAH", credited=("viber", "c")),
            Sale("o5", "2026-01-02T08:00:04Z", 40, status="INITIALIZED"),
        ],
        [Touched("2026-01-02", "webpush", "d", "clicked", 3)],
    )

    report = live(valkey)

    assert [order.order for order in report.orders] == ["o5", "o4", "o3", "o2", "o1"]
    entry = msgspec.json.encode(report.orders[2])
    assert entry.startswith(b'{"order":"o3","contact":null,"email":null,"phone":null,')
    without_orders = msgspec.json.encode(report).partition(b',"orders":')[0]
    assert without_orders == (
        b'{"as_of":"2026-01-02T11:59:00.000Z","catching_up":false,"day":"2026-01-02","currency":"EUR",'
        b'"purchases":2,"revenue":"10.99","expected_purchases":2,"expected_revenue":"5.41",'
        b'"unattributed":{"purchases":1,"revenue":"0.99","expected_purchases":1,"expected_revenue":"0.40"},'
        b'"channels":[{"channel":"sms","purchases":1,"revenue":"10.00","expected_purchases":0,"expected_revenue":"0.00"},'
        b'{"channel":"email","purchases":0,"revenue":"0.00","expected_purchases":1,"expected_revenue":"5.01"}],'
        b'"campaigns":[{"channel":"sms","campaign":"a","name":"Winter sale","purchases":1,"revenue":"10.00",'
        b'"expected_purchases":0,"expected_revenue":"0.00"},'
        b'{"channel":"email","campaign":"b","name":null,"purchases":0,"revenue":"0.00",'
        b'"expected_purchases":1,"expected_revenue":"5.01"}]'
    )


def test_an_account_nobody_has_heard_of_has_earned_nothing_today(valkey: redis.Redis) -> None:
    report = live(valkey)
    assert (report.day, report.currency, report.purchases, report.revenue) == ("2026-01-02", "EUR", 0, "0.00")
    assert (report.channels, report.campaigns, report.orders) == ([], [], [])


def test_today_is_the_accounts(valkey: redis.Redis) -> None:
    Shop(valkey, time_zone="Asia/Tokyo").known(time_zone="Asia/Tokyo").write([Sale("o1", "2026-01-02T15:00:00Z")])
    assert live(valkey, parse_time("2026-01-02T14:59:59.999Z")).purchases == 0
    assert live(valkey, parse_time("2026-01-02T15:00:00Z")).purchases == 1


def test_the_figures_are_those_of_the_reports(valkey: redis.Redis) -> None:
    Shop(valkey).write(
        Sale(
            f"o{n}",
            f"2026-01-02T{n % 24:02}:00:00Z",
            100 + n,
            status=("DELIVERED", "IN_PROGRESS", "CANCELLED")[n % 3],
            credited=("sms", "a") if n % 6 == 0 else None,
            expected=("email", "b") if n % 6 == 1 else None,
        )
        for n in range(50)
    )
    report = live(valkey)
    view, today = read_account(valkey, "acme", DEFAULT), period("2026-01-02", "2026-01-02")
    channels = read_channels(valkey, view, today)
    assert report.unattributed == channels.unattributed
    total = channels.total
    assert (report.purchases, report.revenue) == (total.purchases, total.revenue)
    assert (report.expected_purchases, report.expected_revenue) == (total.expected_purchases, total.expected_revenue)
    assert [row.channel for row in report.channels] == [row.channel for row in channels.channels]
    assert report.orders == read_orders(valkey, view, today, AskedPage(10)).orders


def test_the_campaigns_that_earned_most_credited_and_expected_together(valkey: redis.Redis) -> None:
    sales = [Sale(f"o{n}", "2026-01-02T08:00:00Z", 100 + n, credited=("sms", f"k{n:02}")) for n in range(21)]
    sales += [Sale("soon", "2026-01-02T08:00:00Z", 1_000, status="INITIALIZED", expected=("sms", "k00"))]
    Shop(valkey).write(sales)
    shown = [campaign.campaign for campaign in live(valkey).campaigns]
    assert shown == ["k00", *(f"k{n:02}" for n in range(20, 1, -1))]


def test_of_orders_of_one_instant_those_first_by_id(valkey: redis.Redis) -> None:
    """Also where more of one instant are at the cut than were read at first."""
    Shop(valkey).write(Sale(f"o{n:02}", "2026-01-02T08:00:00Z") for n in range(15))
    assert [order.order for order in live(valkey).orders] == [f"o{n:02}" for n in range(10)]
    Shop(valkey).write(Sale(f"o{n:02}", "2026-01-02T08:00:00Z") for n in range(40))
    assert [order.order for order in live(valkey).orders] == [f"o{n:02}" for n in range(10)]
    view = read_account(valkey, "acme", DEFAULT)
    page = read_orders(valkey, view, period("2026-01-02", "2026-01-02"), AskedPage(10))
    assert live(valkey).orders == page.orders
