"""The engine's database files read from outside, also while a run writes them: the snapshots a start would resume from.

What is read is what Bytewax itself would read (its `recovery.rs`): for each step and key the latest snapshot before
the epoch that the next execution would begin with.
"""

from __future__ import annotations

import io
import os
import pickle
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Final

from config.errors import Unavailable
from dataflows.store.parts import PATTERN

_FIRST_EPOCH: Final = 1
_TRIES_MAX: Final = 20
_TRY_AGAIN_S: Final = 0.05
_SNAPSHOT: Final = """
    SELECT ser_change FROM snaps WHERE step_id = ? AND state_key = ? AND snap_epoch < ?
    ORDER BY snap_epoch DESC LIMIT 1
"""


class _Moved(Exception):
    """A run has got ahead between two looks; look again."""


class RecoveryFiles:
    """The snapshots of all files as they stood at one instant."""

    def __init__(self, files: Sequence[sqlite3.Connection], resume_epoch: int) -> None:
        """`files`: each inside a read transaction. `resume_epoch`: where the next execution would begin."""
        self._files = files
        self._resume_epoch = resume_epoch

    def snapshot(self, step: str, key: str) -> bytes | None:
        """The state of a key of one of our stages; None if it has none."""
        state = self.plain(step, key)
        if state is not None and not isinstance(state, bytes):
            raise pickle.UnpicklingError("a snapshot is not bytes, as every version of lasttouch writes them")
        return state

    def plain(self, step: str, key: str) -> object:
        """The state of a key of any step, made of plain values; None if it has none."""
        for file in self._files:
            row = file.execute(_SNAPSHOT, (step, key, self._resume_epoch)).fetchone()
            if row is not None:
                return None if row[0] is None else _PlainUnpickler(io.BytesIO(row[0])).load()
        return None


@contextmanager
def recovery_files(directory: Path, *others: Path) -> Iterator[RecoveryFiles]:
    """The snapshots in the recovery store `directory`. Raises `Unavailable` for files that cannot be read.

    `others`: the folders of the other processes, where it is a cluster's.
    """
    try:
        for _ in range(_TRIES_MAX):
            with ExitStack() as stack:
                try:
                    files = _opened([directory, *others], stack)
                except _Moved:
                    time.sleep(_TRY_AGAIN_S)
                    continue
                yield files
                return
    except (sqlite3.Error, pickle.UnpicklingError) as error:
        raise Unavailable(f"LASTTOUCH_RECOVERY_DIR: {directory} cannot be read: {error}") from error
    raise Unavailable(f"LASTTOUCH_RECOVERY_DIR: {directory} changes faster than it can be read; try again")


def _opened(directories: Sequence[Path], stack: ExitStack) -> RecoveryFiles:
    paths = [path for directory in directories for path in sorted(directory.glob(PATTERN))]
    files = [stack.enter_context(closing(_connect(path))) for path in paths]
    # The order matters: an epoch is noted as complete only after all of its snapshots are in all files, and what it
    # replaces is deleted only after that. So: first where the engine would resume, then the instant that is read,
    # then whether what is needed had been deleted by then.
    resume_epoch = _resume_epoch(files)
    for file in files:
        file.execute("BEGIN")
    committed = [epoch for file in files for (epoch,) in file.execute("SELECT commit_epoch FROM commits")]
    if any(epoch >= resume_epoch for epoch in committed):
        raise _Moved
    return RecoveryFiles(files, resume_epoch)


def _connect(path: Path) -> sqlite3.Connection:
    """A file to be read. SQLite may leave a log and its index beside one that it reads; see below."""
    # Left behind by another user than the run's, these would keep the run from writing. So such a user reads a file
    # that nobody writes (there is no log) as one that cannot change, which leaves nothing.
    is_live = path.with_name(path.name + "-wal").exists()
    is_own = path.stat().st_uid == os.geteuid()
    access = "mode=ro" if is_own or is_live else "mode=ro&immutable=1"
    return sqlite3.connect(f"{path.absolute().as_uri()}?{access}", uri=True, isolation_level=None)


def _resume_epoch(files: Sequence[sqlite3.Connection]) -> int:
    """The epoch that the next execution begins with: the least that a worker of the last one had not completed."""
    executions = [row for file in files for row in file.execute("SELECT ex_num, worker_count, resume_epoch FROM exs")]
    if not executions:
        return _FIRST_EPOCH
    number, workers, begun = max(executions)
    reached = dict.fromkeys(range(workers), begun)
    for file in files:
        rows = file.execute("SELECT worker_index, worker_frontier FROM fronts WHERE ex_num = ?", (number,))
        for worker, frontier in rows:
            reached[worker] = max(frontier, reached.get(worker, frontier))
    return int(min(reached.values()))


class _PlainUnpickler(pickle.Unpickler):
    """The engine pickles what the steps give it, which is plain; anything that names a class of ours is refused."""

    def find_class(self, module: str, name: str) -> object:
        if (module, name) == ("builtins", "bytes"):  # see `dataflows.store.packed_state`
            return bytes
        raise pickle.UnpicklingError(f"a snapshot holds a {module}.{name}, which no version of lasttouch writes")
