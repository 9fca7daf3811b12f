"""docs/http.md and the README's first session: each command is run, and says what the page shows."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from connectors.embedded.servers import EmbeddedValkey
from tests.api.answering import answering
from tests.docs.shell_blocks import Ran, answer_of, page, run_blocks
from tests.reference.scenario import contact, order, touch
from tests.reports.shop import Sale, Shop, Touched

pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="the pages' commands are curl's")


@pytest.fixture
def environment(valkey: redis.Redis, valkey_server: EmbeddedValkey) -> Iterator[dict[str, str]]:
    """Where the view of the shop is that the pages speak of, and who answers for its dataflow."""
    shop = Shop(valkey).known(currency="EUR", time_zone="Europe/Kyiv", as_of="2026-01-31T10:00:00.000Z")
    shop.named("sms", "flash", "Flash Friday").write(
        [
            Sale("o1", "2026-01-12T10:00:00Z", 1_000, credited=("sms", "flash")),
            Sale("o2", "2026-01-13T10:00:00Z", 2_100, credited=("sms", "flash")),
            Sale("o3", "2026-01-14T10:00:00Z", 500, status="IN_PROGRESS", expected=("sms", "flash")),
            Sale("o4", "2026-01-14T10:00:00Z", 700, credited=("email", "welcome")),
        ],
        [
            Touched("2026-01-12", "sms", "flash", "sent", 100),
            Touched("2026-01-12", "sms", "flash", "delivered", 95),
            Touched("2026-01-12", "sms", "flash", "clicked", 8),
        ],
    )
    events = [
        contact("ann", "01-12 09:00", email="ann@example.org", first_name="Ann"),
        touch("delivered", "01-12 09:30", channel="sms", campaign="flash"),
        order("01-12 10:00", "01-12 10:00"),
    ]
    with answering(valkey, events):
        yield {"LASTTOUCH_REDIS_URL": valkey_server.url}


def assert_as_shown(ran: list[Ran]) -> None:
    shown = [one for one in ran if one.shown is not None]
    assert shown
    for one in shown:
        assert answer_of(one) == one.shown, one.commands


def test_the_page_about_http(tmp_path: Path, environment: dict[str, str]) -> None:
    ran = run_blocks(page("docs/http.md"), tmp_path, environment)

    assert_as_shown(ran)
    [csv] = [one.out for one in ran if "campaigns.csv" in one.commands]
    assert csv.lstrip("\ufeff").startswith("channel,campaign,name,")


def test_the_readmes_first_session(tmp_path: Path, environment: dict[str, str]) -> None:
    text = page("README.md")
    [section] = [part for part in text.split("\n### ") if part.startswith("Over HTTP\n")]

    [ran] = run_blocks(section, tmp_path, environment)

    # Its rows come last.
    assert ran.out.rstrip().splitlines()[-1].startswith("email,welcome,,1,7.00,7.00,")
