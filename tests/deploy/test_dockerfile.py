"""The image is built from what is there and tested, and runs as nobody special."""

from __future__ import annotations

import fnmatch
import os
import re
import subprocess
import time
from pathlib import Path
from typing import Final

import pytest

from tests.deploy.compose import ROOT, instruction, instructions
from tests.house.sources import PACKAGES, project

COPIED: Final = [
    source.rstrip("/")
    for name, rest in instructions()
    if name == "COPY" and not rest.startswith("--from=")
    for source in rest.split()[:-1]
]


@pytest.mark.parametrize("source", COPIED)
def test_what_it_copies_is_there_and_is_sent_to_the_builder(source: str) -> None:
    assert (ROOT / source).exists()
    assert is_sent(source)


def test_it_copies_every_package() -> None:
    assert set(PACKAGES) <= set(COPIED)


@pytest.mark.parametrize("name", [".git", ".venv", ".env", "tests", "benchmarks", "requirements-dev.lock"])
def test_nothing_else_is_sent_to_the_builder(name: str) -> None:
    assert not is_sent(name)


def test_it_installs_from_the_lock_by_hash() -> None:
    [install] = [rest for name, rest in instructions() if name == "RUN" and "-r requirements.lock" in rest]
    assert "--require-hashes" in install
    assert "--only-binary :all:" in install


def test_its_base_is_a_debian_with_a_python_that_the_project_runs_on() -> None:
    """Bytewax has no wheels for musl."""
    bases = {rest.split()[0] for name, rest in instructions() if name == "FROM"}
    [version] = [re.fullmatch(r"python:(3\.\d+)-slim-bookworm", base) for base in bases]
    assert version is not None
    assert version[1] == "3.12"
    assert project()["project"]["requires-python"] == ">=3.11,<3.13"


def test_it_runs_as_a_user_of_its_own_and_is_stopped_by_sigterm() -> None:
    assert re.fullmatch(r"[1-9]\d+:[1-9]\d+", instruction("USER"))
    assert instruction("STOPSIGNAL") == "SIGTERM"
    assert instruction("ENTRYPOINT") == '["lasttouch"]'
    assert instruction("CMD") == '["run"]'


@pytest.mark.parametrize(("age_s", "is_healthy"), [(5, True), (400, False), (None, False)])
def test_it_is_healthy_while_the_recovery_store_is_written(tmp_path: Path, age_s: int | None, is_healthy: bool) -> None:
    """The store's write-ahead log changes at every epoch; none of its other files need to."""
    for name, age in (("part-0.sqlite3", 100_000), ("part-0.sqlite3-wal", age_s)):
        if age is not None:
            (tmp_path / name).touch()
            os.utime(tmp_path / name, (time.time() - age,) * 2)
    check = instruction("HEALTHCHECK").partition("CMD ")[2]
    environment = {"PATH": os.environ["PATH"], "LASTTOUCH_RECOVERY_DIR": str(tmp_path)}
    asked = subprocess.run(["/bin/sh", "-c", check], env=environment, check=False)
    assert (asked.returncode == 0) == is_healthy


def is_sent(path: str) -> bool:
    """Whether .dockerignore lets a path at the top through: the last pattern that fits decides."""
    sent = True
    for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines():
        pattern = line.removeprefix("!").strip()
        if pattern and not pattern.startswith("#") and fnmatch.fnmatch(path, pattern):
            sent = line.startswith("!")
    return sent
