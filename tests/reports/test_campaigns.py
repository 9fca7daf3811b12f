"""The campaigns report, to the letter of the contract."""

from __future__ import annotations

import redis

from reports.account import read_account
from reports.campaigns import read_campaigns
from reports.render import as_json
from state.settings import DEFAULT
from tests.reports.shop import Sale, Shop, Touched, period, view_of


def test_a_campaign_with_everything_is_written_as_the_contract_has_it(valkey: redis.Redis) -> None:
    shop = Shop(valkey).known(currency="EUR", time_zone="Europe/Kyiv", as_of="2026-01-02T10:00:00.123Z")
    shop.named("email", "k1", "Перша ✓").named("sms", "k1", "another").write(
        [
            Sale("o1", "2026-01-01T12:00:00Z", 1_000, credited=("email", "k1")),
            Sale("o2", "2026-01-02T12:00:00Z", 501, credited=("email", "k1")),
            Sale("o3", "2026-01-02T13:00:00Z", 205, status="IN_PROGRESS", expected=("email", "k1")),
        ],
        [
            Touched("2026-01-01", "email", "k1", "sent", 10),
            Touched("2026-01-01", "email", "k1", "delivered", 9),
            Touched("2026-01-01", "email", "k1", "opened", 6),
            Touched("2026-01-02", "email", "k1", "opened", 1),
            Touched("2026-01-02", "email", "k1", "clicked", 3),
        ],
    )
    valkey.hset("lasttouch:run", "catching_up", "1")

    report = read_campaigns(valkey, read_account(valkey, "acme", DEFAULT), period("2026-01-01", "2026-01-31"))

    assert as_json(report) == (
        b'{"account":"acme","channel":null,"from":"2026-01-01","to":"2026-01-31","currency":"EUR",'
        b'"time_zone":"Europe/Kyiv",'
        b'"total":{"campaigns":1,"purchases":2,"average_check":"7.51","revenue":"15.01",'
        b'"expected_purchases":1,"expected_revenue":"2.05"},'
        b'"campaigns":[{"channel":"email","campaign":"k1","name":"' + "Перша ✓".encode() + b'","purchases":2,'
        b'"average_check":"7.51","revenue":"15.01","expected_purchases":1,"expected_revenue":"2.05",'
        b'"sent":10,"delivered":9,"opened":7,"clicked":3,'
        b'"purchase_to_open_rate":"0.2857","purchase_to_click_rate":"0.6667"}],'
        b'"as_of":"2026-01-02T10:00:00.123Z","catching_up":true}\n'
    )


def test_an_account_nobody_has_heard_of_gives_an_empty_report(valkey: redis.Redis) -> None:
    report = read_campaigns(valkey, read_account(valkey, "nobody", DEFAULT), period())

    assert report.campaigns == []
    assert (report.currency, report.time_zone) == ("EUR", "UTC")
    assert (report.total.campaigns, report.total.purchases, report.total.revenue) == (0, 0, "0.00")
    assert report.total.average_check is None
    assert report.as_of is None
    assert report.catching_up is False


def test_rows_are_sorted_by_revenue_then_purchases_then_channel_and_campaign(valkey: redis.Redis) -> None:
    Shop(valkey).write(
        [
            Sale("o1", "2026-01-01T00:00:00Z", 300, credited=("sms", "a")),
            Sale("o2", "2026-01-01T00:00:00Z", 500, credited=("sms", "b")),
            Sale("o3", "2026-01-01T00:00:00Z", 100, credited=("email", "z")),
            Sale("o4", "2026-01-01T00:00:00Z", 200, credited=("email", "z")),
            Sale("o5", "2026-01-01T00:00:00Z", 300, credited=("email", "c")),
            Sale("o6", "2026-01-01T00:00:00Z", 300, credited=("email", "B")),
        ],
        [Touched("2026-01-01", "viber", "k", "sent")],
    )

    rows = read_campaigns(valkey, view_of(), period()).campaigns

    assert [(row.channel, row.campaign) for row in rows] == [
        ("sms", "b"),
        ("email", "z"),
        ("email", "B"),
        ("email", "c"),
        ("sms", "a"),
        ("viber", "k"),
    ]


def test_rates_and_average_check_are_null_where_the_divisor_is_0(valkey: redis.Redis) -> None:
    Shop(valkey).write(
        [Sale("o1", "2026-01-01T00:00:00Z", 0, credited=("sms", "free"))],
        [Touched("2026-01-01", "sms", "opened-only", "opened", 4)],
    )

    opened, free = sorted(
        read_campaigns(valkey, view_of(), period()).campaigns, key=lambda row: row.campaign, reverse=True
    )

    assert (opened.purchases, opened.average_check, opened.revenue) == (0, None, "0.00")
    assert (opened.purchase_to_open_rate, opened.purchase_to_click_rate) == ("0.0000", None)
    assert (free.purchases, free.average_check, free.revenue) == (1, "0.00", "0.00")
    assert (free.purchase_to_open_rate, free.purchase_to_click_rate) == (None, None)


def test_purchases_in_another_currency_neither_count_nor_make_a_row(valkey: redis.Redis) -> None:
    Shop(valkey).write(
        [
            Sale("o1", "2026-01-01T00:00:00Z", 10, "JPY", credited=("sms", "tokyo")),
            Sale("o2", "2026-01-01T00:00:00Z", 1_234, "KWD", credited=("sms", "kuwait")),
            Sale("o3", "2026-01-01T00:00:00Z", 7, "JPY", credited=("sms", "both")),
        ],
        [Touched("2026-01-01", "sms", "both", "sent")],
    )

    in_euro = read_campaigns(valkey, view_of(), period())
    in_yen = read_campaigns(valkey, view_of(), period(), currency="JPY")
    in_dinar = read_campaigns(valkey, view_of(currency="KWD"), period())

    assert [(row.campaign, row.purchases, row.revenue) for row in in_euro.campaigns] == [("both", 0, "0.00")]
    assert in_euro.total.campaigns == 1
    assert [(row.campaign, row.average_check) for row in in_yen.campaigns] == [("tokyo", "10"), ("both", "7")]
    assert (in_yen.currency, in_yen.total.revenue, in_yen.total.average_check) == ("JPY", "17", "9")
    assert [(row.campaign, row.revenue) for row in in_dinar.campaigns] == [
        ("kuwait", "1.234"),
        ("both", "0.000"),
    ]


def test_a_campaign_of_which_sales_are_only_expected_is_one_of_the_period(valkey: redis.Redis) -> None:
    Shop(valkey).write(
        [
            Sale("o1", "2026-01-01T00:00:00Z", 700, status="INITIALIZED", expected=("sms", "new")),
            Sale("o2", "2026-01-01T00:00:00Z", 10, "JPY", "INITIALIZED", expected=("sms", "tokyo")),
            Sale("o3", "2026-01-01T00:00:00Z", 100, credited=("sms", "old")),
        ]
    )

    report = read_campaigns(valkey, view_of(), period())

    assert [(row.campaign, row.revenue, row.expected_purchases, row.expected_revenue) for row in report.campaigns] == [
        ("old", "1.00", 0, "0.00"),
        ("new", "0.00", 1, "7.00"),
    ]
    assert [row.name for row in report.campaigns] == [None, None]
    assert report.campaigns[1].average_check is None
    assert (report.total.campaigns, report.total.expected_purchases, report.total.expected_revenue) == (2, 1, "7.00")


def test_with_a_channel_the_total_is_that_channels(valkey: redis.Redis) -> None:
    Shop(valkey).write(
        [
            Sale("o1", "2026-01-01T00:00:00Z", 100, credited=("sms", "k")),
            Sale("o2", "2026-01-01T00:00:00Z", 900, credited=("sms2", "k")),
        ]
    )

    report = read_campaigns(valkey, view_of(), period(), channel="sms")

    assert report.channel == "sms"
    assert [(row.channel, row.revenue) for row in report.campaigns] == [("sms", "1.00")]
    assert (report.total.campaigns, report.total.purchases, report.total.revenue) == (1, 1, "1.00")


def test_only_the_days_of_the_period_count_and_both_ends_do(valkey: redis.Redis) -> None:
    days = ("2026-01-01", "2026-01-02", "2026-01-03", "2026-01-04")
    Shop(valkey).write(touches=[Touched(day, "sms", day, "sent") for day in days])

    rows = read_campaigns(valkey, view_of(), period("2026-01-02", "2026-01-03")).campaigns

    assert [row.campaign for row in rows] == ["2026-01-02", "2026-01-03"]


def test_the_longest_period_there_is_costs_what_its_data_costs(valkey: redis.Redis) -> None:
    Shop(valkey).write(touches=[Touched(day, "sms", "k", "sent") for day in ("0001-01-03", "2026-01-01", "9999-12-28")])

    report = read_campaigns(valkey, view_of(), period("0001-01-01", "9999-12-31"))

    assert [row.sent for row in report.campaigns] == [3]
    assert (report.from_, report.to) == ("0001-01-01", "9999-12-31")


def test_any_text_can_be_the_id_of_a_campaign_and_of_an_account(valkey: redis.Redis) -> None:
    names = ("a:b", "a%3Ab", "purchases:EUR", "{x}", "новини 🎉", " ", "=1+1", "a\nb", "ä" * 256)
    for name in names:
        sale = Sale("o1", "2026-01-01T00:00:00Z", 100, credited=("sms", name))
        Shop(valkey, account=name).write([sale], [Touched("2026-01-01", "sms", name, "clicked", 2)])

    for name in names:
        (row,) = read_campaigns(valkey, view_of(account=name), period()).campaigns
        assert (row.campaign, row.purchases, row.clicked, row.purchase_to_click_rate) == (
            name,
            1,
            2,
            "0.5000",
        )


def test_nothing_is_shared_between_accounts(valkey: redis.Redis) -> None:
    Shop(valkey, account="acme").write([Sale("o1", "2026-01-01T00:00:00Z", 100, credited=("sms", "k"))])
    Shop(valkey, account="acme}").write([Sale("o1", "2026-01-01T00:00:00Z", 300, credited=("sms", "k"))])

    assert read_campaigns(valkey, view_of("acme"), period()).total.revenue == "1.00"
    assert read_campaigns(valkey, view_of("acme}"), period()).total.revenue == "3.00"
