"""Why a run or one of its workers ended: what to make of an exception, and which of several reasons to report.

A worker process hands its cause to its parent as JSON, so that a run of many workers says what a run of one says.
"""

from __future__ import annotations

import errno
import re
import traceback
from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Final

import msgspec
from bytewax.recovery import InconsistentPartitionsError, MissingPartitionsError, NoPartitionsError

from config.errors import Unavailable, UserError
from connectors.kafka.partition_reader import OffsetLost
from connectors.kafka.sink import DeliveryFailed
from connectors.view.waiting import Stopped
from connectors.view.writes import Fenced, ViewLost
from dataflows.run.tally import Counts
from dataflows.store.health import damaged, full, incomplete


class Kind(StrEnum):
    """Kinds of causes, the most telling first: of several, the first of these is reported."""

    WRONG_INPUT = "wrong input"
    """The user's to mend: status 2."""
    UNUSABLE = "unusable"
    """A disk that is full, a recovery store that is damaged: the owner's to mend."""
    FENCED = "fenced"
    """A newer run writes to the same Redis."""
    VIEW_LOST = "view lost"
    """Redis has lost what was written: it is written anew."""
    OFFSET_LOST = "offset lost"
    """Records are gone from their topic before they were read."""
    FAILED = "failed"
    """Nobody expected it."""
    DELIVERY_FAILED = "delivery failed"
    """Kafka did not take a record."""
    AWAY = "away"
    """A server cannot be reached."""
    DIED = "died"
    """A process was killed, or ended without a word."""
    STOPPED = "stopped"
    """A stop was asked for while a server was away."""
    PEER_DIED = "peer died"
    """The engine ended because another worker did: never the reason."""


_RANK: Final = {kind: rank for rank, kind in enumerate(Kind)}
_KINDS: Final[tuple[tuple[type[BaseException], Kind], ...]] = (
    (UserError, Kind.WRONG_INPUT),
    (OffsetLost, Kind.OFFSET_LOST),
    (DeliveryFailed, Kind.DELIVERY_FAILED),
    (Unavailable, Kind.AWAY),
    (Fenced, Kind.FENCED),
    (ViewLost, Kind.VIEW_LOST),
    (Stopped, Kind.STOPPED),
)
"""Exceptions whose text is one line for the user; a class stands before its base."""

_DISK_ERRNOS: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO})
_FULL: Final = re.compile(r"database or disk is full|disk I/O error|readonly database|unable to open database file")
_DAMAGED: Final = re.compile(
    r"disk image is malformed|file is not a database|no such table|no such column|malformed database schema"
)
_PEER: Final = re.compile(r"(Send|Recv) thread panic|worker thread panicked|BrokenPipe|Broken pipe|ConnectionReset")
_TEXT_MAX: Final = 1_000
_TRACEBACK_MAX: Final = 8_000


class Cause(msgspec.Struct, frozen=True, kw_only=True):
    """Why it ended."""

    kind: Kind
    text: str
    """One line."""
    traceback: str = ""
    """Where it was raised, of what nobody expected."""
    engine: str = ""
    """The last that the engine said."""
    worker: int = 0
    """The worker's number, from 0."""


class RunFailed(RuntimeError):
    """A run, or a worker of it, ended before its time."""

    def __init__(self, cause: Cause, counts: Counts | None = None) -> None:
        """`counts`: what the worker had counted until then."""
        super().__init__(cause.text)
        self.cause = cause
        self.counts = counts


def most_telling(causes: Iterable[Cause]) -> Cause:
    """Of what several workers say, what is to be reported."""
    return min(causes, key=lambda cause: (_RANK[cause.kind], cause.worker))


def cause_of(
    error: BaseException,
    *,
    store: Path,
    first: BaseException | None = None,
    disk: Path | None = None,
    engine: str = "",
    worker: int = 0,
) -> Cause:
    """What to make of `error`, as it came out of the engine or from elsewhere.

    `first`: what a step raised first. `store`: the recovery store's folder. `disk`: what the step that failed writes
    to, if it writes to a disk. `engine`: what the engine said.
    """
    if isinstance(error, RunFailed):
        return error.cause
    raised = first or error
    for known in _chain(raised):
        for kind, meaning in _KINDS:
            if isinstance(known, kind):
                return Cause(kind=meaning, text=_line(str(known)) or kind.__name__, worker=worker)
    unusable = _unusable(raised, store, disk)
    if unusable is not None:
        return Cause(kind=Kind.UNUSABLE, text=unusable, engine=engine, worker=worker)
    inner = raised if first is not None else [*_chain(error)][-1]
    text = f"{type(inner).__name__}: {_line(str(inner))}"
    if first is None and _PEER.search(text):
        return Cause(kind=Kind.PEER_DIED, text=text, engine=engine, worker=worker)
    trace = "".join(traceback.format_exception(raised))[-_TRACEBACK_MAX:]
    return Cause(kind=Kind.FAILED, text=text, traceback=trace, engine=engine, worker=worker)


def _unusable(raised: BaseException, store: Path, disk: Path | None) -> str | None:
    """One line, if the disk or the recovery store is what failed."""
    for error in _chain(raised):
        if isinstance(error, OSError) and error.errno in _DISK_ERRNOS:
            return full(error.filename or disk or store, error.strerror or str(error))
        if isinstance(error, MissingPartitionsError):
            return incomplete(store, str(error))
        if isinstance(error, InconsistentPartitionsError | NoPartitionsError):
            return damaged(store, str(error))
        if said := _FULL.search(str(error)):
            return full(store, said[0])
        if said := _DAMAGED.search(str(error)):
            return damaged(store, said[0])
    return None


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An exception and what caused it, outermost first."""
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = seen.__cause__


def _line(text: str) -> str:
    return " ".join(text.split())[:_TEXT_MAX]
