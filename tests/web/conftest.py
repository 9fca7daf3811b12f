"""The page in a real browser, over a whole lasttouch; skipped by name where there is no browser."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    ViewportSize,
    expect,
    sync_playwright,
)

from api.access import SESSION_COOKIE
from config.tokens_file import Role
from tests.web.stack import Stack, standing

CHROMIUM: Final = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)
DESKTOP: Final = ViewportSize(width=1440, height=900)
PHONE: Final = ViewportSize(width=390, height=844)
PATIENCE_MS: Final = 60_000
LOCALE: Final = "en-GB"


class Visit(Protocol):
    """Opens the page, signed in, at an address such as `#/campaigns`; options are those of a browser's context."""

    def __call__(
        self, hash_: str = "#/", role: Role | None = Role.ADMIN, account: str = "acme", **options: Any
    ) -> Page:
        """`role` None: nobody is signed in."""


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """One for all tests of the page: what a test changes in it, it changes back, or it uses an account of its own."""
    if CHROMIUM is None:
        pytest.skip("no chromium here: the page's tests need one (Debian: apt-get install chromium)")
    with standing(tmp_path_factory.mktemp("web")) as stack:
        yield stack


@pytest.fixture(scope="session")
def browser(stack: Stack) -> Iterator[Browser]:
    """One for all tests."""
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        # As root, which tests in containers are, chromium needs it.
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def _contexts() -> Iterator[dict[str, BrowserContext]]:
    contexts: dict[str, BrowserContext] = {}
    yield contexts
    for context in contexts.values():
        context.close()


def new_context(browser: Browser, **options: Any) -> BrowserContext:
    """A browser that knows nothing yet, with a desktop's window unless `options` say otherwise."""
    chosen: dict[str, Any] = {"viewport": DESKTOP, "locale": LOCALE, "reduced_motion": "reduce", **options}
    context = browser.new_context(**chosen)
    context.set_default_timeout(PATIENCE_MS)
    return context


class Watched:
    """What a page must never do, noted while it does it."""

    def __init__(self, url: str) -> None:
        self.faults: list[str] = []
        self._host = urlsplit(url).hostname

    def follow(self, page: Page) -> None:
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self.faults.append(f"error: {error}"))
        page.on("request", self._on_request)

    def _on_console(self, message: ConsoleMessage) -> None:
        # Chromium writes a line for each answer of 400 and more: those are the API's to give.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self.faults.append(f"console: {message.text}")

    def _on_request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in {"blob", "data"} and parts.hostname != self._host:
            self.faults.append(f"request to {request.url}")


@pytest.fixture
def visit(stack: Stack, browser: Browser, _contexts: dict[str, BrowserContext]) -> Iterator[Visit]:
    """Pages of one test; those of a module share what the browser has stored for the same role and options."""
    watched = Watched(stack.url)
    pages: list[Page] = []
    strangers: list[BrowserContext] = []
    """Nobody is signed in there, until somebody signs in."""

    def open_page(hash_: str = "#/", role: Role | None = Role.ADMIN, account: str = "acme", **options: Any) -> Page:
        key = repr((role, account, sorted(options.items())))
        context = _contexts.get(key) if role else None
        if context is None:
            context = new_context(browser, **options)
            if role is None:
                strangers.append(context)
            else:
                _contexts[key] = context
                token = stack.tokens[account, role]
                context.add_cookies([{"name": SESSION_COOKIE, "value": token, "url": stack.url}])
        page = context.new_page()
        pages.append(page)
        watched.follow(page)
        page.goto(f"{stack.url}/{hash_}")
        return page

    yield open_page
    for page in pages:
        page.close()
    for context in strangers:
        context.close()
    assert not watched.faults


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever opens a browser carries the mark `browser`."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents and {"visit", "browser"} & set(getattr(item, "fixturenames", ())):
            item.add_marker("browser")
