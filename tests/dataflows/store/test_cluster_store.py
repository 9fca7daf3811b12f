"""A recovery store in several folders: its files are made one by one, and its identity goes to each process alone."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from config.errors import Unavailable, UserError
from dataflows.store.parts import make_parts, parts_in
from dataflows.store.retained import retained
from dataflows.store.sealed_identity import NotSealedForMe, Receiver, seal
from dataflows.store.store import existing_store, identity_in, new_identity, open_store, write_identity
from state.settings import DEFAULT
from state.timeline import of_file


def test_only_the_parts_that_are_asked_for_are_made(tmp_path: Path) -> None:
    make_parts(tmp_path, [1, 4], 6)
    assert parts_in(tmp_path) == {1: 6, 4: 6}
    before = {path.name: path.read_bytes() for path in tmp_path.glob("*.sqlite3")}
    make_parts(tmp_path, [1, 2, 4], 6)
    assert parts_in(tmp_path) == {1: 6, 2: 6, 4: 6}
    assert {name: (tmp_path / name).read_bytes() for name in before} == before


def test_a_part_has_large_pages_and_the_engine_log(tmp_path: Path) -> None:
    make_parts(tmp_path, [0], 1)
    with closing(sqlite3.connect(tmp_path / "part-0.sqlite3")) as part:
        assert [part.execute(f"PRAGMA {name}").fetchone() for name in ("page_size", "journal_mode")] == [
            (16_384,),
            ("wal",),
        ]


def test_a_file_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "part-0.sqlite3").write_bytes(b"nothing of the kind" * 100)
    with pytest.raises(UserError, match=r"part-0\.sqlite3"):
        parts_in(tmp_path)


def test_a_copy_under_another_name_is_found(tmp_path: Path) -> None:
    make_parts(tmp_path, [0], 2)
    (tmp_path / "old.sqlite3").write_bytes((tmp_path / "part-0.sqlite3").read_bytes())
    with pytest.raises(UserError, match="twice"):
        parts_in(tmp_path)


def test_an_identity_is_opened_by_whom_it_was_sealed_for_and_nobody_else() -> None:
    identity, receiver = new_identity(8), Receiver()
    sealed = seal(identity, receiver.public_key)
    assert receiver.open(sealed) == identity
    assert identity.secret not in sealed
    with pytest.raises(NotSealedForMe):
        Receiver().open(sealed)
    with pytest.raises(NotSealedForMe):
        receiver.open(sealed[:-2] + ("00" if sealed[-2:] != "00" else "11"))


def test_an_identity_makes_a_folder_a_part_of_the_store(tmp_path: Path) -> None:
    assert identity_in(tmp_path) is None
    identity = new_identity(8)
    write_identity(tmp_path, identity)
    store = existing_store(tmp_path)
    assert (store.id, store.databases, store.fresh) == (identity.id, 8, True)
    assert not store.is_whole
    assert open_store(tmp_path) == store


def test_a_store_of_one_machine_is_whole(tmp_path: Path) -> None:
    assert open_store(tmp_path / "store").is_whole


def test_a_part_of_a_store_is_not_read_as_if_it_were_all(tmp_path: Path) -> None:
    write_identity(tmp_path, new_identity(8))
    make_parts(tmp_path, [0, 1], 8)
    with (
        pytest.raises(Unavailable, match="a part of its recovery store"),
        retained(tmp_path, lambda _: of_file(DEFAULT)),
    ):
        pass
