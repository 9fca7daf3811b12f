"""What a store holds names people: nobody but its owner reads it."""

from __future__ import annotations

import stat
from pathlib import Path

from structlog.testing import capture_logs

from dataflows.store.store import STORE_FILE, held, open_store


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_store_and_its_key_are_its_owners_alone(tmp_path: Path) -> None:
    made = tmp_path / "made" / "recovery"
    open_store(made)
    assert (mode(made), mode(made / STORE_FILE)) == (0o700, 0o600)


def test_an_empty_folder_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    given = tmp_path / "recovery"
    given.mkdir(mode=0o755)
    open_store(given)
    assert mode(given) == 0o700


def test_a_store_that_others_can_read_is_warned_of_once_a_run(tmp_path: Path) -> None:
    store = tmp_path / "recovery"
    open_store(store)
    store.chmod(0o755)
    (store / STORE_FILE).chmod(0o644)
    with capture_logs() as logs, held(str(store)):
        open_store(store)
    assert [(entry["log_level"], entry["mode"]) for entry in logs] == [("warning", "755")]
