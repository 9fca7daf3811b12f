"""How fresh the numbers are is said in words, and the last numbers stay whatever goes away."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import expect

from api.access import SESSION_COOKIE
from config.tokens_file import Role
from connectors.view.layout import CATCHING_UP, RUN_KEY
from tests.house.sources import ROOT
from tests.servers.commands import own_environment
from tests.servers.ports import own_port
from tests.web.conftest import Visit
from tests.web.stack import Stack

HERO = ".figures-hero data.amount:not(.awaited)"


def test_a_store_that_is_away_is_told_and_the_numbers_stay(stack: Stack, visit: Visit) -> None:
    page = visit()
    header = page.locator("header")
    expect(header).to_contain_text("Live")
    expect(page.locator(HERO)).to_be_visible()
    before = page.locator(HERO).inner_text()

    with stack.store_away():
        expect(header).to_contain_text(re.compile(r"Not updating since \d\d:\d\d:\d\d"))
        expect(header).to_contain_text("The server cannot reach its store. These are the last numbers")
        assert page.locator(HERO).inner_text() == before

    expect(header).to_contain_text("Live")
    expect(page.locator(".freshness-strip")).to_be_hidden()


def test_catching_up_says_up_to_when_the_numbers_are_complete(stack: Stack, visit: Visit) -> None:
    page = visit()
    header = page.locator("header")
    expect(header).to_contain_text("Live")
    top = page.locator("h1").bounding_box()

    with stack.running.standing_still():
        # What a run writes when it starts with a backlog.
        stack.client.hset(RUN_KEY, CATCHING_UP, "1")
        try:
            expect(header).to_contain_text(re.compile(r"Catching up\s+counted to \d\d:\d\d"))
            expect(header).to_contain_text(re.compile(r"Counted up to \d\d:\d\d:\d\d\. All numbers are complete"))
            assert page.locator("h1").bounding_box() == top, "nothing moves"
        finally:
            stack.client.hset(RUN_KEY, CATCHING_UP, "0")
    expect(header).to_contain_text("Live")


def test_a_server_that_goes_and_comes_back_is_found_again(stack: Stack, visit: Visit) -> None:
    page = visit(role=None)
    port = own_port()
    with another_server(stack, port) as (url, server):
        token = stack.tokens["acme", Role.VIEWER]
        page.context.add_cookies([{"name": SESSION_COOKIE, "value": token, "url": url}])
        page.goto(f"{url}/")
        header = page.locator("header")
        expect(header).to_contain_text("Live")
        server.kill()
        expect(header).to_contain_text("The server cannot be reached. These are the last numbers; they are not lost.")
        expect(header).to_contain_text(re.compile(r"Next try in \d+ s|Trying"))
    with another_server(stack, port):
        header.get_by_role("button", name="Try now").click()
        expect(header).to_contain_text("Live")


@contextmanager
def another_server(stack: Stack, port: int) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """One more over the same store."""
    command = [sys.executable, "-m", "cli.main", "serve", "--port", str(port), "--redis-url", stack.valkey.url]
    command += ["--tokens", str(stack.folder / "tokens.toml"), "--settings", str(stack.folder / "settings.toml")]
    with (
        (stack.folder / "another.log").open("ab") as log,
        subprocess.Popen(command, cwd=ROOT, env=own_environment(), stdout=subprocess.PIPE, stderr=log) as server,
    ):
        assert server.stdout is not None
        try:
            yield server.stdout.readline().decode().strip(), server
        finally:
            server.send_signal(signal.SIGKILL)
