"""Children import this program's modules, whatever packages the folder has that a command is called in."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from config.child_process import python_environment


@pytest.fixture
def foreign_folder(tmp_path: Path) -> Path:
    """A folder with packages of our names that are not ours."""
    for package in ("connectors", "dataflows", "config", "state"):
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").write_text("raise RuntimeError('not lasttouch')")
    return tmp_path


@pytest.mark.parametrize("module", ["connectors.decoding.process", "dataflows.run.worker_process"])
def test_a_child_started_in_a_foreign_folder_finds_its_modules(module: str, foreign_folder: Path) -> None:
    program = f"import {module}"
    child = subprocess.run(
        [sys.executable, "-c", program], cwd=foreign_folder, env=python_environment(), capture_output=True, check=False
    )
    assert child.returncode == 0, child.stderr.decode()


def test_the_folder_a_command_was_called_in_is_named_in_full(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Else it would be another one for a child that starts elsewhere."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", ["", "relative", "/somewhere"])
    assert python_environment()["PYTHONPATH"] == f"{tmp_path}:{tmp_path}/relative:/somewhere"
