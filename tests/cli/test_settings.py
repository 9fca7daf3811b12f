"""`lasttouch settings show`, `set` and `preview`, over the store of a real run, and what a change then does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from cli.main import main
from connectors.embedded.servers import EmbeddedValkey
from state.event_json import read_line
from state.events import SettingsChange
from tests.e2e.running import Runs
from tests.e2e.shop_files import generated
from tests.reference.values import moment_ms

PERIOD = ("--from", "2026-01-01", "--to", "2026-01-31")
FLAGS = ("--channel", "email=opened:3d", "--channel", "sms=delivered:1h", "--excluded-tag", "transactional")
SINCE = "2026-01-07T12:00:00.000Z"


@pytest.fixture(scope="module")
def runs(valkey_server: EmbeddedValkey, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    with redis.Redis.from_url(valkey_server.url) as client:
        client.flushall()
    folder = tmp_path_factory.mktemp("settings")
    started = Runs(folder, valkey_server.url)
    started.run(generated(folder / "week.jsonl", 6_000, seed=5))
    yield started
    started.end_all()


@pytest.fixture
def settings(runs: Runs, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Settings:
    monkeypatch.setenv("LASTTOUCH_RECOVERY_DIR", str(runs.recovery_dir()))
    monkeypatch.setenv("LASTTOUCH_REDIS_URL", runs.redis_url)
    return Settings(capsys)


class Settings:
    """The command, in this process."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def run(self, command: str, *arguments: str, status: int = 0) -> str:
        """What it prints: on stdout, or, if it fails, its one line on stderr."""
        assert main(["settings", command, "--account", "acme", *arguments]) == status
        out, err = self._capsys.readouterr()
        if status == 0:
            return out
        assert out == ""
        (line,) = err.splitlines()
        return line

    def json(self, command: str, *arguments: str) -> Any:
        return json.loads(self.run(command, *arguments))


def test_show(settings: Settings) -> None:
    shown = settings.json("show", "--format", "json")
    assert (shown["account"], shown["source"]) == ("acme", "recovery store")
    assert shown["versions"] == [shown["now"]]
    assert shown["now"]["effective_from"] is None
    assert "EUR (default)" in settings.run("show")


def test_show_an_account_that_the_dataflow_has_not_heard_of(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text('[accounts.new]\ncurrency = "UAH"\n')
    for store in ((), ("--recovery-dir", str(tmp_path / "none"))):
        shown = settings.json("show", "--account", "new", "--settings", str(file), "--format", "json", *store)
        assert (shown["source"], shown["now"]["currency"]) == ("settings file", "UAH")
    assert not (tmp_path / "none").exists()


def test_set_makes_one_whole_event_of_what_is_in_force_and_what_is_given(settings: Settings) -> None:
    printed = settings.run("set", "--print", "--effective-from", SINCE, *FLAGS, "--no-ignore-automated")
    (line,) = printed.splitlines()
    event = json.loads(line)
    assert {name: event[name] for name in ("type", "account", "effective_from")} == {
        "type": "settings",
        "account": "acme",
        "effective_from": SINCE,
    }
    assert event["channels"] == {
        "email": {"event": "opened", "window": "3d"},
        "sms": {"event": "delivered", "window": "1h"},
    }
    assert (event["excluded_tags"], event["ignore_automated"]) == (["transactional"], False)
    assert (event["show_sales"], event["currency"], event["time_zone"]) == (True, "EUR", "UTC")
    _, read = read_line(line.encode(), moment_ms(event["time"]))
    assert isinstance(read, SettingsChange)
    assert read.effective_from == moment_ms(SINCE)


def test_set_holds_from_now_on_by_default(settings: Settings) -> None:
    event = settings.json("set", "--print", "--currency", "UAH")
    assert event["effective_from"] == event["time"]


def test_set_may_begin_with_a_file_and_empty_what_is_a_list(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text('[accounts.acme]\ncurrency = "UAH"\nexcluded_tags = ["service"]\n')
    from_file = settings.json("set", "--print", "--from-file", str(file))
    assert (from_file["currency"], from_file["excluded_tags"]) == ("UAH", ["service"])
    both = settings.json("set", "--print", "--from-file", str(file), "--no-excluded-tags", "--no-channels")
    assert (both["currency"], both["excluded_tags"], both["channels"]) == ("UAH", [], {})


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], ["settings", "--currency"]),
        (["--currency", "euro"], ["currency", "euro"]),
        (["--time-zone", "Kyiv"], ["time_zone", "Kyiv"]),
        (["--channel", "email"], ["--channel", "email"]),
        (["--channel", "email=clicked"], ["--channel", "email=clicked"]),
        (["--channel", "email=clicked:1h", "--channel", " email=opened:2h"], ["--channel", "'email'", "twice"]),
        (["--channel", "email=bought:24h"], ["channels.email.event", "bought"]),
        (["--channel", "email=clicked:1y"], ["channels.email.window", "1y"]),
        (["--channel", "E-Mail=clicked:24h"], ["channels.E-Mail"]),
        (["--currency", "EUR", "--effective-from", "2026-01-01"], ["--effective-from", "2026-01-01"]),
        (["--currency", "EUR", "--effective-from", "2026-01-01T00:00:00"], ["--effective-from", "offset"]),
        (["--currency", "EUR", "--account", ""], ["account"]),
        (["--from-file", "nowhere.toml"], ["nowhere.toml"]),
    ],
)
def test_wrong_changes_are_refused_by_set_and_preview(
    arguments: list[str], words: list[str], settings: Settings
) -> None:
    for line in (
        settings.run("set", "--print", *arguments, status=2),
        settings.run("preview", *PERIOD, *arguments, status=2),
    ):
        assert all(word in line for word in words), line


def test_no_kafka(settings: Settings) -> None:
    address = "127.0.0.1:1"
    line = settings.run("set", "--currency", "UAH", "--kafka-bootstrap-servers", address, status=1)
    assert address in line


def test_what_a_preview_says_is_what_the_change_then_does(
    settings: Settings, runs: Runs, valkey_server: EmbeddedValkey, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Last of all: it changes the settings."""

    def campaigns() -> dict[tuple[str, str], tuple[int, str, int, str]]:
        assert main(["report", "campaigns", "--account", "acme", *PERIOD, "--format", "json"]) == 0
        rows = json.loads(capsys.readouterr().out)["campaigns"]
        return {(row["channel"], row["campaign"]): tuple(row[figure] for figure in figures) for row in rows}

    figures = ("purchases", "revenue", "expected_purchases", "expected_revenue")
    nothing = (0, "0.00", 0, "0.00")
    before = campaigns()
    flags = (*FLAGS, "--effective-from", SINCE)
    said = settings.json("preview", *PERIOD, *flags, "--format", "json")
    assert "lasttouch" not in settings.run("preview", *PERIOD, *flags)
    assert campaigns() == before
    events = tmp_path / "settings.jsonl"
    events.write_text(settings.run("set", "--print", *flags))
    runs.run(events)
    after = campaigns()
    assert (said["currency_before"], said["currency_after"]) == ("EUR", "EUR")
    changed = {(row["channel"], row["campaign"]): row for row in said["campaigns"]}
    assert len(changed) > 5
    for campaign in before.keys() | after.keys():
        was, now = before.get(campaign, nothing), after.get(campaign, nothing)
        row = changed.pop(campaign, None)
        if row is None:
            assert was == now
            continue
        assert tuple(row[f"{figure}_before"] for figure in figures) == was
        assert tuple(row[f"{figure}_after"] for figure in figures) == now
    assert not changed
    shown = settings.json("show", "--format", "json")
    assert [version["effective_from"] for version in shown["versions"]] == [None, SINCE]
    assert shown["now"] == shown["versions"][1]
    assert "nothing would change" in settings.run("preview", *PERIOD, *flags)
    assert main(["audit", "--account", "acme", *PERIOD]) == 0
