"""`/` and its files: what the browser is told about them."""

from __future__ import annotations

import re

from tests.api.asking import Asker
from tests.house.sources import ROOT

PAGE = ROOT / "web" / "page"


def _version(api: Asker) -> str:
    [version] = set(re.findall(r'"assets/([0-9a-f]{16})/', api.client.get("/").text))
    return str(version)


def test_the_first_address_is_the_page_and_it_is_asked_for_anew_each_time(api: Asker) -> None:
    answer = api.client.get("/")

    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-cache"
    same = api.client.get("/", headers={"If-None-Match": answer.headers["ETag"]})
    assert (same.status_code, same.content) == (304, b"")


def test_it_may_run_its_own_files_and_nothing_else(api: Asker) -> None:
    policy = api.client.get("/").headers["Content-Security-Policy"]

    assert set(policy.split("; ")) == {
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
    }


def test_all_it_names_is_there_and_is_kept_for_ever(api: Asker) -> None:
    named = set(re.findall(r'(?:href|src)="([^"]+)"', api.client.get("/").text))

    assert any(path.endswith("/page.js") for path in named)
    for path in named:
        answer = api.client.get(f"/{path}")
        assert answer.status_code == 200, path
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_browser_is_sent_few_files(api: Asker) -> None:
    named = re.findall(r'(?:href|src)="assets/\w+/([^"]+)"', api.client.get("/").text)

    assert named == ["icon.svg", "early.js", "page.css", "page.js"]


def test_its_tools_find_the_files_that_the_script_is_joined_of(api: Asker) -> None:
    folder = f"/assets/{_version(api)}"
    script = api.client.get(f"{folder}/page.js").text
    [named] = re.findall(r"^//# sourceMappingURL=(.+)$", script, re.MULTILINE)
    described = api.client.get(f"{folder}/{named}").json()

    assert {"app.js", "views/overview.js", "parts/today_chart.js", "money.js"} <= set(described["sources"])
    for path in described["sources"]:
        answer = api.client.get(f"{folder}/{path}")
        assert answer.text == (PAGE / path).read_text()
        assert answer.text.splitlines()[0] in script


def test_a_file_is_sent_compressed_to_whoever_takes_that(api: Asker) -> None:
    path = f"/assets/{_version(api)}/page.js"
    packed = api.client.get(path, headers={"Accept-Encoding": "gzip"})
    plain = api.client.get(path, headers={"Accept-Encoding": "identity"})

    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert packed.content == plain.content
    assert {answer.headers["Vary"] for answer in (packed, plain)} == {"Accept-Encoding"}


def test_what_is_no_file_of_this_version_is_not_found(api: Asker) -> None:
    version = _version(api)
    for path in (f"/assets/{version}/none.js", "/assets/0123456789abcdef/app.js", f"/assets/{version}/..%2Fassets.py"):
        answer = api.client.get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
