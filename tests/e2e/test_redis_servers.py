"""The view in a Redis that is several servers, or one that wants TLS and a password, is the view in any."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final

import psutil
import pytest

from connectors.view.client import connected
from connectors.view.tracked_hashes import kept_hashes
from tests.e2e.conftest import Undisturbed
from tests.e2e.running import Runs
from tests.e2e.shop_files import generated
from tests.e2e.views import Contents, differences, view
from tests.servers.redis_servers import PASSWORD, USER, Failing, SecuredRedis, cluster, sentinels

EVENTS = 8_000

with_tls = pytest.mark.skipif(
    shutil.which("redis-server") is None,
    reason="no redis-server here: Redis with TLS needs Debian's (apt-get install redis-server)",
)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return generated(tmp_path_factory.mktemp("shop") / "week.jsonl", EVENTS)


@pytest.fixture(scope="module")
def right(shop: Path, undisturbed: Undisturbed) -> dict[str, Contents]:
    return undisturbed(shop)


@pytest.mark.parametrize("servers", [sentinels, cluster])
def test_a_master_dies_while_the_stream_runs(
    servers: Callable[[], AbstractContextManager[Failing]], shop: Path, right: dict[str, Contents], tmp_path: Path
) -> None:
    """Its replica takes over; what had not reached it is written anew, and the end is the same."""
    with servers() as several:
        runs = Runs(tmp_path, several.url)
        runs.pause_at([shop], 0)
        running = runs.start(shop, epoch_seconds=0.2)
        try:
            with connected(several.url) as client:
                runs.read_to(running, client, [shop], 0.5)
            several.kill_one()
            runs.go_on()
            ended = running.wait()
        finally:
            runs.end_all()
        assert ended.status == 0, ended.stderr
        with connected(several.url) as client:
            assert not differences(view(client), right)
            keys = sorted(key for key in right if ":campaigns:" in key)
            kept = [dict(zip(*each, strict=True)) for each in kept_hashes(client, 1_000_000).read(keys)]
            assert kept == [client.hgetall(key) for key in keys]
        report = runs.command("report", "campaigns", "--account", "acme", *_PERIOD, redis_url=several.url).wait()
        assert report.status == 0, report.stderr


_PERIOD: Final = ("--from", "2026-01-01", "--to", "2026-12-31")


@with_tls
def test_tls_and_a_password_from_a_file_which_nobody_sees(
    shop: Path, right: dict[str, Contents], tmp_path: Path
) -> None:
    secret = tmp_path / "password"
    secret.write_text(PASSWORD + "\n")
    with SecuredRedis() as server:
        environment = {"LASTTOUCH_REDIS_USERNAME": USER, "LASTTOUCH_REDIS_PASSWORD_FILE": str(secret)}
        runs = Runs(tmp_path, server.url, environment=environment)
        runs.pause_at([shop], 0)
        running = runs.start(shop, workers=2, epoch_seconds=0.2)
        try:
            with server.client() as client:
                runs.read_to(running, client, [shop], 0.5)
            family = [psutil.Process(running.pid), *psutil.Process(running.pid).children(recursive=True)]
            assert not any(PASSWORD in word for process in family for word in process.cmdline())
            runs.go_on()
            ended = running.wait().went_well()
        finally:
            runs.end_all()
        assert PASSWORD not in ended.stdout + ended.stderr
        with server.client() as client:
            assert not differences(view(client), right)
        report = runs.command("report", "campaigns", "--account", "acme", *_PERIOD, redis_url=server.url).wait()
        assert report.status == 0, report.stderr


@with_tls
def test_a_wrong_password_is_one_line_that_does_not_show_it(shop: Path, tmp_path: Path) -> None:
    with SecuredRedis() as server:
        environment = {"LASTTOUCH_REDIS_USERNAME": USER, "LASTTOUCH_REDIS_PASSWORD": "not-the-one"}
        ended = Runs(tmp_path, server.url, environment=environment).start(shop).wait()
    assert ended.status == 1
    assert "127.0.0.1" in ended.complaint
    assert "not-the-one" not in ended.stderr


@with_tls
def test_an_authority_that_is_not_the_servers_is_one_line(shop: Path, tmp_path: Path) -> None:
    with SecuredRedis() as server:
        url = f"rediss://127.0.0.1:{server.port}/0"
        ended = Runs(tmp_path, url).start(shop).wait()
    assert ended.status == 1
    assert "certificate" in ended.complaint.lower()
