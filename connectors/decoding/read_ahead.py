"""A source of decoded events: it reads ahead of the dataflow, so that what comes next is decoded meanwhile.

What the recovery store is told is how far the batches reach that were handed on, never those on their way.
"""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Generic, TypeVar

from bytewax.inputs import FixedPartitionedSource, StatefulSourcePartition

from connectors.decoding.decoder import Decoded, DecodedItem
from connectors.decoding.kernel_loader import KernelLoader
from connectors.decoding.process import DecodingProcess
from connectors.decoding.read_together import Lot, ReadTogether
from connectors.decoding.refused_share import RefusedShare
from connectors.decoding.worker_decoder import WorkerDecoder
from connectors.sources.positioned import PositionedPartition, PositionedSource
from connectors.sources.raw_lines import Lines
from connectors.sources.replay import EMIT_ALL, SourceItem, Start
from state.changes import UNKNOWN

AHEAD_OF_PARTITION_MAX: Final = 8
"""Batches of a partition on their way. Those that are decoded go on together: big batches cost less per event."""
AHEAD_OF_WORKER_MAX: Final = 16
"""Batches on their way in a worker, which bounds its memory; each partition may have one in any case."""
LINES_MIN: Final = 1_000
"""A smaller batch is decoded here and at once: to hand it over and back would take longer."""
LINES_MIN_WITH_KERNELS: Final = 4_000
"""The same where kernels decode it here."""

_SNAPSHOTS_TO_WRITE: Final = 2
"""The sinks have written an epoch when the next one closes."""
_PAUSE: Final = timedelta(milliseconds=50)

State = TypeVar("State")


class Decoding:
    """Where the batches of a worker are decoded: in a process beside it, or in its own."""

    def __init__(self, *, ahead: bool, notes_time: bool = False, loader: KernelLoader | None = None) -> None:
        """`ahead`: in a process of its own, where that is worth it. `notes_time`: whether events know when they were
        read. `loader`: of this process; None: nobody else wants kernels.
        """
        self._ahead = ahead
        self._notes_time = notes_time
        self._loader = loader or KernelLoader()
        self._here = WorkerDecoder(self._loader)
        self._process: DecodingProcess | None = None
        self._begun = 0
        self._partitions = 0

    @property
    def has_room(self) -> bool:
        """Whether any more batches may be begun."""
        return self._begun < AHEAD_OF_WORKER_MAX

    def begin(self, lines: Lines) -> Decoded | int:
        """The events of a batch that has just been read, or the number by which to ask for them later."""
        read_ms = time.time_ns() // 1_000_000 if self._notes_time else UNKNOWN
        lines_min = LINES_MIN_WITH_KERNELS if self._here.has_kernels_for(lines) else LINES_MIN
        if not self._ahead or len(lines.lines) < lines_min:
            return self._here.decode(lines, read_ms)
        if self._process is None:
            self._process = DecodingProcess()
        if not self._process.is_ready:
            return self._here.decode(lines, read_ms)
        self._begun += 1
        return self._process.submit(lines, read_ms)

    def is_done(self, number: int) -> bool:
        """Whether a batch that was begun is decoded."""
        assert self._process is not None
        return self._process.is_done(number)

    def take(self, number: int) -> Decoded:
        """A batch that is done; once."""
        assert self._process is not None
        self._begun -= 1
        return self._process.take(number)

    def open(self) -> None:
        """One partition more uses it."""
        self._partitions += 1

    def close(self) -> None:
        """One partition less; the last one ends the process."""
        self._partitions -= 1
        if self._partitions == 0:
            self.end()

    def end(self) -> None:
        """End the process, if there is one."""
        self._loader.close()
        if self._process is not None:
            self._process.close()
            self._process = None


class DecodedSource(FixedPartitionedSource[DecodedItem, State]):
    """Hands on what `inner` reads, decoded, in its order."""

    def __init__(
        self,
        inner: PositionedSource[State],
        *,
        ahead: bool,
        share: RefusedShare | None = None,
        notes_time: bool = False,
        loader: KernelLoader | None = None,
    ) -> None:
        """`ahead`, `notes_time`, `loader`: see `Decoding`. `share`: of refused events, above which the run stops; None:
        there is no limit.
        """
        self._inner = inner
        self._share = share
        self._decoding = Decoding(ahead=ahead, notes_time=notes_time, loader=loader)
        self._together = ReadTogether(inner.notes)

    def list_parts(self) -> list[str]:
        """Those of `inner`."""
        return self._inner.list_parts()

    def build_part(self, step_id: str, for_part: str, resume_state: State | None) -> DecodedPartition[State]:
        """Raises what `inner` raises."""
        inner = self._inner.build_part(step_id, for_part, resume_state)
        return DecodedPartition(inner, self._decoding, self._together, self._share)

    def end(self) -> None:
        """End what runs beside the worker; for a run that failed, whose partitions the engine does not close."""
        self._decoding.end()


@dataclass(slots=True)
class _Batch:
    """What one reading brought."""

    items: list[DecodedItem | int]
    """Numbers stand for what is being decoded."""
    position: Any
    """How far it reaches."""
    is_alone: bool = False
    """Whether what is behind it is handed on later."""


class DecodedPartition(StatefulSourcePartition[DecodedItem, State], Generic[State]):
    """One partition of `inner`, decoded."""

    def __init__(
        self,
        inner: PositionedPartition[State],
        decoding: Decoding,
        together: ReadTogether,
        share: RefusedShare | None = None,
    ) -> None:
        """`decoding`, `together`, `share`: those of its worker."""
        self._inner = inner
        self._together = together
        self._share = share
        self._snapshots_exceeded = 0
        self._decoding = decoding
        self._on_their_way: deque[_Batch] = deque()
        self._position = inner.position()
        self._awake_at: datetime | None = None
        self._end: Exception | None = None
        self._lot: Lot | None = None
        """What is noted, and will be handed on the next time."""
        decoding.open()
        together.join(self)

    def next_batch(self) -> list[DecodedItem]:
        """All that is decoded by now. Raises what `inner` raised, after what it had read before, and `TooManyRefused`
        once the letters that say why are written."""
        if self._share is not None and self._share.is_exceeded():
            if self._snapshots_exceeded >= _SNAPSHOTS_TO_WRITE:
                raise self._share.failure()
            return []
        if self._lot is None:
            self._together.read_on(self)
        lot, self._lot = self._lot, None
        assert lot is not None
        self._count(lot.items)
        self._position = lot.position
        if self._end is not None and not lot.items and not self._on_their_way:
            raise self._end
        return lot.items

    def is_due(self, now: datetime) -> bool:
        """Whether it would be read on if the engine asked for a batch."""
        awake_at = self.next_awake()
        return self._lot is None and (awake_at is None or awake_at <= now)

    def read_on(self) -> Lot:
        """All that is decoded by now; what it reaches is to be noted before `hold`."""
        while self._may_read_on():
            self._read_on()
            if self._is_small(self._on_their_way[-1]):
                break  # there is no more to be had yet
        items: list[DecodedItem] = []
        position = self._position
        while self._on_their_way and self._is_done(self._on_their_way[0]):
            batch = self._on_their_way.popleft()
            items += [self._decoding.take(item) if isinstance(item, int) else item for item in batch.items]
            position = batch.position
            if batch.is_alone:
                break
        return Lot(items, position, self._inner.to_note(position) if items else {})

    def hold(self, lot: Lot) -> None:
        """Hand this on the next time."""
        self._lot = lot

    def _count(self, items: list[DecodedItem]) -> None:
        if self._share is not None:
            for item in items:
                if isinstance(item, Decoded):
                    self._share.add(item.events, item.refused)

    def _may_read_on(self) -> bool:
        if self._end is not None or not self._is_awake():
            return False
        ahead = len(self._on_their_way)
        return ahead == 0 or (ahead < AHEAD_OF_PARTITION_MAX and self._decoding.has_room)

    def _is_awake(self) -> bool:
        return self._awake_at is None or datetime.now(UTC) >= self._awake_at

    def _read_on(self) -> None:
        items: list[SourceItem] = []
        try:
            items += self._inner.next_batch()
            self._awake_at = self._inner.next_awake()
        except Exception as end:  # noqa: BLE001 - raised once what was read before it is handed on
            self._end = end
        if items and items[0] == Start(rebuild=True):
            del items[0]
            self._on_their_way.append(_Batch([Start(rebuild=True)], self._position, is_alone=True))
            self._on_their_way.extend(_Batch([group], self._position, is_alone=True) for group in EMIT_ALL)
        begun = [self._decoding.begin(item) if isinstance(item, Lines) else item for item in items]
        self._on_their_way.append(_Batch([*begun], self._inner.position()))

    def _is_done(self, batch: _Batch) -> bool:
        return all(self._decoding.is_done(item) for item in batch.items if isinstance(item, int))

    def _is_small(self, batch: _Batch) -> bool:
        """Whether it brought little. Of great ones several go on together, wherever they are decoded."""
        is_on_its_way = any(isinstance(item, int) for item in batch.items)
        return not is_on_its_way and sum(item.events for item in batch.items if isinstance(item, Decoded)) < LINES_MIN

    def next_awake(self) -> datetime | None:
        """At once while anything is there or on its way; else when `inner` is."""
        if self._share is not None and self._share.is_exceeded():
            return datetime.now(UTC) + _PAUSE
        is_there = self._lot is not None or self._on_their_way or self._end is not None
        return None if is_there else self._awake_at

    def snapshot(self) -> State:
        """The state of `inner` as of the last batch that was handed on."""
        if self._share is not None and self._share.is_exceeded():
            self._snapshots_exceeded += 1
        return self._inner.snapshot_at(self._position)

    def close(self) -> None:
        """Close `inner`; what is on its way will be read again by the next run."""
        self._together.leave(self)
        self._inner.close()
        self._decoding.close()
