"""What the page costs its reader: how much is sent, and how soon the first number is there.

    python -m benchmarks.page [--times 10]

One `lasttouch serve` over an embedded Valkey that holds a generated shop, and chromium: each time a browser that has
never seen the page, signed in, on this machine.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final, NamedTuple

from playwright.sync_api import Browser, Page, sync_playwright

from api.access import SESSION_COOKIE
from cli.demo.server import ServerProcess
from config.errors import Unavailable
from config.tokens_file import Role
from connectors.embedded.servers import EmbeddedValkey
from generator.shop import DAY_MS
from generator.stream import ACCOUNT, events

_EVENTS: Final = 20_000
_SPAN_MS: Final = 30 * DAY_MS
_POLL_S: Final = 0.05
_PATIENCE_MS: Final = 30_000
_FIRST_NUMBER: Final = "data.amount:not(.awaited)"
_NOTE_FIRST: Final = f"""window.firstNumber = new Promise((resolve) => {{
  const note = () => requestAnimationFrame(() => resolve(performance.now()));
  const look = () => (document.querySelector("{_FIRST_NUMBER}") ? note() : requestAnimationFrame(look));
  look();
}})"""
"""By the page's own clock, in the frame after the one that has the number: it is on the screen."""
_SENT: Final = """() => performance.getEntriesByType("resource").concat(performance.getEntriesByType("navigation"))
  .filter((one) => !one.name.includes("/v1/")).reduce((sum, one) => sum + one.transferSize, 0)"""
_REQUESTS: Final = "performance.getEntriesByType('resource').filter((one) => !one.name.includes('/v1/')).length + 1"


class Visited(NamedTuple):
    """One first visit."""

    first_number_ms: float
    sent_bytes: int
    requests: int


def visit(browser: Browser, url: str, token: str) -> Visited:
    """Open the page as somebody who has never seen it."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(_PATIENCE_MS)
    context.add_cookies([{"name": SESSION_COOKIE, "value": token, "url": url}])
    page = context.new_page()
    page.add_init_script(_NOTE_FIRST)
    page.goto(f"{url}/", wait_until="load")
    first_ms = float(page.evaluate("window.firstNumber"))
    visited = Visited(first_ms, _number(page, _SENT), _number(page, _REQUESTS))
    context.close()
    return visited


def _number(page: Page, expression: str) -> int:
    return int(page.evaluate(expression))


def _measure(folder: Path, times: int, chromium: str) -> list[Visited]:
    shop = folder / "shop.jsonl"
    start_ms = time.time_ns() // 1_000_000 - _SPAN_MS
    lines = events(_EVENTS, _EVENTS // 10, 1, start_ms=start_ms, span_ms=_SPAN_MS)
    shop.write_bytes(b"".join(line + b"\n" for line in lines))
    with EmbeddedValkey() as valkey, sync_playwright() as playwright:
        run = ["run", str(shop), "--redis-url", valkey.url, "--recovery-dir", str(folder / "recovery")]
        subprocess.run([sys.executable, "-m", "cli.main", *run], check=True, capture_output=True)
        with ServerProcess(ACCOUNT, ["--redis-url", valkey.url], folder) as server:
            while (url := server.url) is None:
                time.sleep(_POLL_S)
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            found = [visit(browser, url, server.tokens[Role.MARKETER]) for _ in range(times)]
            browser.close()
            return found


def main() -> int:
    """Print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--times", type=int, default=10)
    times = parser.parse_args().times
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        print("no chromium here: Debian has it as the package chromium", file=sys.stderr)
        return 1
    try:
        with tempfile.TemporaryDirectory(prefix="lasttouch-page-") as folder:
            found = _measure(Path(folder), times, chromium)
    except Unavailable as error:
        print(error, file=sys.stderr)
        return 1
    firsts = sorted(one.first_number_ms for one in found)
    print(f"{found[0].requests} files, {found[0].sent_bytes / 1_000:.0f} kB over the wire")
    print(f"first number after {statistics.median(firsts):.0f} ms (median of {times}), {firsts[-1]:.0f} ms at most")
    return 0


if __name__ == "__main__":
    sys.exit(main())
