"""No kernel looks behind an array, whatever a line holds: compiled with every index checked, over damaged lines."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Final

import pytest

from tests.examples import SHARE
from tests.house.sources import ROOT

LINES: Final = 1_000_000 if SHARE >= 1 else 20_000


@pytest.mark.hypothesis  # it is a property, whose examples are drawn by what damages the lines
@pytest.mark.timeout(3_600)
def test_no_index_misses_its_array() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "tests.kernels.fuzz", str(LINES), "7"],
        cwd=ROOT,
        env={**os.environ, "NUMBA_BOUNDSCHECK": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.startswith(f"{LINES} lines")
