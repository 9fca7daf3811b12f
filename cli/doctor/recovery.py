"""The recovery directory: is it a store that this version can go on with, and is it private."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from cli.doctor.finding import Finding, note, refused, right, wrong
from cli.doctor.machine import existing_part
from config.errors import UserError
from dataflows.store.health import problem
from dataflows.store.store import STORE_FILE, Store, existing_store, is_held

_CHECK = "recovery store"


def findings(directory: Path) -> Iterator[Finding]:
    """What there is to say of the folder that `LASTTOUCH_RECOVERY_DIR` names."""
    if not (directory / STORE_FILE).exists():
        yield _without_store(directory)
        return
    try:
        store = existing_store(directory)
    except UserError as error:
        yield refused(_CHECK, error)
        return
    yield _condition(store)
    yield _privacy(store)


def _without_store(directory: Path) -> Finding:
    if directory.exists() and not directory.is_dir():
        return wrong(_CHECK, f"{directory} is no folder", "name a folder in LASTTOUCH_RECOVERY_DIR")
    if directory.exists() and any(directory.iterdir()):
        found = f"{directory} has files but no {STORE_FILE}"
        return wrong(_CHECK, found, "name an empty or a new folder, or the folder of a run, in LASTTOUCH_RECOVERY_DIR")
    above = existing_part(directory.absolute())
    if not os.access(above, os.W_OK | os.X_OK):
        return wrong(_CHECK, f"{directory} cannot be made by this user", f"give this user the folder {above}")
    return note(_CHECK, f"{directory} has none yet", "the first `lasttouch run` makes it")


def _condition(store: Store) -> Finding:
    directory = store.directory
    if not os.access(directory, os.W_OK | os.X_OK):
        found = f"{directory} cannot be written by this user"
        return wrong(_CHECK, found, "run as the user that it belongs to, or give it to this one (chown -R)")
    if is_held(store):
        # Its run says more of its condition than a look from outside.
        return right(_CHECK, f"{directory}, in use by run {store.last_run}")
    said = problem(directory, None)  # others may be in the folders of other processes
    if said is not None:
        return refused(_CHECK, UserError(said))
    if not store.is_whole:
        found = f"{directory} has some of its {store.databases} database files, and they are whole"
        return note(_CHECK, found, "the others have to be in the folders of the cluster's other processes")
    runs = f"last used by run {store.last_run}" if store.last_run else "no run has used it"
    return right(_CHECK, f"{directory}, whole; {runs}")


def _privacy(store: Store) -> Finding:
    """It holds addresses, and the key of pseudonyms."""
    check = "its permissions"
    for path in (store.directory, store.directory / STORE_FILE):
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & 0o077:
            return wrong(check, f"others can read {path} ({mode:o})", f"chmod go= {path}")
    return right(check, "nobody but its owner reads it")
