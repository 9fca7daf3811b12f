"""A recovery store that cannot be read or written is told by its file, one that can is left as it is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dataflows.store.health import problem
from dataflows.store.store import DATABASES, open_store


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return open_store(tmp_path / "recovery").directory


def test_a_good_one(store: Path) -> None:
    before = {path.name: path.read_bytes() for path in store.iterdir()}
    assert problem(store, DATABASES) is None
    assert {path.name: path.read_bytes() for path in store.iterdir()} == before


@pytest.mark.parametrize("damage", [b"x" * 4096, b"", os.urandom(4096)], ids=["text", "nothing", "noise"])
def test_a_damaged_file_is_named(store: Path, damage: bytes) -> None:
    file = sorted(store.glob("*.sqlite3"))[2]
    file.write_bytes(file.read_bytes()[:100] + damage * 3 if damage else b"")
    said = problem(store, DATABASES)
    assert said is not None
    assert str(file) in said


def test_a_missing_file(store: Path) -> None:
    next(store.glob("*.sqlite3")).unlink()
    said = problem(store, DATABASES)
    assert said is not None
    assert str(store) in said
    assert "3 of its 4" in said
