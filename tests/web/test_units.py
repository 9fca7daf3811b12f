"""The page's modules that need no browser: their tests, run by node; skipped by name where there is none."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

from tests.house.sources import ROOT, shown
from tests.waiting import PATIENCE_S

UNITS: Final = sorted((ROOT / "tests" / "web" / "units").glob("*.test.mjs"))
NODE: Final = shutil.which("node")


@pytest.mark.skipif(NODE is None, reason="no node here: it runs the tests of the page's modules (Node 18.19 or newer)")
@pytest.mark.parametrize("path", UNITS, ids=shown)
def test_a_module_of_the_page(path: Path) -> None:
    assert NODE is not None
    done = subprocess.run([NODE, "--test", str(path)], cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_S)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "# tests 0" not in done.stdout
