"""The audit recounts the order rows, finds every figure that differs, and calls expired days expired."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import redis

from connectors.view import layout
from reports import audit as auditing
from reports.account import AccountView
from reports.audit import AuditReport, Difference, read_audit
from reports.audit_text import differences_lines, summary
from state.events import STATUSES
from tests.reports.shop import Sale, Shop, ordinal, period, view_of

DAY = "lasttouch:{acme}:day:2026-01-02"
TOTAL = "lasttouch:{acme}:total"
SALES = [
    Sale("o1", "2026-01-01T10:00:00Z", 1_050, credited=("sms", "k1"), refunded=250),
    Sale("o2", "2026-01-02T00:00:00Z", 10, "JPY", credited=("email", "spring:sale/ä")),
    Sale("o3", "2026-01-02T00:00:00Z", 100),
    Sale("o4", "2026-01-03T00:00:00Z", 0, credited=("sms", "k1")),
    Sale("o5", "2026-01-02T23:59:59Z", 40, status="IN_PROGRESS", expected=("email", "k2")),
    Sale("o6", "2026-01-02T10:00:00Z", 60, status="INITIALIZED", contact=None),
    *(Sale(f"s{status}", "2026-01-02T10:00:00Z", 700, status=status, refunded=1) for status in STATUSES),
]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(auditing, "SETTLE_S", 0.01)


@pytest.fixture
def shop(valkey: redis.Redis) -> Shop:
    """One order of nothing among them: its revenue of 0 must not be looked for."""
    shop = Shop(valkey).write(SALES)
    for key in valkey.scan_iter("lasttouch:{*"):
        if valkey.type(key) == b"hash":
            zeros = [name for name, value in valkey.hgetall(key).items() if value == b"0"]
            if zeros:
                valkey.hdel(key, *zeros)
    return shop


def audited(client: redis.Redis, view: AccountView | None = None, **days: str) -> AuditReport:
    return read_audit(client, view or view_of(), period(**days))


def test_counters_that_are_what_the_rows_say(shop: Shop, valkey: redis.Redis) -> None:
    report = audited(valkey)
    assert report.differences == []
    assert (report.equal, report.totals, report.days, report.orders) == (True, True, 3, len(SALES))
    assert report.figures > 50
    assert not report.moving
    assert differences_lines(report, 80) == []
    assert "all are equal" in summary(report)


def test_an_account_nobody_has_heard_of_differs_in_nothing(valkey: redis.Redis) -> None:
    report = audited(valkey, view_of("nobody"))
    assert (report.equal, report.days, report.figures, report.totals) == (True, 0, 0, False)


FIELDS = [
    (DAY, "amount:DELIVERED:EUR"),
    (DAY, "orders:refunded:EUR"),
    (DAY, "orders:ABANDONED_SHOPPING_CART:EUR"),
    (DAY, "unattributed:revenue:EUR"),
    (DAY, "unattributed:purchases:EUR"),
    (DAY, "purchases:JPY"),
    (DAY, "channel:email:revenue:JPY"),
    (DAY, "expected_purchases:EUR"),
    (DAY, "unattributed:expected_revenue:EUR"),
    (DAY, "channel:email:expected_revenue:EUR"),
    (DAY, "hour:23:expected_revenue:EUR"),
    (DAY, "hour:00:unattributed:purchases:EUR"),
    (DAY, "hour:09:purchases:EUR"),
    (DAY, "orders:contact_unknown:EUR"),
    (DAY, "amount:contact_unknown:EUR"),
    (DAY, "channel:push:revenue:USD"),
    ("lasttouch:{acme}:campaigns:2026-01-01", "sms:k1:revenue:EUR"),
    ("lasttouch:{acme}:campaigns:2026-01-01", "sms:other:purchases:EUR"),
    ("lasttouch:{acme}:campaigns:2026-01-02", "email:k2:expected_purchases:EUR"),
    (TOTAL, "revenue:EUR"),
    (TOTAL, "expected_revenue:EUR"),
    (TOTAL, "hour:23:expected_revenue:EUR"),
    (TOTAL, "amount:contact_unknown:EUR"),
    (TOTAL, "orders:CANCELLED:EUR"),
    ("lasttouch:{acme}:campaign:sms:k1", "revenue:EUR"),
    ("lasttouch:{acme}:campaign:email:k2", "expected_revenue:EUR"),
    ("lasttouch:{acme}:campaign:email:spring%3Asale%2F%C3%A4", "purchases:JPY"),
    ("lasttouch:{acme}:campaign:sms:gone", "purchases:EUR"),
]


@pytest.mark.parametrize(("key", "field"), FIELDS, ids=["/".join(one) for one in FIELDS])
def test_a_figure_that_is_off_is_found_and_no_other(key: str, field: str, shop: Shop, valkey: redis.Redis) -> None:
    right = int(valkey.hget(key, field) or 0)
    valkey.hset(key, field, right + 3)
    report = audited(valkey)
    assert not report.equal
    off = [one for one in report.differences if " + " not in one.field]
    assert off == [Difference(key, field, right, right + 3)]
    assert {one.key for one in report.differences} == {key}
    assert report.differing == len(report.differences)


@pytest.mark.parametrize(
    ("field", "unbalanced"),
    [
        ("channel:sms:revenue:EUR", True),
        ("unattributed:purchases:EUR", True),
        ("orders:DELIVERED:EUR", True),
        ("channel:sms:expected_revenue:EUR", True),
        ("unattributed:expected_purchases:EUR", True),
        ("orders:IN_PROGRESS:EUR", True),
        ("amount:INITIALIZED:EUR", True),
        ("orders:contact_unknown:EUR", False),
        ("orders:CANCELLED:EUR", False),
        ("channel:sms:opened", False),
    ],
)
def test_the_ledger_balances_or_it_says_where_not(
    field: str, unbalanced: bool, shop: Shop, valkey: redis.Redis
) -> None:
    valkey.hincrby(TOTAL, field, 1)
    sums = [one for one in audited(valkey).differences if " + " in one.field]
    assert len(sums) == unbalanced
    assert all(one.key == TOTAL and abs(one.expected - one.found) == 1 for one in sums)


def test_what_is_gone_is_found(shop: Shop, valkey: redis.Redis) -> None:
    valkey.delete("lasttouch:{acme}:campaign:sms:k1", DAY)
    report = audited(valkey)
    assert {one.key for one in report.differences} == {"lasttouch:{acme}:campaign:sms:k1", DAY}
    assert all(one.found == 0 for one in report.differences)


def test_a_row_that_went_is_found_in_all_that_it_counted_for(shop: Shop, valkey: redis.Redis) -> None:
    valkey.hdel("lasttouch:{acme}:rows:2026-01-01", "o1")
    report = audited(valkey)
    assert {one.key.split("}:")[1] for one in report.differences} == {
        *("day:2026-01-01", "campaigns:2026-01-01", "total", "campaign:sms:k1"),
    }


def test_a_part_of_the_days_says_nothing_of_all_days(shop: Shop, valkey: redis.Redis) -> None:
    valkey.hset(TOTAL, "revenue:EUR", 5)
    valkey.hincrby(DAY, "revenue:JPY", 5)
    report = audited(valkey, first="2026-01-03", last="2026-01-03")
    assert (report.equal, report.totals, report.days, report.orders) == (True, False, 1, 1)
    assert not audited(valkey, first="2026-01-02", last="2026-01-02").equal


def test_days_whose_rows_have_left_are_expired_and_still_have_to_balance(shop: Shop, valkey: redis.Redis) -> None:
    valkey.delete("lasttouch:{acme}:rows:2026-01-01", "lasttouch:{acme}:rows:2026-01-02")
    view = view_of(rows_from="2026-01-03")
    assert ordinal("2026-01-03") == view.rows_from
    report = audited(valkey, view)
    assert report.differences == []
    assert report.expired == ["2026-01-01", "2026-01-02"]
    assert (report.days, report.orders, report.totals) == (3, 1, True)
    assert "2 days up to 2026-01-02 have expired" in summary(report)
    valkey.hincrby(DAY, "channel:email:revenue:JPY", 1)
    assert [one.field for one in audited(valkey, view).differences if one.key == DAY] == [
        "channel:*:revenue:JPY + unattributed:revenue:JPY"
    ]


def test_the_hours_of_a_day_whose_rows_have_left_still_have_to_add_up(shop: Shop, valkey: redis.Redis) -> None:
    valkey.delete("lasttouch:{acme}:rows:2026-01-01", "lasttouch:{acme}:rows:2026-01-02")
    view = view_of(rows_from="2026-01-03")
    valkey.hincrby(DAY, "hour:23:expected_revenue:EUR", 1)
    (off,) = audited(valkey, view).differences
    assert off.field == "hour:*:expected_revenue:EUR + hour:*:unattributed:expected_revenue:EUR"
    assert off.found == off.expected + 1


def test_an_hour_is_that_of_the_accounts_clock(valkey: redis.Redis) -> None:
    Shop(valkey, time_zone="Europe/Kyiv").write(SALES)
    assert audited(valkey, view_of(time_zone="Europe/Kyiv"), first="2026-01-02", last="2026-01-02").equal
    assert not audited(valkey, view_of(time_zone="UTC"), first="2026-01-02", last="2026-01-02").equal


def test_many_rows_are_each_counted_once(valkey: redis.Redis) -> None:
    Shop(valkey).write(
        Sale(f"o{n}", "2026-01-02T00:00:00Z", n + 1, credited=("sms", f"k{n % 7}")) for n in range(5_000)
    )
    report = audited(valkey)
    assert (report.equal, report.orders) == (True, 5_000)


def test_counters_behind_their_rows_are_waited_for(
    shop: Shop, valkey: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    valkey.hincrby(DAY, "revenue:JPY", 1)
    waited: list[float] = []

    def counters_come(seconds: float) -> None:
        waited.append(seconds)
        valkey.hincrby(DAY, "revenue:JPY", -1)

    monkeypatch.setattr(auditing, "time", SimpleNamespace(sleep=counters_come))
    assert audited(valkey).equal
    assert waited == [auditing.SETTLE_S]


def test_the_differences_are_a_table_within_the_terminal(shop: Shop, valkey: redis.Redis) -> None:
    valkey.hset(layout.campaigns_key("acme", ordinal("2026-01-01")), "sms:k1:revenue:EUR", 1)
    report = audited(valkey)
    lines = differences_lines(report, 80)
    assert all(len(line) <= 80 for line in lines)
    assert any("1050" in line and line.endswith(" 1") for line in lines)
    assert "1 differ" in summary(report)


def test_of_very_many_differences_the_first_are_listed(
    shop: Shop, valkey: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auditing, "DIFFERENCES_SHOWN_MAX", 5)
    for key in valkey.scan_iter("lasttouch:{acme}:day:*"):
        valkey.delete(key)
    report = audited(valkey)
    assert len(report.differences) == 5
    assert report.differing > 20
    assert "… and " in "\n".join(differences_lines(report, 80))
