"""What a real server answers about what a real run wrote: the commands' reports, byte for byte, and the reference's."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any, NamedTuple

import httpx
import pytest
import redis

from cli.main import main
from config.tokens_file import Role, create_token
from connectors.embedded.servers import EmbeddedValkey
from tests.e2e.running import Runs
from tests.e2e.shop_files import generated, lines_of
from tests.house.sources import ROOT
from tests.reference import timeline
from tests.reference.reference import facts_of, read_all
from tests.reference.reports import Report
from tests.servers.commands import own_environment
from tests.waiting import PATIENCE_S

FIRST, LAST = "2026-01-05", "2026-01-12"
WEEK = {"from": FIRST, "to": LAST}
ONE_DAY = "2026-01-07"


class Shop(NamedTuple):
    """A shop's week, run to its end, and a server over what it shows."""

    url: str
    redis_url: str
    token: str
    right: Report
    """By the reference."""

    def get(self, report: str, **asked: str) -> bytes:
        answer = httpx.get(
            f"{self.url}/v1/reports/{report}",
            params=WEEK | asked,
            headers={"Authorization": f"Bearer {self.token}"},
            timeout=PATIENCE_S,
        )
        assert answer.status_code == 200, answer.text
        return answer.content

    def json(self, report: str, **asked: str) -> dict[str, Any]:
        answer: dict[str, Any] = httpx.Response(200, content=self.get(report, **asked)).json()
        assert answer.pop("catching_up") is False
        return answer


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("shop")
    file = generated(folder / "week.jsonl", 3_000, seed=5)
    facts = facts_of(read_all(lines_of([file]), time.time_ns() // 1_000_000), {}, erase_unnamed=True)
    token = create_token(folder / "tokens.toml", account="acme", role=Role.ADMIN)
    with EmbeddedValkey() as valkey:
        runs = Runs(folder, valkey.url)
        try:
            runs.run(file)
        finally:
            runs.end_all()
        command = [sys.executable, "-m", "cli.main", "serve", "--port", "0", "--redis-url", valkey.url]
        command += ["--tokens", str(folder / "tokens.toml"), "--metrics-port", "0"]
        with (
            (folder / "serve.log").open("wb") as log,
            subprocess.Popen(command, cwd=ROOT, env=own_environment(), stdout=subprocess.PIPE, stderr=log) as server,
        ):
            assert server.stdout is not None
            url = server.stdout.readline().decode().strip()
            try:
                yield Shop(url, valkey.url, token, Report(facts, "acme", FIRST, LAST))
            finally:
                server.terminate()


def campaign_of(shop: Shop) -> tuple[str, str]:
    """The campaign that earned most."""
    row = shop.right.campaigns()["campaigns"][0]
    return row["channel"], row["campaign"]


@pytest.mark.parametrize("report", ["campaigns", "channels", "purchases", "orders"])
def test_every_report_is_the_commands_byte_for_byte(
    shop: Shop, report: str, capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LASTTOUCH_REDIS_URL", shop.redis_url)
    _, campaign = campaign_of(shop)
    asked = {"campaign": campaign} if report == "purchases" else {}
    flags = [word for name, value in asked.items() for word in (f"--{name}", value)]
    by_command = {}
    for form in ("json", "csv"):
        main(["report", report, "--account", "acme", "--from", FIRST, "--to", LAST, *flags, "--format", form])
        by_command[form] = capfdbinary.readouterr().out
    assert shop.get(report, **asked) + b"\n" == by_command["json"]
    assert shop.get(report, format="csv", **asked) == b"\xef\xbb\xbf" + by_command["csv"]


def test_campaigns_and_channels_are_what_the_reference_says(shop: Shop) -> None:
    assert shop.json("campaigns") == shop.right.campaigns()
    assert shop.json("channels") == shop.right.channels()


@pytest.mark.parametrize("by", [None, "channel"])
def test_the_days_of_the_account_are_what_the_reference_says(shop: Shop, by: str | None) -> None:
    asked = {} if by is None else {"by": by}
    assert shop.json("timeline", **asked) == timeline.days(shop.right, by_channel=by == "channel")


def test_the_days_of_a_channel_and_of_a_campaign_are_what_the_reference_says(shop: Shop) -> None:
    channel, campaign = campaign_of(shop)
    assert shop.json("timeline", channel=channel) == timeline.days(shop.right, channel)
    assert shop.json("timeline", campaign=campaign) == timeline.days(shop.right, campaign=campaign)
    asked = {"channel": channel, "campaign": campaign}
    assert shop.json("timeline", **asked) == timeline.days(shop.right, channel, campaign)


def test_the_hours_of_a_day_are_what_the_reference_says(shop: Shop) -> None:
    of_day = Report(shop.right.facts, "acme", ONE_DAY, ONE_DAY)
    hours = timeline.hours(of_day)
    assert sum(hour["purchases"] for hour in hours["hours"]) > 1
    assert shop.json("timeline", **{"from": ONE_DAY, "to": ONE_DAY}, by="hour") == hours


def test_the_page_of_a_campaign_has_its_row_and_its_days(shop: Shop) -> None:
    channel, campaign = campaign_of(shop)
    page = shop.json(f"campaigns/{channel}/{campaign}")
    [row, *_] = shop.right.campaigns()["campaigns"]
    assert page["row"] == row
    assert page["days"] == timeline.days(shop.right, channel, campaign)["days"]


def test_a_figure_that_changes_is_shown_with_the_next_answer(shop: Shop) -> None:
    """Whoever writes it: what the server keeps of what it has read is never what it was."""
    channel, campaign = campaign_of(shop)
    sent = next(
        row["sent"] for row in shop.json("campaigns", channel=channel)["campaigns"] if row["campaign"] == campaign
    )
    key, field = f"lasttouch:{{acme}}:campaigns:{ONE_DAY}", f"{channel}:{campaign}:sent"
    with redis.Redis.from_url(shop.redis_url) as client:
        for more in (5, -5):
            client.hincrby(key, field, more)
            sent += more
            rows = shop.json("campaigns", channel=channel)["campaigns"]
            assert next(row["sent"] for row in rows if row["campaign"] == campaign) == sent
