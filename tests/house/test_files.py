"""What must not stand in any file, and what has to agree between files."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.house.sources import PACKAGES, ROOT, files, modules, project, shown

# In parts, so that this file is not the one that names them.
REGISTRIES: Final = tuple(
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("repo", "maven"),
        ("repo1", "maven"),
        ("maven", "org"),
        ("registry", "npmjs"),
        ("npmjs", "org"),
        ("deb", "debian", "org"),
        ("static", "crates", "io"),
        ("proxy", "golang", "org"),
    )
)
MACHINE_PATHS: Final = tuple(f"/{folder}/" for folder in ("home", "root", "Users", "work", "farm"))

PAGES: Final = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
_IN_MODULE: Final = re.compile(r"`([\w/]+\.py)`:((?:\s+(?:and )?`[\w.]+`,?)+)")
_COMMAND: Final = re.compile(r"(?:^|\s|/)lasttouch ([a-z]+)\b")


def test_no_file_names_a_package_registry() -> None:
    """Locks hold hashes; where packages come from is for each machine to say."""
    assert not _lines_with(re.compile("|".join(re.escape(host) for host in REGISTRIES)))


def test_no_file_names_a_folder_of_somebodys_machine() -> None:
    inside_a_longer_path = r"(?<![\w.}])"
    assert not _lines_with(re.compile(inside_a_longer_path + "(?:" + "|".join(MACHINE_PATHS) + ")"))


def test_the_version_is_the_changelogs_newest() -> None:
    newest = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert newest is not None
    assert project()["project"]["version"] == newest[1]


def test_the_readmes_commands_exist() -> None:
    shell = re.findall(r"```(?:sh|bash|console|text)?\n(.*?)```", _readme(), re.DOTALL)
    written = {name for block in shell for name in _COMMAND.findall(block)}
    command = [sys.executable, "-m", "cli.main", "--help"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert not {name for name in written if not re.search(rf"\b{name}\b", listed)}


def test_the_readmes_make_targets_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    texts = _readme() + (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert set(re.findall(r"(?:^|`)make ([a-z-]+)", texts, re.MULTILINE)) <= targets


@pytest.mark.parametrize("page", PAGES, ids=shown)
def test_the_links_and_paths_of_a_page_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    links = re.findall(r"\]\((?!https?:|#)([^)#\s]+)", text)
    paths = re.findall(rf"`((?:{'|'.join((*PACKAGES, 'benchmarks', 'docs', 'tests'))})/[\w./-]*)`", text)
    assert not {link for link in links if not (page.parent / link).exists()}
    assert not {path for path in paths if not (ROOT / path).exists()}


@pytest.mark.parametrize("page", PAGES, ids=shown)
def test_what_a_page_names_in_a_module_is_defined_there(page: Path) -> None:
    """Written as `module.py`: `name`, `Class.name`."""
    text = page.read_text(encoding="utf-8")
    named = [(module, name) for module, names in _IN_MODULE.findall(text) for name in re.findall(r"[\w.]+", names)]
    assert not [(module, name) for module, name in named if not _is_defined(module, name)]


def _is_defined(module: str, name: str) -> bool:
    """`module`: its path, or the end of it."""
    found = [path for path in modules(*PACKAGES) if f"/{shown(path)}".endswith(f"/{module}")]
    defined = rf"^ *(?:(?:async )?def|class) {name.rpartition('.')[2]}\b"
    return any(re.search(defined, path.read_text(encoding="utf-8"), re.MULTILINE) for path in found)


def test_the_licence_is_whole() -> None:
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "Apache License" in text.splitlines()[1]
    assert "END OF TERMS AND CONDITIONS" in text


def _readme() -> str:
    return (ROOT / "README.md").read_text(encoding="utf-8")


def _lines_with(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{shown(path)}:{number}"
        for path in files()
        for number, line in enumerate(_text(path).splitlines(), 1)
        if pattern.search(line)
    ]


def _text(path: Path) -> str:
    return path.read_bytes().decode("utf-8", errors="replace")
