"""A settings file that changed between two runs takes effect at the start, for all that is kept (contract §8)."""

from __future__ import annotations

import shutil
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from connectors.embedded.servers import EmbeddedValkey
from tests.e2e.running import Runs
from tests.e2e.shop_files import generated, lines_of
from tests.e2e.views import Contents, differences, view, view_of
from tests.reference.reference import WHOLE, expected

FIRST = 'time_zone = "Pacific/Kiritimati"'
CHANGES = {
    # The week begins at 14:00 of a Monday there and at 19:00 of a Sunday here: a day goes, and another comes.
    "time zone": 'time_zone = "America/New_York"',
    "currency": FIRST + '\ncurrency = "UAH"',
    "windows": FIRST + '\nchannels = { email = { event = "opened", window = "3h" } }',
    "excluded tag": FIRST + '\nexcluded_tags = ["transactional", "service"]',
    "machines count": FIRST + "\nignore_automated = false",
    "sales hidden": FIRST + "\nshow_sales = false",
    "nothing": FIRST,
}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return generated(tmp_path_factory.mktemp("shop") / "week.jsonl", 5_000, seed=3)


@pytest.fixture(scope="module")
def first(valkey_server: EmbeddedValkey, shop: Path) -> Iterator[tuple[Path, dict[bytes, bytes]]]:
    """A recovery directory and a dump of the Redis that a run with the first settings has left."""
    runs = Runs(shop.parent, valkey_server.url)
    with redis.Redis.from_url(valkey_server.url) as client:
        client.flushdb()
        runs.run(shop, settings=_settings(shop.parent, FIRST))
        assert not differences(view(client), _right(shop, FIRST))
        yield runs.recovery_dir(), {key: client.dump(key) for key in client.scan_iter()}


@pytest.fixture
def after_first(first: tuple[Path, dict[bytes, bytes]], runs: Runs, valkey: redis.Redis) -> None:
    """All is as that run has left it."""
    recovery_dir, dump = first
    shutil.copytree(recovery_dir, runs.recovery_dir())
    for key, value in dump.items():
        valkey.restore(key, 0, value)


def _settings(folder: Path, acme: str) -> Path:
    path = folder / "settings.toml"
    path.write_text(f"[accounts.acme]\n{acme}\n")
    return path


def _right(shop: Path, acme: str) -> dict[str, Contents]:
    tables = {"acme": tomllib.loads(acme)}
    return view_of(expected(lines_of([shop]), tables, time.time_ns() // 1_000_000, **WHOLE))


@pytest.mark.usefixtures("after_first")
@pytest.mark.parametrize("changed", CHANGES.values(), ids=CHANGES)
def test_the_next_run_shows_what_a_first_run_would_show(
    changed: str, runs: Runs, valkey: redis.Redis, shop: Path, tmp_path: Path
) -> None:
    runs.run(shop, settings=_settings(tmp_path, changed))
    assert not differences(view(valkey), _right(shop, changed))


@pytest.mark.usefixtures("after_first")
def test_one_change_after_the_other_and_back_again(runs: Runs, valkey: redis.Redis, shop: Path, tmp_path: Path) -> None:
    for change in ("time zone", "nothing"):
        runs.run(shop, settings=_settings(tmp_path, CHANGES[change]), workers=2)
        assert not differences(view(valkey), _right(shop, CHANGES[change])), change


@pytest.mark.usefixtures("after_first")
def test_no_settings_file_any_more(runs: Runs, valkey: redis.Redis, shop: Path) -> None:
    runs.run(shop)
    assert not differences(view(valkey), _right(shop, ""))
