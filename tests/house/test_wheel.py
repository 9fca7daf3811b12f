"""The built wheel, not the checkout: what is installed by others holds everything and nothing more."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.house.sources import PACKAGES, ROOT, files, project


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """Built from a copy: setuptools leaves folders beside the sources."""
    copy = tmp_path_factory.mktemp("sources")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    for package in PACKAGES:
        shutil.copytree(ROOT / package, copy / package, ignore=shutil.ignore_patterns("__pycache__"))
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "--wheel-dir",
        "made",
        ".",
    ]
    done = subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    [built] = (copy / "made").iterdir()
    return zipfile.ZipFile(built)


def test_it_holds_every_file_of_every_package(wheel: zipfile.ZipFile) -> None:
    ours = {path.relative_to(ROOT).as_posix() for path in files() if path.relative_to(ROOT).parts[0] in PACKAGES}
    packed = {name for name in wheel.namelist() if Path(name).parts[0] in PACKAGES}
    assert packed == ours


def test_it_holds_nothing_else_but_its_own_record(wheel: zipfile.ZipFile) -> None:
    record = f"lasttouch-{project()['project']['version']}.dist-info"
    assert {Path(name).parts[0] for name in wheel.namelist()} == {*PACKAGES, record}


def test_it_installs_the_command_and_carries_the_licence(wheel: zipfile.ZipFile) -> None:
    record = f"lasttouch-{project()['project']['version']}.dist-info"
    assert "lasttouch = cli.main:main" in wheel.read(f"{record}/entry_points.txt").decode()
    assert f"{record}/licenses/LICENSE" in wheel.namelist()
