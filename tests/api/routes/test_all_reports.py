"""Every report over HTTP: what it answers, as JSON and CSV, and what it refuses."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
import redis

from cli.main import main
from config.tokens_file import Role
from connectors.embedded.servers import EmbeddedValkey
from tests.api.asking import Asker
from tests.reports.shop import Sale, Shop, Touched

MAY = {"from": "2026-05-01", "to": "2026-05-03"}
FLAGS = ("--account", "acme", "--from", "2026-05-01", "--to", "2026-05-03")
PAGE = "/v1/reports/campaigns/email/a%2Fb"
REPORTS = [
    ("/v1/reports/campaigns", {}),
    ("/v1/reports/channels", {}),
    ("/v1/reports/purchases", {"campaign": "a/b"}),
    ("/v1/reports/orders", {}),
    ("/v1/reports/timeline", {}),
    ("/v1/reports/timeline", {"by": "channel"}),
    ("/v1/reports/timeline", {"by": "hour", "to": "2026-05-01"}),
    (PAGE, {}),
]


@pytest.fixture
def shop(valkey: redis.Redis, valkey_server: EmbeddedValkey, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """At the address that commands find by themselves."""
    monkeypatch.setenv("LASTTOUCH_REDIS_URL", valkey_server.url)
    return (
        Shop(valkey)
        .known(currency="EUR", time_zone="UTC", as_of="2026-05-03T00:00:00.000Z")
        .named("email", "a/b", "Spring")
        .write(
            [
                Sale("o1", "2026-05-01T10:00:00Z", 1_000, credited=("email", "a/b")),
                Sale("o2", "2026-05-01T11:00:00Z", 2_000, credited=("sms", "a/b")),
                Sale("o3", "2026-05-02T11:00:00Z", 400, credited=("sms", "c")),
                Sale("o4", "2026-05-02T11:00:00Z", 99),
                Sale("o5", "2026-05-03T11:00:00Z", 50, status="IN_PROGRESS", expected=("email", "a/b")),
                Sale("o6", "2026-05-03T11:00:00Z", 7, "JPY", credited=("email", "a/b")),
                Sale("o7", "2026-05-03T12:00:00Z", 70, contact="ann@example.org"),
            ],
            [Touched("2026-05-01", "email", "a/b", "clicked", 4)],
        )
    )


@pytest.mark.parametrize(
    ("report", "asked"),
    [
        ("campaigns", {"currency": "JPY"}),
        ("channels", {}),
        ("channels", {"currency": "JPY"}),
        ("purchases", {"campaign": "a/b"}),
        ("purchases", {"campaign": "a/b", "channel": "sms"}),
        ("purchases", {"campaign": "a/b", "limit": "1"}),
        ("orders", {}),
        ("orders", {"status": "IN_PROGRESS"}),
        ("orders", {"limit": "2", "currency": "JPY"}),
    ],
    ids=str,
)
def test_it_is_the_commands_report(
    shop: Shop, api: Asker, capsys: pytest.CaptureFixture[str], report: str, asked: dict[str, str]
) -> None:
    flags = [word for name, value in asked.items() for word in (f"--{name}", value)]
    by_command = {}
    for form in ("json", "csv"):
        main(["report", report, *FLAGS, *flags, "--format", form])
        by_command[form] = capsys.readouterr().out
    assert api.get(f"/v1/reports/{report}", params=MAY | asked).text + "\n" == by_command["json"]
    as_csv = api.get(f"/v1/reports/{report}", params=MAY | asked | {"format": "csv"}).content.decode("utf-8-sig")
    # Standard output, where it is text, has the lines end its own way.
    assert as_csv.replace("\r\n", "\n") == by_command["csv"].replace("\r\n", "\n")


@pytest.mark.parametrize(("path", "asked"), REPORTS, ids=str)
def test_each_is_never_kept_by_anybody_on_the_way(shop: Shop, api: Asker, path: str, asked: dict[str, str]) -> None:
    for form in ({}, {"format": "csv"}):
        answer = api.get(path, params=MAY | asked | form)
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(("path", "asked"), REPORTS, ids=str)
def test_each_begins_with_whose_it_is_and_says_how_fresh_it_is(
    shop: Shop, api: Asker, path: str, asked: dict[str, str]
) -> None:
    report = api.get(path, params=MAY | asked).json()
    assert {name: report[name] for name in ("account", "from", "to", "currency", "as_of", "catching_up")} == {
        "account": "acme",
        "currency": "EUR",
        "as_of": "2026-05-03T00:00:00.000Z",
        "catching_up": False,
        **(MAY | {name: value for name, value in asked.items() if name == "to"}),
    }


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/v1/reports/channels", "channels"),
        ("/v1/reports/purchases?campaign=a", "purchases"),
        ("/v1/reports/orders", "orders"),
        ("/v1/reports/timeline", "timeline"),
        (PAGE, "campaign"),
    ],
)
def test_csv_is_saved_under_a_name_that_says_what_it_is(api: Asker, path: str, name: str) -> None:
    query = "&".join(["", *(f"{field}={value}" for field, value in MAY.items()), "format=csv"])
    answer = api.get(path + (query if "?" in path else query.replace("&", "?", 1)))
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}-acme-2026-05-01-2026-05-03.csv"'
    assert answer.content.startswith(b"\xef\xbb\xbf")


def test_a_page_of_a_list_leads_to_the_next_one(shop: Shop, api: Asker) -> None:
    first = api.get("/v1/reports/orders", params=MAY | {"limit": "4"}).json()
    second = api.get("/v1/reports/orders", params=MAY | {"limit": "4", "cursor": first["next"]}).json()
    assert [row["order"] for row in first["orders"]] == ["o7", "o5", "o6", "o3"]
    assert [row["order"] for row in second["orders"]] == ["o4", "o2", "o1"]
    assert second["next"] is None
    assert first["totals"] == second["totals"]


@pytest.mark.parametrize("asked_format", ["json", "csv"])
def test_a_page_says_in_its_head_where_the_next_one_is(shop: Shop, api: Asker, asked_format: str) -> None:
    asked = MAY | {"status": "DELIVERED", "limit": "2", "format": asked_format}
    listed = api.get("/v1/reports/orders", params=MAY | {"status": "DELIVERED"})
    pages = [api.get("/v1/reports/orders", params=asked)]
    while following := pages[-1].links.get("next"):
        pages.append(api.get(f"/v1/reports/orders{following['url']}"))

    if asked_format == "json":
        rows = [row["order"] for page in pages for row in page.json()["orders"]]
    else:
        texts = [page.content.decode("utf-8-sig") for page in pages]
        rows = [row["order"] for text in texts for row in csv.DictReader(io.StringIO(text))]
    assert rows == [row["order"] for row in listed.json()["orders"]]
    assert len(pages) == (len(rows) + 1) // 2 > 1


def test_the_page_of_a_campaign_whose_id_has_a_slash(shop: Shop, api: Asker) -> None:
    page = api.get(PAGE, params=MAY).json()
    assert (page["channel"], page["campaign"]) == ("email", "a/b")
    [row] = [
        row
        for row in api.get("/v1/reports/campaigns", params=MAY | {"channel": "email"}).json()["campaigns"]
        if row["campaign"] == "a/b"
    ]
    assert page["row"] == row
    assert row["name"] == "Spring"
    assert (
        page["days"]
        == (api.get("/v1/reports/timeline", params=MAY | {"channel": "email", "campaign": "a/b"}).json()["days"])
    )
    assert page["formula"].startswith("A sale is a delivered order that was made within 24 hours after a click")
    assert [(each["from"], each["to"]) for each in page["formulas"]] == [
        ("2026-05-01T00:00:00.000+00:00", "2026-05-04T00:00:00.000+00:00")
    ]
    assert page["excluded_tags"] == []


def test_a_campaign_nobody_has_heard_of_is_no_error(api: Asker) -> None:
    answer = api.get("/v1/reports/campaigns/telegram/none", params=MAY)
    assert answer.status_code == 200
    assert (answer.json()["row"]["purchases"], len(answer.json()["days"])) == (0, 3)
    assert answer.json()["formula"] == "This channel earns nothing: no event connects it to a sale."


def test_a_timeline_is_of_all_of_a_channel_or_of_a_campaign(shop: Shop, api: Asker) -> None:
    def purchases(**asked: str) -> list[int]:
        return [day["purchases"] for day in api.get("/v1/reports/timeline", params=MAY | asked).json()["days"]]

    assert purchases() == [2, 1, 0]
    assert purchases(channel="sms") == [1, 1, 0]
    assert purchases(campaign="a/b") == [2, 0, 0]
    assert purchases(campaign="a/b", channel="sms") == [1, 0, 0]
    assert purchases(currency="JPY") == [0, 0, 1]
    assert purchases(by="channel") == [2, 1, 0]


def test_hours_stand_instead_of_days(shop: Shop, api: Asker) -> None:
    report = api.get("/v1/reports/timeline", params={"from": "2026-05-01", "to": "2026-05-01", "by": "hour"}).json()
    assert "days" not in report
    assert [hour["purchases"] for hour in report["hours"]][9:13] == [0, 1, 1, 0]


def test_a_viewer_sees_no_persons(shop: Shop, api: Asker) -> None:
    for path, rows in (("/v1/reports/orders", "orders"), ("/v1/reports/purchases?campaign=a/b", "purchases")):
        query = "&".join(f"{name}={value}" for name, value in MAY.items())
        shown, hidden = (
            api.get(path + ("&" if "?" in path else "?") + query, role).json()[rows]
            for role in (Role.MARKETER, Role.VIEWER)
        )
        personal = {"email": None, "phone": None, "first_name": None, "last_name": None}
        right = [row | personal | ({"contact": None} if "@" in (row["contact"] or "") else {}) for row in shown]
        assert hidden == right != shown


def test_every_asker_at_the_same_time_gets_the_report_of_its_own_account(shop: Shop, api: Asker) -> None:
    acme, other = (api.get("/v1/reports/campaigns", account=account, params=MAY) for account in ("acme", "other"))
    assert [report.json()["account"] for report in (acme, other)] == ["acme", "other"]
    assert (len(acme.json()["campaigns"]), other.json()["campaigns"]) == (3, [])


@pytest.mark.parametrize(
    ("path", "asked", "field"),
    [
        ("/v1/reports/channels", {"channel": "sms"}, "channel"),
        ("/v1/reports/purchases", {}, "campaign"),
        ("/v1/reports/purchases", {"campaign": ""}, "campaign"),
        ("/v1/reports/purchases", {"campaign": "a" * 257}, "campaign"),
        ("/v1/reports/purchases", {"campaign": "a", "limit": "1001"}, "limit"),
        ("/v1/reports/orders", {"status": "SOLD"}, "status"),
        ("/v1/reports/orders", {"limit": "0"}, "limit"),
        ("/v1/reports/orders", {"limit": "2.0"}, "limit"),
        ("/v1/reports/orders", {"cursor": "no"}, "cursor"),
        ("/v1/reports/orders", {"currency": "EURO"}, "currency"),
        ("/v1/reports/timeline", {"by": "day"}, "by"),
        ("/v1/reports/timeline", {"by": "null"}, "by"),
        ("/v1/reports/timeline", {"by": "hour"}, "to"),
        ("/v1/reports/timeline", {"by": "hour", "to": "2026-05-01", "channel": "sms"}, "channel"),
        ("/v1/reports/timeline", {"by": "hour", "to": "2026-05-01", "campaign": "a"}, "campaign"),
        ("/v1/reports/timeline", {"from": "0001-01-01", "to": "9999-12-31"}, "to"),
        ("/v1/reports/timeline", {"campaign": ""}, "campaign"),
        ("/v1/reports/timeline", {"limit": "5"}, "limit"),
        ("/v1/reports/campaigns/SMS/a", {}, "channel"),
        ("/v1/reports/campaigns/sms/" + "a" * 257, {}, "campaign"),
        ("/v1/reports/campaigns/sms/a", {"from": "0001-01-01", "to": "9999-12-31"}, "to"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_what_is_wrong_is_named(api: Asker, path: str, asked: dict[str, Any], field: str) -> None:
    answer = api.get(path, params=MAY | asked)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert [error["field"] for error in answer.json()["errors"]] == [field]


@pytest.mark.parametrize(("path", "asked"), REPORTS, ids=str)
def test_what_takes_in_events_reads_no_reports(api: Asker, path: str, asked: dict[str, str]) -> None:
    assert api.get(path, Role.INGEST, params=MAY | asked).json()["code"] == "forbidden"
    assert api.get(path, params=MAY | asked | {"account": "other"}).json()["code"] == "forbidden"


def test_whatever_the_period_days_of_the_far_past_and_future_are_days(api: Asker) -> None:
    for first, last in (("0001-01-01", "0001-01-03"), ("9999-12-29", "9999-12-31")):
        for path in ("/v1/reports/timeline", PAGE):
            answer = api.get(path, params={"from": first, "to": last})
            assert answer.status_code == 200
            assert len(answer.json()["days"]) == 3
