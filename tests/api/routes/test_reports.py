"""The reports over HTTP are those of the commands."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import redis

from cli.main import main
from config.tokens_file import Role
from connectors.embedded.servers import EmbeddedValkey
from tests.api.asking import Asker
from tests.reports.shop import Sale, Shop, Touched

JANUARY = {"from": "2026-01-01", "to": "2026-01-31"}
PERIOD = ("--account", "acme", "--from", "2026-01-01", "--to", "2026-01-31")


@pytest.fixture
def shop(valkey: redis.Redis, valkey_server: EmbeddedValkey, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """A shop with sales by two campaigns, at the address that commands find by themselves."""
    monkeypatch.setenv("LASTTOUCH_REDIS_URL", valkey_server.url)
    return (
        Shop(valkey)
        .known(currency="EUR", time_zone="Europe/Kyiv", as_of="2026-01-03T00:00:00.000Z")
        .write(
            [
                Sale("o1", "2026-01-01T10:00:00Z", 1_000, credited=("sms", "k1")),
                Sale("o2", "2026-01-02T10:00:00Z", 2_000, credited=("email", "=k2")),
                Sale("o3", "2026-01-03T10:00:00Z", 7, "JPY", credited=("sms", "k1")),
            ],
            [Touched("2026-01-01", "sms", "k1", "clicked", 4)],
        )
    )


def test_the_campaigns_report_is_the_commands(shop: Shop, api: Asker, capsys: pytest.CaptureFixture[str]) -> None:
    main(["report", "campaigns", *PERIOD, "--format", "json", "--channel", "sms", "--currency", "JPY"])
    by_command = capsys.readouterr().out

    answer = api.get("/v1/reports/campaigns", params=JANUARY | {"channel": "sms", "currency": "JPY"})

    assert answer.status_code == 200
    assert answer.text + "\n" == by_command
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("asked", [{"params": {"format": "csv"}}, {"headers": {"Accept": "text/csv"}}])
def test_csv_is_a_download_for_spreadsheets(
    shop: Shop, api: Asker, capsys: pytest.CaptureFixture[str], asked: dict[str, dict[str, str]]
) -> None:
    main(["report", "campaigns", *PERIOD, "--format", "csv"])
    by_command = capsys.readouterr().out

    answer = api.get(
        "/v1/reports/campaigns", params=JANUARY | asked.get("params", {}), headers=asked.get("headers", {})
    )

    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == ('attachment; filename="campaigns-acme-2026-01-01-2026-01-31.csv"')
    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert answer.content.decode("utf-8-sig").replace("\r\n", "\n") == by_command.replace("\r\n", "\n")
    assert [row["campaign"] for row in csv.DictReader(io.StringIO(answer.text))] == ["'=k2", "k1"]


def test_a_viewer_gets_no_csv(shop: Shop, api: Asker) -> None:
    by_parameter = api.get("/v1/reports/campaigns", Role.VIEWER, params={"format": "csv"})
    by_header = api.get("/v1/reports/campaigns", Role.VIEWER, headers={"Accept": "text/csv"})
    for answer in (by_parameter, by_header):
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


def test_a_limit_cuts_the_rows_and_not_the_total(shop: Shop, api: Asker) -> None:
    report = api.get("/v1/reports/campaigns", params=JANUARY | {"limit": "1"}).json()

    assert [row["campaign"] for row in report["campaigns"]] == ["=k2"]
    assert report["total"]["campaigns"] == 2
    assert report["total"]["revenue"] == "30.00"


def test_without_a_period_it_is_the_last_30_days_of_the_accounts_zone(shop: Shop, api: Asker) -> None:
    before = datetime.now(ZoneInfo("Europe/Kyiv")).date()
    report = api.get("/v1/reports/campaigns").json()
    after = datetime.now(ZoneInfo("Europe/Kyiv")).date()

    assert report["to"] in {before.isoformat(), after.isoformat()}
    to = datetime.fromisoformat(report["to"])
    assert report["from"] == (to - timedelta(days=29)).date().isoformat()


def test_an_account_without_a_view_has_an_empty_report(api: Asker) -> None:
    report = api.get("/v1/reports/campaigns").json()

    today = datetime.now(UTC).date()
    assert abs((datetime.fromisoformat(report["to"]).date() - today).days) <= 1
    assert report["campaigns"] == []
    assert report["currency"] == "EUR"


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"from": "2026-02-30", "to": "2026-03-01"}, "from"),
        ({"from": "2026-03-02", "to": "2026-03-01"}, "from"),
        ({"from": "2026-03-02"}, "to"),
        ({"to": "2026-03-02"}, "from"),
        ({"channel": "Бабуся"}, "channel"),
        ({"channel": ""}, "channel"),
        ({"currency": "EURO"}, "currency"),
        ({"limit": "0"}, "limit"),
        ({"limit": "1001"}, "limit"),
        ({"limit": "many"}, "limit"),
        ({"limit": "null"}, "limit"),
        ({"limit": ""}, "limit"),
        ({"limit": "1.0"}, "limit"),
        ({"limit": "1e2"}, "limit"),
        ({"format": "null"}, "format"),
        ({"format": ""}, "format"),
        ({"format": "xml"}, "format"),
        ({"frm": "2026-01-01"}, "frm"),
        ({"from": ["2026-01-01", "2026-01-02"], "to": "2026-01-03"}, "from"),
    ],
    ids=str,
)
def test_a_wrong_parameter_is_named(api: Asker, asked: dict[str, str], field: str) -> None:
    answer = api.get("/v1/reports/campaigns", params=asked)

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert answer.json()["errors"][0]["message"]


def test_a_query_that_is_no_utf_8_is_refused(api: Asker) -> None:
    answer = api.get("/v1/reports/campaigns?channel=%ff")

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
