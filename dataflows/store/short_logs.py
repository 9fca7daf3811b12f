"""The logs that SQLite writes ahead of a recovery store's files, kept short while a run writes them.

The engine's own connections bring a log into its file once a commit has made it longer than 1,000 pages, while the
stream waits, and never cut it: it stays as long as it ever was. Here it is brought over in the pause between two
epochs, by a process beside the worker, and cut. The engine's connections are made for that: they wait up to five
seconds for others.
"""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import structlog

from dataflows.store import cut_logs

LOG_SUFFIX: Final = "-wal"
LOOK_EVERY_S: Final = 1.0
"""A log that has not changed for so long is not being written."""
LONG_BYTES: Final = 1 << 20
"""A shorter log is left as it is: a stream that rests writes some pages an epoch, no reason to start a process."""
_PROGRAM: Final = str(cut_logs.__file__)
_CUT_MOST_S: Final = 60.0
_POLL_S: Final = 0.05
_END_S: Final = 0.5
"""How long a process that was killed is waited for: one that waits for the disk ends only when that answers."""

_LOG: Final = structlog.get_logger()


@contextmanager
def logs_kept_short(files: Sequence[Path]) -> Iterator[None]:
    """Keep the logs of these database files short until the end of the block, which waits for none to be cut: a disk
    that is busy may take seconds for that, and SQLite loses nothing by it."""
    ending = threading.Event()
    thread = threading.Thread(target=_keep_short, args=(files, ending), name="recovery-logs", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ending.set()
        thread.join(_END_S)


def _keep_short(files: Sequence[Path], ending: threading.Event) -> None:
    seen: dict[Path, tuple[int, int]] = {}
    said = ""
    while not ending.wait(LOOK_EVERY_S):
        states = {path: _size_and_time(path) for path in files}
        still = [path for path, state in states.items() if state[0] >= LONG_BYTES and state == seen.get(path)]
        seen = states
        failure = cut(still, ending) if still else said
        if failure and failure != said:
            _LOG.warning("logs of the recovery store stay long", error=failure)
        said = failure


def cut(files: Sequence[Path], ending: threading.Event | None = None) -> str:
    """Cut the logs of these. Returns what kept it from that; nothing: they are cut, or somebody is at them.

    `ending`: once it is set, they are left as they are.
    """
    command = [sys.executable, "-I", "-S", _PROGRAM, *map(str, files)]
    try:
        # In a group of its own, Ctrl-C does not interrupt it.
        cutting = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True)
    except OSError as error:
        return str(error)
    with cutting:
        return _outcome(cutting, ending or threading.Event())


def _outcome(cutting: subprocess.Popen[str], ending: threading.Event) -> str:
    give_up_at = time.monotonic() + _CUT_MOST_S
    given_up = ""
    while True:
        try:
            _, said = cutting.communicate(timeout=_POLL_S)
        except subprocess.TimeoutExpired:
            if ending.is_set() or time.monotonic() > give_up_at:
                given_up = "" if ending.is_set() else f"not done within {_CUT_MOST_S:g} s"
                cutting.kill()
        else:
            return given_up or (said.strip() if cutting.returncode else "")


def _size_and_time(path: Path) -> tuple[int, int]:
    """Bytes of a file's log, and when it was written; 0 and 0 where it has none."""
    try:
        found = path.with_name(path.name + LOG_SUFFIX).stat()
    except FileNotFoundError:
        return 0, 0
    return found.st_size, found.st_mtime_ns
