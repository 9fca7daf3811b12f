"""`lasttouch audit` as a person and a program call it."""

from __future__ import annotations

import json

import pytest
import redis

from cli.main import main
from connectors.embedded.servers import EmbeddedValkey
from tests.reports.shop import Sale, Shop

PERIOD = ("--account", "acme", "--from", "2026-01-01", "--to", "2026-01-31")
TOTAL = "lasttouch:{acme}:total"


@pytest.fixture
def shop(valkey: redis.Redis, valkey_server: EmbeddedValkey, monkeypatch: pytest.MonkeyPatch) -> Shop:
    monkeypatch.setenv("LASTTOUCH_REDIS_URL", valkey_server.url)
    sales = [Sale("o1", "2026-01-01T10:00:00Z", 1_000, credited=("sms", "k1")), Sale("o2", "2026-01-02T10:00:00Z")]
    return Shop(valkey).known(currency="EUR", time_zone="UTC").write(sales)


def test_all_equal_is_one_line_and_status_0(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", *PERIOD]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    (line,) = out.splitlines()
    assert "2 orders of 2 days" in line
    assert "all are equal" in line


def test_a_difference_is_shown_with_its_key_and_ends_with_status_1(
    shop: Shop, valkey: redis.Redis, capsys: pytest.CaptureFixture[str]
) -> None:
    valkey.hincrby(TOTAL, "revenue:EUR", 1)
    assert main(["audit", *PERIOD]) == 1
    out, err = capsys.readouterr()
    (complaint,) = err.splitlines()
    assert complaint.startswith("lasttouch: audit: 1 of ")
    (line,) = (line for line in out.splitlines() if TOTAL in line)
    assert line.split() == [TOTAL, "revenue:EUR", "1000", "1001"]


def test_for_programs(shop: Shop, valkey: redis.Redis, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", *PERIOD, "--format", "json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["from"], answer["to"]) == ("2026-01-01", "2026-01-31")
    assert (answer["equal"], answer["differences"], answer["expired"]) == (True, [], [])
    valkey.hdel(TOTAL, "revenue:EUR")
    assert main(["audit", *PERIOD, "--format", "json"]) == 1
    answer = json.loads(capsys.readouterr().out)
    assert (answer["equal"], answer["differing"]) == (False, 1)
    assert answer["differences"] == [{"key": TOTAL, "field": "revenue:EUR", "expected": 1000, "found": 0}]


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--account", "acme", "--from", "2026-01-01"], "--to"),
        ([*PERIOD, "--from", "2026-02-01"], "from"),
        ([*PERIOD, "--format", "csv"], "--format"),
        ([*PERIOD, "--account", ""], "account"),
    ],
)
def test_wrong_input(arguments: list[str], word: str, shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    (line,) = err.splitlines()
    assert word in line
