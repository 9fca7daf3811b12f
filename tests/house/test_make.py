"""`make` on a machine without a Python that it can use: one line that says how to get one there."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.house.sources import ROOT

TOOLS = ("sh", "cat", "printf", "touch")


def made(folder: Path, *arguments: str, programs: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """`make` of a copy of the Makefile, on a machine that has these programs (by name, what they do) and no others."""
    there = folder / "bin"
    there.mkdir()
    for name in (*TOOLS, "make"):
        found = shutil.which(name)
        assert found is not None
        (there / name).symlink_to(found)
    for name, does in programs.items():
        (there / name).write_text(f"#!/bin/sh\n{does}\n")
        (there / name).chmod(0o700)
    shutil.copy(ROOT / "Makefile", folder)
    (folder / "requirements-pip.lock").touch()
    (folder / "requirements.lock").touch()
    (folder / "requirements-dev.lock").touch()
    (folder / "pyproject.toml").touch()
    own = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    return subprocess.run(
        [str(there / "make"), "--no-print-directory", *arguments],
        cwd=folder,
        env={**own, "PATH": str(there)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("programs", "advice"),
    [
        ({"uv": "exit 1"}, "get one: uv python install 3.12;"),
        ({"brew": "", "uv": "exit 1"}, "get one: uv python install 3.12;"),
        ({"brew": ""}, "get one: brew install python@3.12;"),
        ({"apt-get": ""}, "get one: apt-get install python3.12-venv"),
        ({}, "get one: install uv, then: uv python install 3.12;"),
    ],
)
def test_without_a_python_it_says_in_one_line_how_to_get_one(
    tmp_path: Path, programs: dict[str, str], advice: str
) -> None:
    ended = made(tmp_path, programs=programs)

    assert ended.returncode != 0
    [line] = [line for line in ended.stderr.splitlines() if not line.startswith("make")]
    assert line.startswith("lasttouch needs CPython 3.11 or 3.12; none of these runs:")
    assert advice in line


def test_a_python_that_is_too_new_is_named(tmp_path: Path) -> None:
    ended = made(tmp_path, programs={"python3": "echo is CPython 3.14.0"})
    assert "python3 is CPython 3.14.0; get one: " in ended.stderr


def test_a_python_that_uv_has_installed_is_found(tmp_path: Path) -> None:
    """It is on no path of its own."""
    hidden = tmp_path / "python-of-uv"
    hidden.write_text('#!/bin/sh\ncase "$1" in -c) echo fits;; *) echo "ran $*"; exit 3;; esac\n')
    hidden.chmod(0o700)
    ended = made(tmp_path, programs={"uv": f'echo "{hidden}"'})
    assert "ran -m venv --clear .venv" in ended.stdout


def test_a_python_that_was_named_is_the_only_one_tried(tmp_path: Path) -> None:
    ended = made(tmp_path, "PYTHON=/nowhere/python", programs={"uv": "echo /bin/sh"})
    assert "none of these runs: /nowhere/python" in ended.stderr
