"""The page's files: plain modules that make no markup of text, ask nobody else, and stay small."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest

from tests.house.sources import ROOT, shown
from web.assets import page_assets

PAGE: Final = ROOT / "web" / "page"
SCRIPTS: Final = sorted(path for path in PAGE.rglob("*.js") if "vendor" not in path.parts)
STYLES: Final = sorted((PAGE / "styles").glob("*.css"))
PARTS: Final = [path for path in SCRIPTS if path.parent.name == "parts"]
LINES_MAX: Final = 300
PART_LINES_MAX: Final = 200
TRANSFERRED_BYTES_MAX: Final = 300_000

_MARKUP: Final = re.compile(
    r"\b(?:innerHTML|outerHTML|insertAdjacentHTML|setHTMLUnsafe|document\.write|createContextualFragment"
    r"|DOMParser|eval|new Function)\b"
)
_STYLE_ATTRIBUTE: Final = re.compile(r"setAttribute\(\s*[\"']style|\bstyle:\s*[\"'`][^\"'`]*:|cssText")
_COLOUR: Final = re.compile(r"#(?:[0-9a-fA-F]{3,4}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8})\b|\brgba?\(|\bhsla?\(")
_ELSEWHERE: Final = re.compile(r"\b(?:https?|wss?):\/\/(?!www\.w3\.org\/)", re.IGNORECASE)
_IMPORT: Final = re.compile(r"""from\s+["']([^"']+)["']""")
_OF_VIEWS_ONLY: Final = frozenset({"../api.js", "../live.js", "../app.js", "../shell.js"})


def _found(pattern: re.Pattern[str], path: Path) -> list[str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return [f"{shown(path)}:{number}: {line.strip()}" for number, line in enumerate(lines, 1) if pattern.search(line)]


@pytest.mark.parametrize("path", SCRIPTS, ids=shown)
def test_a_module_says_what_it_holds_and_is_short(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("// ")
    most = PART_LINES_MAX if path in PARTS else LINES_MAX
    assert len(lines) <= most, f"{shown(path)} has {len(lines)} lines: which second thing does it hold?"


@pytest.mark.parametrize("path", SCRIPTS, ids=shown)
def test_no_text_becomes_markup_or_code(path: Path) -> None:
    assert not _found(_MARKUP, path)
    assert not _found(_STYLE_ATTRIBUTE, path)


@pytest.mark.parametrize("path", [*SCRIPTS, *STYLES], ids=shown)
def test_colours_stand_in_the_tokens_only(path: Path) -> None:
    assert path.name == "tokens.css" or not _found(_COLOUR, path)


@pytest.mark.parametrize("path", [*SCRIPTS, *STYLES, PAGE / "index.html"], ids=shown)
def test_nothing_comes_from_elsewhere(path: Path) -> None:
    assert not _found(_ELSEWHERE, path)


@pytest.mark.parametrize("path", PARTS, ids=shown)
def test_a_part_knows_no_api_and_no_stream(path: Path) -> None:
    assert not set(_IMPORT.findall(path.read_text(encoding="utf-8"))) & _OF_VIEWS_ONLY


@pytest.mark.parametrize("path", STYLES, ids=shown)
def test_a_style_sheet_is_one_layer(path: Path) -> None:
    rules = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL).split()
    start = rules.index("@layer", 1) if path.name == "tokens.css" else 0
    assert rules[start : start + 3] == ["@layer", path.stem, "{"]


def test_all_of_it_is_small() -> None:
    assets = page_assets()
    sent = [one for one in [assets.page, *assets.files.values()] if one.compressed is not None]
    assert sum(len(one.compressed or b"") for one in sent) < TRANSFERRED_BYTES_MAX


def test_what_others_wrote_has_its_licence_beside_it() -> None:
    assert {path.name for path in (PAGE / "vendor").iterdir()} == {"uPlot.iife.min.js", "uPlot.LICENSE"}
    assert "MIT License" in (PAGE / "vendor" / "uPlot.LICENSE").read_text(encoding="utf-8")
