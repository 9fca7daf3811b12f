"""The source of what has to be published once more: what an earlier run published since its last stored snapshot.

A crash loses the memory of it. If the replay batches differently, the difference to what the snapshot remembers may be
nothing, and a wrong last record or row would stay for ever. But the topic knows its records and Redis its rows; both
are read when a run resumes.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from threading import Event, Thread
from typing import Final, Protocol

import structlog
from bytewax.inputs import FixedPartitionedSource, StatefulSourcePartition

from config.errors import Unavailable
from config.stopping import StopRequest
from connectors.sources.replay import Resend, ResendItem, ResendListed, RowAt

RESEND_PARTITIONS: Final = ("00",)
"""One is enough: what it reads is an epoch's. Fixed for the life of a recovery store."""
BATCH_MAX: Final = 10_000
"""Items handed on together."""
BATCHES_WAITING_MAX: Final = 8
ASK_EVERY_S: Final = 2.0
_AWAKE_EVERY: Final = timedelta(milliseconds=20)
"""Other sources cannot go on to an epoch before this one has; so it is never asleep for long."""
_POLL_S: Final = 0.05

Offsets = dict[str, int]
"""Topic partition ("topic:partition") → the offset of a record in it."""
_LOG: Final = structlog.get_logger()


class PublishedRecords(Protocol):
    """The topic of records."""

    def ends(self) -> Mapping[str, int]:
        """Next offsets, or lower ones. Raises `Unavailable` while the broker does not answer."""

    def since(self, offsets: Mapping[str, int]) -> Iterator[list[tuple[str, str]]]:
        """(account, order) of all records from `offsets` on, in batches; of a partition that is not there, of all.

        Ends when nothing is left. Raises `Unavailable` while the broker does not answer.
        """


@dataclass(frozen=True, slots=True)
class ResendSource(FixedPartitionedSource[ResendItem, Offsets]):
    """Says what was published since the last snapshot, then `ResendListed`, and nothing more.

    The recovery store keeps, per partition of the topic, a lower bound of where the topic ended when the epoch was
    complete: all records before it are as the snapshot remembers them. A bound that is too low means a few more
    resends; so the broker is asked beside the stream, and while it is away the last answer holds.
    """

    records: PublishedRecords | None
    """None: no Kafka, no records."""
    rows: Callable[[], Iterator[RowAt]]
    """Rows that were written since the last snapshot. Waits while Redis is away."""
    stop: StopRequest
    lists: bool
    """False: nothing has to be resent, because nothing was published, or everything is emitted anyway."""
    ends: bool
    """Whether the run has an end: then this source ends with its list."""

    def list_parts(self) -> list[str]:
        """All partitions, in every process."""
        return list(RESEND_PARTITIONS)

    def build_part(self, step_id: str, for_part: str, resume_state: Offsets | None) -> ResendPartition:
        """The partition, which begins to read at once."""
        del step_id, for_part
        return ResendPartition(self, resume_state or {})


class ResendPartition(StatefulSourcePartition[ResendItem, Offsets]):
    """What is read by a thread of its own, so that nothing waits for a broker that is away."""

    def __init__(self, source: ResendSource, offsets: Offsets) -> None:
        self._source = source
        self._offsets = offsets
        self._read: deque[list[ResendItem]] = deque()
        self._is_listed = False
        self._ends: Offsets = offsets
        """Where the topic ended, or before; all up to there is in the list, or known to the resumed snapshot."""
        self._error: BaseException | None = None
        self._closed = Event()
        Thread(target=self._work, name="resend", daemon=True).start()

    def next_batch(self) -> list[ResendItem]:
        """What was read meanwhile. Raises what reading raised."""
        if self._error is not None:
            raise self._error
        if self._source.stop.requested or (self._is_listed and self._source.ends):
            raise StopIteration
        if not self._read:
            return []
        items = self._read.popleft()
        self._is_listed = items[-1:] == [ResendListed()]
        return items

    def next_awake(self) -> datetime | None:
        """At once while there is something."""
        return None if self._read else datetime.now(UTC) + _AWAKE_EVERY

    def snapshot(self) -> Offsets:
        """From where on records would have to be resent; what is only half listed, from its start."""
        return self._ends if self._is_listed else self._offsets

    def close(self) -> None:
        """The thread ends by itself."""
        self._closed.set()

    def _work(self) -> None:
        try:
            if self._source.lists:
                self._list()
            self._hand_over([ResendListed()])
            while self._source.records is not None and not self._closed.wait(ASK_EVERY_S):
                self._ask(self._source.records)
        except BaseException as error:  # noqa: BLE001 - handed to the stream's thread, which raises it
            self._error = error

    def _list(self) -> None:
        rows = self._source.rows()
        while lot := list(islice(rows, BATCH_MAX)):
            self._hand_over([item for row in lot for item in (Resend(row.account, row.order), row)])
        if self._source.records is not None:
            self._list_records(self._source.records)

    def _list_records(self, records: PublishedRecords) -> None:
        while not self._is_over():
            try:
                ends = dict(records.ends())
                for orders in records.since(self._offsets):
                    self._hand_over([Resend(account, order) for account, order in orders])
            except Unavailable as error:
                _LOG.warning("what was published cannot be read, waiting", error=str(error))
                self._closed.wait(ASK_EVERY_S)
            else:
                self._ends = ends
                return

    def _ask(self, records: PublishedRecords) -> None:
        try:
            self._ends = dict(records.ends())
        except Unavailable as error:
            _LOG.debug("the last known ends of the published records hold", error=str(error))

    def _hand_over(self, items: list[ResendItem]) -> None:
        while len(self._read) >= BATCHES_WAITING_MAX and not self._is_over():
            time.sleep(_POLL_S)
        self._read.append(items)

    def _is_over(self) -> bool:
        return self._closed.is_set() or self._source.stop.requested
