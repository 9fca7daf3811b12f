"""`lasttouch explain` over the store of a real run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import redis

from cli.main import main
from connectors.embedded.servers import EmbeddedValkey
from tests.e2e.running import Runs
from tests.e2e.shop_files import order, touch, write
from tests.reference.values import HOUR_MS, moment_ms

NOON = moment_ms("2026-01-05T12:00:00Z")


@pytest.fixture(scope="module")
def store(valkey_server: EmbeddedValkey, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ann bought o1 after a click; o2 is somebody's with an address that nobody has."""
    with redis.Redis.from_url(valkey_server.url) as client:
        client.flushall()
    folder = tmp_path_factory.mktemp("explain")
    pending = order("o2", "x", NOON, email="nobody@example.org")
    events = [
        order("o1", "ann", NOON),
        pending.replace(b'"contact": "x", ', b""),
        touch("ann", NOON - HOUR_MS),
        touch("ann", NOON - 2 * HOUR_MS, event="opened"),
    ]
    runs = Runs(folder, valkey_server.url)
    runs.run(write(folder / "events.jsonl", events))
    return runs.recovery_dir()


def explain(store: Path, *arguments: str) -> int:
    return main(["explain", "--account", "acme", "--recovery-dir", str(store), *arguments])


def test_the_decision_in_words(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert explain(store, "--order", "o1") == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert "Credited to campaign spring (email)" in out
    assert "wrong event: only clicked counts" in " ".join(out.split())


def test_the_decision_for_programs(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert explain(store, "--order", "o1", "--format", "json") == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["order"], answer["credited"], answer["credit"]["campaign"]) == ("o1", True, "spring")
    assert [one["why"] for one in answer["candidates"]] == ["credited", "wrong_event"]


def test_a_pending_order(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert explain(store, "--order", "o2", "--format", "json") == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["contact"], answer["reason"]) == (None, "contact_unknown")


@pytest.mark.parametrize(("account", "which"), [("acme", "o3"), ("other", "o1")])
def test_an_order_that_is_not_known(account: str, which: str, store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert explain(store, "--account", account, "--order", which) == 1
    out, err = capsys.readouterr()
    assert (out, err) == ("", f"lasttouch: order {which} of account {account} is not known here\n")


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--order", ""], "order"),
        ([], "--order"),
        (["--order", "o1", "--format", "csv"], "--format"),
        (["--order", "o1", "--recovery-dir", "/nowhere/at/all"], "/nowhere/at/all"),
    ],
)
def test_wrong_input(arguments: list[str], word: str, store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert explain(store, *arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    (line,) = err.splitlines()
    assert word in line
