"""The purchases report, to the letter of the contract."""

from __future__ import annotations

import msgspec
import redis

from connectors.view import layout
from reports.account import read_account
from reports.paging import AskedPage, decode_cursor
from reports.purchases import read_purchases
from reports.render import as_json
from state.settings import DEFAULT
from tests.reports.shop import Sale, Shop, Touched, ordinal, period, view_of

WHOLE = AskedPage(limit=1_000)


def test_who_bought(valkey: redis.Redis) -> None:
    Shop(valkey).known(currency="EUR").write(
        [
            Sale("o1", "2026-01-01T10:00:00Z", 1_000, credited=("sms", "k1")),
            Sale("o2", "2026-01-01T10:00:00Z", 1_000, credited=("sms", "k2")),
            Sale("o3", "2026-01-01T10:00:00Z", 1_000),
        ]
    )

    view = read_account(valkey, "acme", DEFAULT)
    report = read_purchases(valkey, view, period("2026-01-01", "2026-01-31"), AskedPage(), campaign="k1")

    assert as_json(report).decode() == (
        '{"account":"acme","campaign":"k1","from":"2026-01-01","to":"2026-01-31","currency":"EUR",'
        '"purchases":[{"order":"o1","contact":"c1","email":"c1@example.org","phone":null,"first_name":"Олена",'
        '"last_name":null,"amount":"10.00","currency":"EUR","ordered_at":"2026-01-01T10:00:00.000Z",'
        '"channel":"sms","event":"clicked","touched_at":"2026-01-01T09:59:00.000Z"}],'
        '"next":null,"as_of":null,"catching_up":false}\n'
    )


def test_a_campaign_or_an_account_nobody_has_heard_of_gives_an_empty_report(valkey: redis.Redis) -> None:
    Shop(valkey).write([Sale("o1", "2026-01-01T10:00:00Z", credited=("sms", "k1"))])

    for account, campaign in (("acme", "k9"), ("nobody", "k1")):
        report = read_purchases(valkey, view_of(account), period(), WHOLE, campaign=campaign)
        assert (report.purchases, report.next, report.rows_from) == ([], None, msgspec.UNSET)


def test_all_channels_and_currencies_of_the_campaign_newest_first(valkey: redis.Redis) -> None:
    Shop(valkey).write(
        [
            Sale("o1", "2026-01-01T10:00:00Z", credited=("sms", "k")),
            Sale("o2", "2026-01-03T10:00:00Z", 5, "JPY", credited=("email", "k")),
            Sale("o3", "2026-01-02T10:00:00Z", 5, "KWD", credited=("viber", "k")),
            Sale("o4", "2026-01-03T10:00:00Z", credited=("sms", "k")),
            Sale("o5", "2026-01-03T10:00:01Z", credited=("email", "other")),
        ],
        [Touched("2026-01-04", "push", "k", "sent")],
    )

    report = read_purchases(valkey, view_of(), period(), WHOLE, campaign="k")

    assert [(row.order, row.currency) for row in report.purchases] == [
        ("o2", "JPY"),
        ("o4", "EUR"),
        ("o3", "KWD"),
        ("o1", "EUR"),
    ]


def test_one_channel_of_the_campaign(valkey: redis.Redis) -> None:
    Shop(valkey).write(
        [
            Sale("o1", "2026-01-01T10:00:00Z", credited=("sms", "k")),
            Sale("o2", "2026-01-03T10:00:00Z", credited=("email", "k")),
        ]
    )

    by_channel = {
        channel: read_purchases(valkey, view_of(), period(), WHOLE, campaign="k", channel=channel).purchases
        for channel in ("sms", "email", "viber")
    }

    assert {channel: [row.order for row in rows] for channel, rows in by_channel.items()} == {
        "sms": ["o1"],
        "email": ["o2"],
        "viber": [],
    }


def test_what_is_only_expected_is_no_purchase(valkey: redis.Redis) -> None:
    Shop(valkey).write([Sale("o1", "2026-01-01T10:00:00Z", status="IN_PROGRESS", expected=("sms", "k"))])
    assert read_purchases(valkey, view_of(), period(), WHOLE, campaign="k").purchases == []


def test_a_page_ends_between_other_campaigns_orders(valkey: redis.Redis) -> None:
    sales = [
        Sale(f"{campaign}-{day:02}-{hour:02}", f"2026-01-{day:02}T{hour:02}:00:00Z", credited=("sms", campaign))
        for campaign in ("k", "noise")
        for day in range(1, 6)
        for hour in range(24)
    ]
    Shop(valkey).write(sales)
    expected = sorted((sale.order for sale in sales if sale.order.startswith("k-")), reverse=True)

    listed: list[str] = []
    after = None
    while True:
        asked = AskedPage(limit=7, after=after)
        report = read_purchases(valkey, view_of(), period(), asked, campaign="k")
        listed += [row.order for row in report.purchases]
        if report.next is None:
            break
        assert len(report.purchases) == 7
        after = decode_cursor(report.next)

    assert listed == expected


def test_rows_from_is_said_only_when_purchases_of_the_campaign_have_gone(valkey: redis.Redis) -> None:
    Shop(valkey).write(
        [
            Sale("o1", "2026-01-01T10:00:00Z", credited=("sms", "old")),
            Sale("o2", "2026-01-02T10:00:00Z", credited=("sms", "old")),
            Sale("o3", "2026-01-02T10:00:00Z", credited=("sms", "new")),
        ]
    )
    valkey.delete(layout.orders_key("acme", ordinal("2026-01-01")), layout.rows_key("acme", ordinal("2026-01-01")))
    view = view_of(rows_from="2026-01-02")

    old = read_purchases(valkey, view, period(), WHOLE, campaign="old")
    new = read_purchases(valkey, view, period(), WHOLE, campaign="new")
    late = read_purchases(valkey, view, period("2026-01-02"), WHOLE, campaign="old")

    assert ([row.order for row in old.purchases], old.rows_from) == (["o2"], "2026-01-02")
    assert ([row.order for row in new.purchases], new.rows_from) == (["o3"], msgspec.UNSET)
    assert late.rows_from == msgspec.UNSET
