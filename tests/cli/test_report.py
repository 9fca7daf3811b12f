"""`lasttouch report` as a person and a program call it."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import redis

from cli.main import main
from connectors.embedded.servers import EmbeddedValkey
from tests.reports.shop import Sale, Shop, Touched
from tests.waiting import PATIENCE_S

PERIOD = ("--account", "acme", "--from", "2026-01-01", "--to", "2026-01-31")


@pytest.fixture
def shop(valkey: redis.Redis, valkey_server: EmbeddedValkey, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """A shop with three orders, at the address that commands find by themselves."""
    monkeypatch.setenv("LASTTOUCH_REDIS_URL", valkey_server.url)
    return (
        Shop(valkey)
        .known(currency="EUR", time_zone="UTC", as_of="2026-01-03T00:00:00.000Z")
        .write(
            [
                Sale("o1", "2026-01-01T10:00:00Z", 1_000, credited=("sms", "k1")),
                Sale("o2", "2026-01-02T10:00:00Z", 2_000),
                Sale("o3", "2026-01-03T10:00:00Z", 7, "JPY", credited=("sms", "k1")),
            ],
            [Touched("2026-01-01", "sms", "k1", "clicked", 4)],
        )
    )


def report(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, object]:
    assert main(["report", *arguments, "--format", "json"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    answer = json.loads(out)
    assert isinstance(answer, dict)
    return answer


def test_each_report_is_written_as_json(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    campaigns = report(capsys, "campaigns", *PERIOD)
    assert campaigns["total"] == {
        "campaigns": 1,
        "purchases": 1,
        "average_check": "10.00",
        "revenue": "10.00",
        "expected_purchases": 0,
        "expected_revenue": "0.00",
    }
    channels = report(capsys, "channels", *PERIOD)
    nothing = {"expected_purchases": 0, "expected_revenue": "0.00"}
    assert channels["total"] == {"purchases": 2, "revenue": "30.00", **nothing}
    orders = report(capsys, "orders", *PERIOD)
    assert [row["order"] for row in rows(orders, "orders")] == ["o3", "o2", "o1"]
    purchases = report(capsys, "purchases", *PERIOD, "--campaign", "k1")
    assert [row["order"] for row in rows(purchases, "purchases")] == ["o3", "o1"]
    assert campaigns["as_of"] == channels["as_of"] == orders["as_of"] == purchases["as_of"]


def rows(answer: dict[str, object], name: str) -> list[dict[str, object]]:
    found = answer[name]
    assert isinstance(found, list)
    return found


def test_options_reach_the_report(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    in_yen = report(capsys, "campaigns", *PERIOD, "--currency", "JPY", "--channel", "sms")
    assert (in_yen["currency"], in_yen["channel"]) == ("JPY", "sms")
    assert rows(in_yen, "campaigns")[0]["revenue"] == "7"
    assert rows(report(capsys, "campaigns", *PERIOD, "--channel", "email"), "campaigns") == []
    assert rows(report(capsys, "orders", *PERIOD, "--status", "CANCELLED"), "orders") == []
    bought = ("purchases", *PERIOD, "--campaign", "k1", "--channel")
    assert [row["order"] for row in rows(report(capsys, *bought, "sms"), "purchases")] == ["o3", "o1"]
    assert rows(report(capsys, *bought, "email"), "purchases") == []


def test_a_cursor_leads_from_page_to_page(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    first = report(capsys, "orders", *PERIOD, "--limit", "2")
    second = report(capsys, "orders", *PERIOD, "--limit", "2", "--cursor", str(first["next"]))

    assert [row["order"] for row in rows(first, "orders") + rows(second, "orders")] == ["o3", "o2", "o1"]
    assert second["next"] is None


def test_nobody_gets_an_empty_report(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    nobody = ("--account", "nobody", "--from", "0001-01-01", "--to", "9999-12-31")

    assert rows(report(capsys, "purchases", *nobody, "--campaign", "k1"), "purchases") == []
    assert rows(report(capsys, "campaigns", *nobody), "campaigns") == []


def test_an_unknown_account_is_shown_as_its_settings_file_begins_it(
    shop: Shop, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "settings.toml"
    path.write_text('[default]\ncurrency = "JPY"\n[accounts.new]\ntime_zone = "Asia/Tokyo"\n')
    between = ("--from", "2026-01-01", "--to", "2026-01-31", "--settings", str(path))

    new = report(capsys, "channels", "--account", "new", *between)
    other = report(capsys, "channels", "--account", "other", *between)
    known = report(capsys, "channels", "--account", "acme", *between)

    assert (new["currency"], new["time_zone"]) == ("EUR", "Asia/Tokyo")
    assert (other["currency"], other["time_zone"]) == ("JPY", "UTC")
    assert known["currency"] == "EUR"


def test_csv_goes_to_stdout_and_what_is_missing_from_it_to_stderr(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", "orders", *PERIOD, "--format", "csv", "--limit", "2"]) == 0

    out, err = capsys.readouterr()
    assert [row["order"] for row in csv.DictReader(io.StringIO(out))] == ["o3", "o2"]
    assert err.startswith("more: --cursor ")


def test_a_table_is_what_one_gets_without_asking(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "campaigns", *PERIOD]) == 0

    out, err = capsys.readouterr()
    assert out.startswith("Campaigns of acme, all channels, 2026-01-01 to 2026-01-31\nEUR, days and times of UTC\n")
    assert "\nas of 2026-01-03T00:00:00.000Z\n" in out
    assert err == ""


@pytest.mark.parametrize("arguments", [["--help"], ["report", "--help"], ["report", "orders", "-h"], ["--version"]])
def test_help_and_version_are_no_errors(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 0

    out, err = capsys.readouterr()
    assert out.strip()
    assert err == ""


@pytest.mark.parametrize("command", ["demo", "run", "ingest", "report", "generate"])
def test_help_lists_every_command(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    main(["--help"])

    assert f" {command} " in capsys.readouterr().out


@pytest.mark.parametrize("form", ["table", "json", "csv"])
def test_a_redis_that_is_not_there_is_named(form: str) -> None:
    url = "redis://me:hush@127.0.0.1:1/3"

    ended = run("report", "orders", *PERIOD, "--redis-url", url, "--format", form)

    assert ended.returncode == 1
    assert ended.stdout == ""
    (line,) = ended.stderr.splitlines()
    assert url.replace("me:hush", "***") in line
    assert "hush" not in line


def test_a_report_does_not_wait_for_what_only_other_commands_need() -> None:
    program = (
        "import sys, cli.main; cli.main.main(['report', 'orders', '--frobnicate']); "
        "print(sorted({'bytewax', 'confluent_kafka', 'phonenumbers', 'structlog'} & sys.modules.keys()))"
    )

    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)

    assert ended.stdout == "[]\n"


@pytest.mark.parametrize("form", ["table", "json", "csv"])
def test_a_pipe_that_nobody_reads_is_no_traceback(shop: Shop, form: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "cli.main", "report", "orders", *PERIOD, "--format", form]

    ended = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE)
    os.close(writing)

    assert ended.stderr == b""
    assert ended.returncode == 1


def test_ctrl_c_ends_a_report_with_130_and_in_silence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        # A child of a shell's background job would ignore SIGINT.
        program = (
            "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); "
            "import cli.main; sys.exit(cli.main.main())"
        )
        command = [sys.executable, "-c", program, "report", "orders", *PERIOD, "--redis-url", url]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            asking, _ = silent.accept()
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=PATIENCE_S)
        asking.close()

    assert process.returncode == 130
    assert (out, err) == (b"", b"")


def test_letters_that_the_terminal_lacks_are_escaped(shop: Shop, valkey: redis.Redis) -> None:
    Shop(valkey).write([Sale("замовлення", "2026-01-06T00:00:00Z")])

    ended = run("report", "orders", *PERIOD, environment={"PYTHONIOENCODING": "ascii"})

    assert ended.returncode == 0
    assert "\\u0437" in ended.stdout


def run(*arguments: str, environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cli.main", *arguments],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        env={**os.environ, **(environment or {})},
    )
