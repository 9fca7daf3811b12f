"""The money that Prometheus sees: what the view shows of every account, exact, and nothing that is half built."""

from __future__ import annotations

import pytest
import redis
from prometheus_client import generate_latest
from structlog.testing import capture_logs

from api.money_metrics import MoneyMetrics
from config.metrics_address import MoneyLimits
from connectors.metrics.series import registry
from connectors.view.client import reading_client
from state.times import parse_time
from tests.connectors.metrics.scraped import Series, names, of, parsed, series
from tests.reports.shop import Sale, Shop, Touched

NOW = parse_time("2026-01-31T12:00:00Z")
DEFAULT = MoneyLimits()
MONEY = {
    "lasttouch_orders",
    "lasttouch_order_amount",
    "lasttouch_purchases",
    "lasttouch_revenue",
    "lasttouch_expected_purchases",
    "lasttouch_expected_revenue",
    "lasttouch_refunded_amount",
    "lasttouch_unknown_contact_orders",
    "lasttouch_messages",
}


def shop(client: redis.Redis, account: str = "acme") -> Shop:
    return Shop(client, account).known(currency="EUR", time_zone="Europe/Kyiv", as_of="2026-01-31T10:00:00.250Z")


def scraped(client: redis.Redis, limits: MoneyLimits = DEFAULT, now_ms: int = NOW) -> dict[Series, float]:
    money = MoneyMetrics(client, limits, lambda: now_ms)
    return parsed(generate_latest(registry(money.families)).decode())


def test_orders_by_status_and_what_each_channel_earned_add_up(valkey: redis.Redis) -> None:
    shop(valkey).write(
        [
            Sale("o1", "2026-01-12T10:00:00Z", 1_005, credited=("email", "spring"), refunded=400),
            Sale("o2", "2026-01-13T10:00:00Z", 2_100, credited=("sms", "flash")),
            Sale("o3", "2026-01-14T10:00:00Z", 500, contact=None),
            Sale("o4", "2026-01-14T11:00:00Z", 700, status="IN_PROGRESS", expected=("email", "spring")),
            Sale("o5", "2026-01-14T12:00:00Z", 900, status="CANCELLED"),
            Sale("o6", "2026-01-15T10:00:00Z", 1_000, currency="JPY", credited=("email", "spring")),
        ],
        [Touched("2026-01-12", "email", "spring", "sent", 7), Touched("2026-01-12", "webpush", "new", "clicked")],
    )
    found = scraped(valkey)
    assert of(found, "lasttouch_orders", "account", "status", "currency") == {
        ("acme", status, currency): counts.get(status, 0)
        for currency, counts in (("EUR", {"DELIVERED": 3, "IN_PROGRESS": 1, "CANCELLED": 1}), ("JPY", {"DELIVERED": 1}))
        for status in ("INITIALIZED", "IN_PROGRESS", "DELIVERED", "CANCELLED", "ABANDONED_SHOPPING_CART")
    }
    amount = of(found, "lasttouch_order_amount", "status", "currency")
    assert (amount["DELIVERED", "EUR"], amount["CANCELLED", "EUR"], amount["DELIVERED", "JPY"]) == (36.05, 9, 1_000)
    revenue = of(found, "lasttouch_revenue", "channel", "currency")
    assert {of_channel: value for of_channel, value in revenue.items() if value} == {
        ("email", "EUR"): 10.05,
        ("sms", "EUR"): 21,
        ("(unattributed)", "EUR"): 5,
        ("email", "JPY"): 1_000,
    }
    purchases = of(found, "lasttouch_purchases", "channel", "currency")
    assert sum(count for (_, currency), count in purchases.items() if currency == "EUR") == 3
    assert of(found, "lasttouch_expected_purchases", "channel", "currency")["email", "EUR"] == 1
    assert of(found, "lasttouch_expected_revenue", "channel", "currency")["email", "EUR"] == 7
    assert of(found, "lasttouch_refunded_amount", "account", "currency")["acme", "EUR"] == 4
    assert of(found, "lasttouch_unknown_contact_orders", "account", "currency")["acme", "EUR"] == 1
    messages = of(found, "lasttouch_messages", "channel", "event")
    assert (messages["email", "sent"], messages["webpush", "clicked"], messages["webpush", "opened"]) == (7, 1, 0)
    assert found[series("lasttouch_as_of_timestamp_seconds", account="acme")] == NOW / 1_000 - 7_199.75
    assert found[series("lasttouch_account_catching_up", account="acme")] == 0


def test_what_an_account_has_none_of_yet_is_0_so_that_it_can_be_seen_to_grow(valkey: redis.Redis) -> None:
    shop(valkey).write([], [Touched("2026-01-12", "email", "spring", "clicked")])
    found = scraped(valkey)
    assert of(found, "lasttouch_purchases", "channel", "currency") == {
        ("email", "EUR"): 0,
        ("(unattributed)", "EUR"): 0,
    }
    assert of(found, "lasttouch_orders", "status", "currency")["DELIVERED", "EUR"] == 0


def test_money_is_absent_until_the_view_is_whole(valkey: redis.Redis) -> None:
    shop(valkey).write([Sale("o1", "2026-01-12T10:00:00Z", credited=("email", "spring"))])
    valkey.hset("lasttouch:run", mapping={"catching_up": "1", "building": "1"})
    found = scraped(valkey)
    assert names(found) == {"lasttouch_as_of_timestamp_seconds", "lasttouch_account_catching_up"}
    assert found[series("lasttouch_account_catching_up", account="acme")] == 1
    valkey.hdel("lasttouch:run", "building")
    found = scraped(valkey)
    assert names(found) >= MONEY
    assert found[series("lasttouch_account_catching_up", account="acme")] == 1, "a restart of a view that is whole"


def test_accounts_beyond_the_limit_are_summed_up_and_those_with_the_most_orders_are_not(valkey: redis.Redis) -> None:
    for account, orders in (("small", 1), ("big", 3), ("(other)", 5), ("middle", 2)):
        shop(valkey, account).write([Sale(f"o{n}", "2026-01-12T10:00:00Z", 100) for n in range(orders)])
    delivered = of(scraped(valkey, MoneyLimits(accounts_max=2)), "lasttouch_orders", "account", "status", "currency")
    counts = {account: count for (account, status, _), count in delivered.items() if status == "DELIVERED"}
    assert counts == {"big": 3, "(other)": 5 + 2 + 1}
    revenue = of(scraped(valkey, MoneyLimits(accounts_max=0)), "lasttouch_revenue", "account", "channel", "currency")
    assert revenue == {("(other)", "(unattributed)", "EUR"): 11}


def test_an_account_and_a_campaign_of_any_name_are_told_apart(valkey: redis.Redis) -> None:
    odd = 'a:{b} "c"\n'
    shop(valkey, odd).write([Sale("o1", "2026-01-12T10:00:00Z", credited=("email", "account"))])
    assert of(scraped(valkey), "lasttouch_purchases", "account", "channel", "currency")[odd, "email", "EUR"] == 1


def test_the_campaigns_that_earn_most_on_the_accounts_day_have_a_series_if_asked_for(valkey: redis.Redis) -> None:
    """The day that begins at 22:00 UTC; what is shown is what they ever earned."""
    shop(valkey).write([])
    Shop(valkey, "acme", "Europe/Kyiv").write(
        [
            Sale("o1", "2026-01-12T10:00:00Z", 9_000, credited=("email", "yesterdays")),
            Sale("o2", "2026-01-12T10:00:00Z", 5_000, credited=("email", "b")),
            Sale("o3", "2026-01-30T22:30:00Z", 300, credited=("email", "b")),
            Sale("o4", "2026-01-31T09:00:00Z", 200, credited=("sms", "b:c")),
            Sale("o5", "2026-01-31T09:00:00Z", 100, credited=("email", "least")),
            Sale("o6", "2026-01-31T09:00:00Z", 100, status="IN_PROGRESS", expected=("email", "coming")),
        ]
    )
    assert "lasttouch_campaign_revenue" not in names(scraped(valkey))
    found = scraped(valkey, MoneyLimits(campaigns=2))
    assert of(found, "lasttouch_campaign_revenue", "account", "channel", "campaign", "currency") == {
        ("acme", "email", "b", "EUR"): 53,
        ("acme", "sms", "b:c", "EUR"): 2,
    }


def test_while_redis_is_away_there_is_no_money_and_one_warning() -> None:
    money = MoneyMetrics(reading_client("redis://127.0.0.1:1/0"), MoneyLimits())
    with capture_logs() as logged:
        assert list(money.families()) == list(money.families()) == []
    # What other tests of this process have left running may log, too.
    assert [line["log_level"] for line in logged if "money" in line["event"]] == ["warning"]


@pytest.mark.parametrize("text", ["1", "0"])
def test_an_account_that_has_shown_nothing_has_no_series(valkey: redis.Redis, text: str) -> None:
    valkey.hset("lasttouch:run", "catching_up", text)
    assert scraped(valkey) == {}
