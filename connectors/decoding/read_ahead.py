"""A source of decoded events: it reads ahead of the dataflow, so that what comes next is decoded meanwhile.

What the recovery store is told is how far the batches reach that were handed on, never those on their way.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Generic, TypeVar

from bytewax.inputs import FixedPartitionedSource, StatefulSourcePartition

from config.errors import UserError
from connectors.decoding.decoder import Decoded, DecodedItem
from connectors.decoding.kernel_loader import KernelLoader
from connectors.decoding.place import Decoding, is_small
from connectors.decoding.read_together import Lot, ReadTogether
from connectors.decoding.refused_share import RefusedShare
from connectors.files.asked_reading import AskingPartition
from connectors.sources.positioned import PositionedPartition, PositionedSource
from connectors.sources.raw_lines import Lines
from connectors.sources.replay import EMIT_ALL, SourceItem, Start

AHEAD_OF_PARTITION_MAX: Final = 8
"""Batches of a partition on their way. Those that are decoded go on together: big batches cost less per event."""
_SNAPSHOTS_TO_WRITE: Final = 2
"""The sinks have written an epoch when the next one closes."""
_PAUSE: Final = timedelta(milliseconds=50)

State = TypeVar("State")


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
    position: Any | None
    """How far it reaches; None: that is known when its turn comes."""
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
        self._asking = inner if isinstance(inner, AskingPartition) else None
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
        self._read_ahead()
        items: list[DecodedItem] = []
        position = self._position
        while self._on_their_way and self._is_done(self._on_their_way[0]):
            batch = self._on_their_way.popleft()
            for item in batch.items:
                items += self._taken(item) if isinstance(item, int) else [item]
            position = self._inner.position() if batch.position is None else batch.position
            if batch.is_alone:
                break
        while self._may_read_on() and self._ask():  # or it would have nothing to do while the stages have
            pass
        return Lot(items, position, self._inner.to_note(position) if items else {})

    def _read_ahead(self) -> None:
        while self._may_read_on():
            if not self._ask():
                self._read_on()
            if self._is_small(self._on_their_way[-1]):
                break  # there is no more to be had yet

    def _taken(self, number: int) -> list[DecodedItem]:
        """What is done; if it was asked for, with what is to be said behind it."""
        answer = self._decoding.take(number)
        if isinstance(answer, Decoded):
            return [answer]
        assert self._asking is not None
        items: list[DecodedItem] = [answer.decoded] if answer.decoded.events or answer.decoded.dead else []
        try:
            items += self._asking.taken(answer.reading)
        except UserError as end:
            self._end = end
        return items

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

    def _ask(self) -> bool:
        """Have the process read, if it is for it to do."""
        ask = self._asking.ask() if self._asking is not None and self._decoding.reads_files else None
        if ask is None:
            return False
        self._on_their_way.append(_Batch([self._decoding.ask(ask)], None))
        return True

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
        # What the process was asked for before a stop will have been taken by then.
        position = self._inner.position() if self._end is None else None
        self._on_their_way.append(_Batch([*begun], position))

    def _is_done(self, batch: _Batch) -> bool:
        return all(self._decoding.is_done(item) for item in batch.items if isinstance(item, int))

    def _is_small(self, batch: _Batch) -> bool:
        """Whether it brought little. Of great ones several go on together, wherever they are decoded."""
        is_on_its_way = any(isinstance(item, int) for item in batch.items)
        return not is_on_its_way and is_small(sum(item.events for item in batch.items if isinstance(item, Decoded)))

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
