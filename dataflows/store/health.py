"""Whether a recovery store can be read and written: looked at when the engine ended and did not say why."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from dataflows.store.parts import PATTERN

PROBE_BYTES: Final = 1_048_576
"""A disk with less room than this is full."""
PROBE_FILE: Final = "probe"


def problem(directory: Path, databases: int | None) -> str | None:
    """What is wrong with the store in `directory`, in one line that names the file or folder; None: nothing is.

    `databases`: how many files it has to have; None: others may be in the folders of other processes.
    """
    files = sorted(directory.glob(PATTERN))
    if databases is not None and len(files) != databases:
        return damaged(directory, f"it has {len(files)} of its {databases} database files")
    for file in files:
        try:
            with closing(sqlite3.connect(file)) as database:
                [said] = database.execute("PRAGMA quick_check(1)").fetchone()
                # A file that was emptied is a good database, without the engine's tables.
                database.execute("SELECT 1 FROM snaps LIMIT 1").fetchone()
        except sqlite3.DatabaseError as error:
            return damaged(file, str(error))
        if said != "ok":
            return damaged(file, said)
    return _full(directory)


def damaged(where: Path, said: str) -> str:
    """The line for a store that cannot be read."""
    words = " ".join(said.split())
    return (
        f"LASTTOUCH_RECOVERY_DIR: {where} is damaged ({words}); "
        "put a copy of the folder back, or name an empty one and read the events again"
    )


def incomplete(store: Path, said: str) -> str:
    """The line for a folder without some of its store's database files."""
    words = " ".join(said.split())
    return (
        f"LASTTOUCH_RECOVERY_DIR: {store} has not all files of its recovery store ({words}); move those of processes "
        "that are gone into it, put a copy of it back, or name an empty one and read the events again"
    )


def full(where: Path | str, said: str) -> str:
    """The line for a disk that takes nothing."""
    return f"{where} cannot be written: {said}; make room on its disk and start again"


def _full(directory: Path) -> str | None:
    probe = directory / PROBE_FILE
    try:
        try:
            probe.write_bytes(bytes(PROBE_BYTES))
        finally:
            probe.unlink(missing_ok=True)
    except OSError as error:
        return full(directory, error.strerror or str(error))
    return None
