"""docs/operating.md: each task's commands, one after another as an operator types them, and what they change."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import pytest
import redis

from connectors.embedded.servers import EmbeddedKafka, EmbeddedValkey
from tests.docs.shell_blocks import Ran, page, run_blocks
from tests.house.sources import ROOT

pytestmark = pytest.mark.kafka

PAGE: Final = page("docs/operating.md").partition("\n# What happens and why\n")[0]
INSTALL: Final = PAGE[PAGE.index("## Install") : PAGE.index("Where things are")]
TASKS: Final = PAGE[PAGE.index("Where things are") :]
MINUTES_S: Final = 280.0
"""For all tasks: two dozen commands, and four starts of a run."""


def totals(ran: list[Ran]) -> list[Any]:
    """What each task's report of the orders shows, in the order of the tasks."""
    last = [one.out.strip().splitlines()[-1] for one in ran if one.out.strip()]
    return [json.loads(line)["totals"] for line in last if line.startswith("{")]


def said(ran: list[Ran], command: str) -> str:
    """What the one block with this command wrote."""
    [one] = [one for one in ran if command in one.commands]
    return one.out


def test_installing(tmp_path: Path) -> None:
    """Of this environment, which is installed: make finds nothing to do."""
    environment = {"MAKEFLAGS": "", "MAKELEVEL": ""}
    [ran] = run_blocks(INSTALL, tmp_path, environment, in_folder=ROOT)
    assert ran.out.strip().splitlines()[-1].startswith("lasttouch 0.")


def test_the_tasks_one_after_another_leave_what_was_counted_as_it_is(
    tmp_path: Path, valkey: redis.Redis, valkey_server: EmbeddedValkey
) -> None:
    [told] = [block for block in TASKS.split("```")[1::2] if block.startswith("ini\n")]
    named = dict(line.split("=", 1) for line in told.splitlines()[1:])
    with EmbeddedKafka() as broker:
        here = {
            "LASTTOUCH_KAFKA_BOOTSTRAP_SERVERS": broker.bootstrap_servers,
            "LASTTOUCH_REDIS_URL": valkey_server.url,
            "LASTTOUCH_METRICS_PORT": "0",
        }
        assert here.keys() - {"LASTTOUCH_METRICS_PORT"} <= named.keys()
        ran = run_blocks(TASKS, tmp_path, named | here, patience_s=MINUTES_S)

    counted, restored, rescaled, rebuilt = totals(ran)
    assert counted["delivered"]["orders"] > 0
    assert restored == rescaled == rebuilt == counted
    assert "wrong" not in said(ran, "lasttouch ingest events.jsonl")
    assert said(ran, "mended.jsonl").strip().splitlines()[1] == (
        "ingested 1 of 1 dead letters (1 contact); still refused 0"
    )
    tokens = (tmp_path / "tokens.toml").read_text()
    assert tokens.count("[[token]]") == 1
    assert '"dashboard-2"' in tokens
    assert (tmp_path / "backup.tar.gz").stat().st_mode & 0o077 == 0
