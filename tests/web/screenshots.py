"""Makes the pictures of the page: every view in both themes, at the size of a desktop and of a phone.

    python -m tests.web.screenshots FOLDER [VIEW …]

The shop is a generated one, whose time zone is chosen so that it is afternoon there: its day has something to show.
"""

from __future__ import annotations

import itertools
import re
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal
from zoneinfo import ZoneInfo

from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright

from api.access import SESSION_COOKIE
from cli.demo.session import SETTINGS
from config.tokens_file import Role
from tests.web.addresses import VIEWS, address_of
from tests.web.conftest import CHROMIUM, DESKTOP, LOCALE, PHONE
from tests.web.stack import Stack, standing

SIZES: Final[dict[str, ViewportSize]] = {"desktop": DESKTOP, "phone": PHONE}
THEMES: Final[tuple[Literal["light", "dark"], ...]] = ("light", "dark")
EVENTS: Final = 40_000
CONTACTS: Final = 3_000
SHARP: Final = {("overview", "light", "desktop"), ("campaigns", "light", "desktop"), ("why", "dark", "desktop")}
"""The README shows them: with two pixels of the screen for each, as all of a phone's are."""
_ZONES: Final = (
    "Europe/Kyiv",
    "America/Sao_Paulo",
    "America/New_York",
    "America/Los_Angeles",
    "Pacific/Honolulu",
    "Pacific/Auckland",
    "Australia/Perth",
    "Asia/Tokyo",
    "Asia/Kolkata",
)
_HOUR: Final = 16
_PATIENCE_MS: Final = 60_000
_DRAWN: Final = "document.fonts.ready.then(() => new Promise((done) => setTimeout(done, 400)))"


def main(folder: Path, views: list[str]) -> None:
    """Write the pictures, `VIEW-THEME-SIZE.png`."""
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as scratch,
        standing(
            Path(scratch), events_told=EVENTS, contacts=CONTACTS, acme_settings=SETTINGS.replace("Europe/Kyiv", _zone())
        ) as stack,
        sync_playwright() as playwright,
    ):
        expect.set_options(timeout=_PATIENCE_MS)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for path in pictures(browser, stack, folder, views):
            print(path)
        browser.close()


def pictures(browser: Browser, stack: Stack, folder: Path, views: list[str]) -> Iterator[Path]:
    """Yields each picture as it is made."""
    for theme, (size_name, size), view in itertools.product(THEMES, SIZES.items(), views):
        is_sharp = size_name == "phone" or (view, theme, size_name) in SHARP
        context = browser.new_context(
            viewport=size,
            locale=LOCALE,
            color_scheme=theme,
            reduced_motion="reduce",
            device_scale_factor=2 if is_sharp else 1,
        )
        account = "fresh" if view == "first_steps" else "acme"
        token = stack.tokens[account, Role.ADMIN]
        context.add_cookies([{"name": SESSION_COOKIE, "value": token, "url": stack.url}])
        page = context.new_page()
        page.goto(f"{stack.url}/{'#/' if account == 'fresh' else address_of(view, stack)}")
        path = folder / f"{view}-{theme}-{size_name}.png"
        _take(page, path)
        context.close()
        yield path


def _take(page: Page, path: Path) -> None:
    expect(page.locator(".freshness-word")).to_have_text(re.compile("Live|Waiting"))
    expect(page.locator("#heading").first).to_be_attached()
    expect(page.locator("main .awaited")).to_have_count(0)
    page.evaluate(_DRAWN)
    page.screenshot(path=path)


def _zone() -> str:
    now = datetime.now(UTC)
    return min(_ZONES, key=lambda zone: abs(now.astimezone(ZoneInfo(zone)).hour - _HOUR))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:] or [*VIEWS, "first_steps"])
