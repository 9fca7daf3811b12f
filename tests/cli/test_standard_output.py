"""What a command does whose standard output takes nothing: it says so in one line, and shows no traceback."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

FULL = Path("/dev/full")
LASTTOUCH = (sys.executable, "-m", "cli.main")


@pytest.mark.skipif(not FULL.exists(), reason="no device here that is always full")
@pytest.mark.parametrize(
    "arguments",
    [
        ["--version"],
        ["report", "orders", "--help"],
        ["generate", "--events", "10"],
        pytest.param(["generate", "--events", "20000"], id="more than a buffer holds"),
        ["settings", "set", "--account", "acme", "--from-file", "settings.toml", "--print"],
    ],
)
def test_a_full_disk_is_told_in_one_line(arguments: list[str], tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text('[default]\ncurrency = "EUR"\n')

    with FULL.open("wb") as full:
        ended = subprocess.run([*LASTTOUCH, *arguments], stdout=full, stderr=subprocess.PIPE, text=True, cwd=tmp_path)

    assert ended.returncode == 1
    (line,) = ended.stderr.splitlines()
    assert line.startswith("lasttouch: standard output: ")
    assert "No space left on device" in line


@pytest.mark.parametrize("arguments", [["--version"], ["generate", "--events", "10"]])
def test_without_a_standard_output_a_command_does_what_it_does(arguments: list[str]) -> None:
    ended = subprocess.run(
        ["/bin/sh", "-c", 'exec "$@" >&-', "sh", *LASTTOUCH, *arguments], stderr=subprocess.PIPE, text=True
    )

    assert (ended.returncode, ended.stderr) == (0, "")
