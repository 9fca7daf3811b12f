"""Modules hold one thing, are named by it, and say what it is."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Final

import pytest

from tests.house.sources import PACKAGES, ROOT, modules, project, shown

LINES_MAX: Final = 400
SAYS_NOTHING: Final = frozenset({"base", "common", "helper", "manager", "misc", "shared", "stuff", "tool", "util"})
ALL: Final = modules(*PACKAGES, "tests", "benchmarks")
FOLDERS: Final = sorted({path.parent for path in modules(*PACKAGES)})


@pytest.mark.parametrize("folder", FOLDERS, ids=shown)
def test_a_folder_says_in_two_sentences_what_belongs_in_it_and_what_does_not(folder: Path) -> None:
    docstring = ast.get_docstring(ast.parse((folder / "__init__.py").read_text(encoding="utf-8"))) or ""
    sentences = re.findall(r"[.!?](?=\s|$)", docstring)
    assert len(sentences) == 2, f"{shown(folder)}/__init__.py says {len(sentences)}"


@pytest.mark.parametrize("path", ALL, ids=shown)
def test_a_module_is_short(path: Path) -> None:
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= LINES_MAX, f"{shown(path)} has {lines} lines: which second thing does it hold?"


def test_names_of_modules_and_folders_say_what_they_hold() -> None:
    names = {part.removesuffix(".py") for path in ALL for part in path.relative_to(ROOT).parts}
    assert not {name for name in names for word in name.split("_") if word.removesuffix("s") in SAYS_NOTHING}


@pytest.mark.parametrize("path", modules(*PACKAGES), ids=shown)
def test_a_module_says_what_it_holds(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


def test_all_packages_are_installed_and_checked() -> None:
    tools = project()["tool"]
    assert set(tools["setuptools"]["packages"]["find"]["include"]) == {f"{package}*" for package in PACKAGES}
    assert set(tools["mypy"]["files"]) == {*PACKAGES, "tests", "benchmarks"}
    assert set(tools["ruff"]["lint"]["isort"]["known-first-party"]) == {*PACKAGES, "tests", "benchmarks"}


def test_every_lint_exception_says_why() -> None:
    """In pyproject.toml by a comment, in code by words after the code."""
    rule = re.compile(r'^\s*"[A-Z]+[0-9]*",(?P<why>.*)$', re.MULTILINE)
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert not [match[0] for match in rule.finditer(text) if "#" not in match["why"]]

    # In two parts, so that this line is not taken for an exception itself.
    marks = ("noqa" + ":", "type" + ": ignore")
    exception = re.compile(rf"# (?:{'|'.join(marks)})\s*\[?[\w, -]+?\]?(?P<why>\s+(?:-|–|#).*\w.*)?$")
    silent = [
        f"{shown(path)}:{number}"
        for path in ALL
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if (found := exception.search(line)) and not found["why"]
    ]
    assert not silent
