"""The database files of a recovery store, the engine's partitions of it: each process of a cluster has some of them."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Final

from bytewax.recovery import init_db_dir

from config.errors import UserError

PATTERN: Final = "*.sqlite3"
"""Whatever ends so, the engine takes for one of its own."""


def part_file(number: int) -> str:
    """What the engine calls the file of a part, by its number from 0."""
    return f"part-{number}.sqlite3"


def files_of(directory: Path, place: int, sharers: int) -> list[Path]:
    """One sharer's files of those in a folder; all sharers' together are all."""
    return sorted(directory.glob(PATTERN))[place::sharers]


def part_names(numbers: Iterable[int]) -> str:
    """Files as a message names them."""
    return ", ".join(map(part_file, sorted(numbers)))


def parts_in(directory: Path) -> dict[int, int]:
    """The parts that are in a folder: number → how many its store has in all.

    Raises `UserError` for a file that is none of them, or that is there twice.
    """
    found: dict[int, int] = {}
    for path in sorted(directory.glob(PATTERN)):
        for number, count in _parts_of(path):
            if number in found:
                raise UserError(
                    f"LASTTOUCH_RECOVERY_DIR: {directory} has {part_file(number)} twice; take the older copy away"
                )
            found[number] = count
    return found


def _parts_of(path: Path) -> list[tuple[int, int]]:
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as database:
            return [(int(number), int(count)) for number, count in database.execute(_PARTS)]
    except sqlite3.Error as error:
        raise UserError(
            f"LASTTOUCH_RECOVERY_DIR: {path} is no file of a recovery store ({error}); put a copy of it back"
        ) from error


_PARTS: Final = "SELECT part_index, part_count FROM parts"


_PAGE_BYTES: Final = 16_384
"""A snapshot is written in pages, twice: into the log, and from there. SQLite's usual ones, a quarter of these, take
half as much CPU again for a snapshot of 600 KB."""


def make_parts(directory: Path, numbers: Iterable[int], count: int) -> None:
    """Make the empty parts of these numbers, of a store of `count`; those that are there stay as they are."""
    missing = [number for number in numbers if not (directory / part_file(number)).exists()]
    if not missing:
        return
    # All are made aside, because the engine makes all or none, and each comes into its place whole.
    with tempfile.TemporaryDirectory(dir=directory, prefix="parts-") as aside:
        init_db_dir(Path(aside), count)
        for number in missing:
            _set_page_size(Path(aside) / part_file(number))
            for path in sorted(Path(aside).glob(f"{part_file(number)}*"), reverse=True):
                path.rename(directory / path.name)


def _set_page_size(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        [journal_mode] = database.execute("PRAGMA journal_mode").fetchone()
        # A file with a log beside it keeps the size of its pages.
        for step in ("PRAGMA journal_mode = DELETE", f"PRAGMA page_size = {_PAGE_BYTES}", "VACUUM"):
            database.execute(step)
        database.execute(f"PRAGMA journal_mode = {journal_mode}")
