"""Wrong input of any kind ends a command with exit status 2 and one line that has the wrong word in it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from cli.main import main

PERIOD = ("--account", "acme", "--from", "2026-01-01", "--to", "2026-01-31")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], ["command", "report"]),
        (["frobnicate"], ["frobnicate"]),
        (["reprot"], ["reprot", "report"]),
        (["--frobnicate"], ["--frobnicate"]),
        (["-x"], ["-x"]),
        (["report"], ["campaigns", "orders"]),
        (["report", "frobnicate"], ["frobnicate"]),
        (["report", "orders"], ["--account"]),
        (["report", "orders", "--account"], ["--account"]),
        (["report", "orders", "--account", "acme", "--from", "2026-01-01"], ["--to"]),
        (["report", "orders", "--account", "acme", "--to", "2026-01-01"], ["--from"]),
        (["report", "purchases", *PERIOD], ["--campaign"]),
        (["report", "orders", *PERIOD, "extra"], ["extra"]),
        (["run", __file__, "--dead-letters-max", "7x"], ["--dead-letters-max", "7x"]),
        (["run", __file__, "--dead-letters-max", "101%"], ["--dead-letters-max", "101%"]),
        (["run", __file__, "--row-retention-days", "401"], ["--row-retention-days", "401", "400"]),
        (["run", __file__, "--row-retention-days", "0"], ["--row-retention-days", "0"]),
        (["rebuild", "--row-retention-days", "401"], ["--row-retention-days", "401", "400"]),
        (["run", __file__, "--recovery-dir", ""], ["--recovery-dir", "empty"]),
        (["explain", "--account", "acme", "--order", "o1", "--recovery-dir", " "], ["--recovery-dir", "empty"]),
        (["report", "orders", *PERIOD, "--frobnicate"], ["--frobnicate"]),
        (["report", "orders", *PERIOD, "--channel", "sms"], ["--channel"]),
        (["report", "orders", *PERIOD, "--format", "xml"], ["--format", "xml", "json"]),
        (["report", "orders", *PERIOD, "--status", "delivered"], ["status", "delivered", "DELIVERED"]),
        (["report", "orders", *PERIOD, "--limit", "0"], ["limit", "0"]),
        (["report", "orders", *PERIOD, "--limit", "1001"], ["limit", "1001"]),
        (["report", "orders", *PERIOD, "--limit", "many"], ["--limit"]),
        (["report", "orders", *PERIOD, "--cursor", "frobnicate"], ["cursor", "frobnicate"]),
        (["report", "purchases", *PERIOD, "--campaign", "k", "--cursor", ""], ["cursor"]),
        (["report", "purchases", *PERIOD, "--campaign", ""], ["campaign"]),
        (["report", "purchases", *PERIOD, "--campaign", "k" * 257], ["campaign", "257"]),
        (["report", "purchases", *PERIOD, "--campaign", "\udcff"], ["campaign", "UTF-8"]),
        (["report", "campaigns", *PERIOD, "--account", ""], ["account"]),
        (["report", "campaigns", *PERIOD, "--channel", "E-Mail"], ["channel", "E-Mail"]),
        (["report", "campaigns", *PERIOD, "--channel", ""], ["channel"]),
        (["report", "campaigns", *PERIOD, "--currency", "eur"], ["currency", "eur"]),
        (["report", "channels", *PERIOD, "--currency", "XAU"], ["currency", "XAU"]),
        (["report", "channels", *PERIOD, "--from", "2026-02-30"], ["from", "2026-02-30"]),
        (["report", "channels", *PERIOD, "--to", "tomorrow"], ["to", "tomorrow"]),
        (["report", "channels", *PERIOD, "--from", "2026-02-01"], ["from", "2026-02-01"]),
        (["report", "channels", *PERIOD, "--redis-url", "localhost:6379"], ["redis-url", "localhost:6379"]),
        (["report", "channels", *PERIOD, "--settings", "/no/such.toml"], ["/no/such.toml"]),
        (["report", "channels", *PERIOD, "--channel", "a\nb\x1b[31m"], ["--channel"]),
        (["report", "campaigns", *PERIOD, "--channel", "a\nb\x1b[31m"], ["channel"]),
        (["a\n\nb"], ["a\\n\\nb"]),
        (["run", "--topic-touches", "all touches"], ["--topic-touches", "all touches"]),
        (["run", "--topic-dead-letters", ""], ["--topic-dead-letters"]),
        (["run", "--topic-orders", ".."], ["--topic-orders", ".."]),
        (["run", "--topic-orders", "a\n\x1b[31m"], ["--topic-orders"]),
        (["run", "--topic-segments", "s" * 250], ["--topic-segments", "249"]),
        (["run", "--kafka-bootstrap-servers", "kafka:port"], ["--kafka-bootstrap-servers", "kafka:port"]),
        (["run", __file__, "--kafka-bootstrap-servers", "a:1 b:2"], ["--kafka-bootstrap-servers", "a:1 b:2"]),
        (["ingest", __file__, "--kafka-bootstrap-servers", ""], ["--kafka-bootstrap-servers", "HOST:PORT"]),
        (["serve", "--kafka-bootstrap-servers", "kafka:99999"], ["--kafka-bootstrap-servers", "kafka:99999"]),
        (["doctor", "--kafka-bootstrap-servers", "a:1,:2"], ["--kafka-bootstrap-servers", "HOST:PORT"]),
        (
            ["settings", "set", "--account", "a", "--currency", "USD", "--kafka-bootstrap-servers", ":1"],
            ["--kafka-bootstrap-servers", ":1"],
        ),
        (["ingest", "events.jsonl", "--topic-orders", "touches"], ["--topic-orders", "--topic-touches"]),
        (["ingest"], ["FILE"]),
        (["ingest", "events.jsonl", "--too-late"], ["--too-late", "--dead-letters"]),
        (["ingest", "events.jsonl", "--account", "acme"], ["--account", "--dead-letters"]),
        (["ingest", "--dead-letters", "--account", "acme"], ["--account", "FILE"]),
        (["token", "list", "--account", "", "--tokens", "tokens.toml"], ["--account"]),
        (["settings", "set", "--account", "acme"], ["settings", "--currency"]),
        (["settings", "set", "--account", "acme", "--currency", "EURO"], ["currency", "EURO"]),
        (["settings", "set", "--account", "acme", "--from-file", "/no/such.toml"], ["/no/such.toml"]),
        (
            ["settings", "set", "--account", "acme", "--channel", "sms=sent:1h", "--no-channels"],
            ["--channel", "sms=sent:1h", "--no-channels"],
        ),
        (
            ["settings", "preview", *PERIOD, "--excluded-tag", "service", "--no-excluded-tags"],
            ["--excluded-tag", "service", "--no-excluded-tags"],
        ),
        (["settings", "preview", *PERIOD], ["settings", "--currency"]),
        (["settings", "preview", *PERIOD, "--time-zone", "Kyiv"], ["time_zone", "Kyiv"]),
        (["settings", "preview", *PERIOD, "--no-channels", "--effective-from", "now"], ["--effective-from", "now"]),
        (
            ["settings", "set", "--account", "acme", "--topic-profiles", "attributions"],
            ["--topic-profiles", "attributions"],
        ),
    ],
)
def test_one_line_with_the_wrong_word(
    arguments: list[str], words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    status = main(arguments)

    out, err = capsys.readouterr()
    assert status == 2
    assert out == ""
    (line,) = err.splitlines()
    assert line.strip()
    assert line.isprintable()
    assert all(word in line for word in words), line
    assert "Usage" not in line


def test_a_wrong_settings_file_is_refused_though_the_account_might_be_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "settings.toml"
    path.write_text('[accounts.acme.channels]\nemail = { event = "clicked", window = "1y" }\n')
    monkeypatch.setenv("LASTTOUCH_SETTINGS", str(path))

    assert main(["report", "orders", *PERIOD]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "accounts.acme.channels.email.window" in line


def test_the_process_itself_ends_so_too() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "cli.main", "report", "orders", "--acount", "acme"],
        capture_output=True,
        text=True,
    )

    assert ended.returncode == 2
    assert ended.stdout == ""
    assert ended.stderr == "lasttouch: No such option: --acount (Possible options: --account)\n"
