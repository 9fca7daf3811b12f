"""Cut the logs that SQLite writes ahead of the database files that are named: `python -I -S cut_logs.py FILE…`.

A process of its own, with nothing but the standard library. In the engine's process this would ruin the files: the
engine brings an SQLite of its own, SQLite locks files for a process, and whichever closes a file lets go of the other's
locks (sqlite.org, "How To Corrupt An SQLite Database File", 2.2.1).
"""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

_PRIMARY = 0xFF
"""The part of SQLite's error codes that says the kind."""


def cut_log(path: Path) -> None:
    """Bring all that stands in a file's log into the file, and cut it; some of both where somebody reads or writes.

    Raises `sqlite3.Error`.
    """
    # A file that is not there is not made.
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=0.0)) as database:
        database.isolation_level = None
        try:
            # The first keeps nobody from writing, and leaves the second, which does, hardly anything to do.
            for how in ("PASSIVE", "TRUNCATE"):
                database.execute(f"PRAGMA wal_checkpoint({how})").fetchone()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & _PRIMARY != sqlite3.SQLITE_BUSY:
                raise


def main(files: Iterable[str]) -> int:
    """Cut each. Returns the exit status."""
    status = 0
    for file in files:
        try:
            cut_log(Path(file))
        except sqlite3.Error as error:
            sys.stderr.write(f"{file}: {error}\n")
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
