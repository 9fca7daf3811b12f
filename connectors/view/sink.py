"""The sink that keeps the view in Redis: absolute values, gathered, written behind the stream's back, nothing lost.

A partition holds its writes back in memory, or aside under other keys, until the stream has caught up with what
readers already see; then it writes as it goes. An epoch is not closed before its writes are in Redis.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import groupby
from typing import Final, NamedTuple

import redis
from bytewax.outputs import FixedPartitionedSink, StatefulSinkPartition

from config.stopping import StopRequest
from connectors.sources.clock import Tick
from connectors.sources.raw_lines import SOURCE_PARTITIONS
from connectors.sources.replay import ReplayFinished
from connectors.view import layout
from connectors.view.held_rows import NOTHING, pack_rows, unpack_rows
from connectors.view.loss_check import ViewMark
from connectors.view.placement import View, ViewAside, ViewInPlace
from connectors.view.run_status import SINK_PARTITIONS, Mode, RunStatus
from connectors.view.writes import AccountWrites, FencedWriter
from state.changes import Seen
from state.events import CampaignName
from state.key_groups import key_group
from state.ledger import EntryKey
from state.times import day_of, format_time

WAITING_MAX: Final = 200_000
"""Fields and rows that may wait to be written; more, and the stream waits."""
GATHER_S: Final = 0.05
"""How long writes are gathered before they are sent."""


class RowWrite(NamedTuple):
    """An order's row."""

    account: str
    order: str
    day: int
    old_days: tuple[int, ...]
    """Other days it stood under, or may have stood under."""
    ordered_at: int
    row: bytes


@dataclass(frozen=True, slots=True)
class TotalsWrite:
    """Totals as they stand, all that changed together."""

    totals: list[tuple[EntryKey, int]]
    seen: dict[str, Seen]
    names: list[CampaignName] = field(default_factory=list)
    """Campaigns that are called so."""


Write = RowWrite | TotalsWrite | ReplayFinished | Tick


@lru_cache(maxsize=65_536)
def sink_partition(account: str) -> str:
    """The sink partition that writes an account's keys."""
    return SINK_PARTITIONS[key_group(account, "", len(SINK_PARTITIONS))]


def _account_of_total(total: tuple[EntryKey, int]) -> str:
    return total[0][0]


class RedisPartition(StatefulSinkPartition[list[Write], bytes]):
    """One partition: the accounts dealt to it."""

    def __init__(self, view: View, mark: ViewMark, *, hold: bool, row_days: int, held: bytes = NOTHING) -> None:
        """`hold`: whether writes wait until the stream has caught up. `row_days`: how many days of rows are kept.

        `held`: rows that an earlier run held back (`connectors.view.held_rows`).
        """
        self._row_days = row_days
        self._rows_from: dict[str, int] = {}
        self._view = view
        self._mark = mark
        self._has_to_look = False
        self._passed: set[str] = set()
        self._holding = hold
        self._waiting = unpack_rows(held)
        self._size = sum(writes.size() for writes in self._waiting.values())
        self._lock = threading.Condition()
        self._writing = False
        self._closed = False
        self._error: BaseException | None = None
        self._thread: threading.Thread | None = None

    def write_batch(self, values: list[list[Write]]) -> None:
        """Take writes; waits while too many wait. Raises what writing raised."""
        with self._lock:
            for writes in values:
                for write in writes:
                    self._take(write)
            self._size = sum(writes.size() for writes in self._waiting.values())
            if self._writes_now() or self._has_to_look:
                self._start()
                self._lock.notify_all()
                while self._size > WAITING_MAX and self._error is None:
                    self._lock.wait(0.1)
        self._raise_error()

    def _writes_now(self) -> bool:
        return not (self._holding and self._view.holds_in_memory)

    def _take(self, write: Write) -> None:
        match write:
            case RowWrite():
                writes = self._of(write.account)
                for day in write.old_days:
                    writes.take_row(day, write.order)
                writes.put_row(write.day, write.order, write.ordered_at, write.row)
            case TotalsWrite():
                for account, totals in groupby(write.totals, _account_of_total):
                    self._of(account).put_totals(totals)
                for account, seen in write.seen.items():
                    self._put_seen(account, seen)
                for said in write.names:
                    named = layout.name_field(said.channel, said.campaign)
                    self._of(said.account).set(layout.names_key(said.account), named, said.name)
            case ReplayFinished():
                self._passed.add(write.partition)
            case Tick():
                self._has_to_look = True

    def _of(self, account: str) -> AccountWrites:
        writes = self._waiting.get(account)
        if writes is None:
            writes = self._waiting[account] = AccountWrites(rows_from=self._rows_from.get(account, 0))
        return writes

    def _put_seen(self, account: str, seen: Seen) -> None:
        writes, key = self._of(account), layout.account_key(account)
        settings = seen.version.settings
        writes.set(key, layout.CURRENCY, settings.currency)
        writes.set(key, layout.TIME_ZONE, settings.time_zone)
        writes.set(key, layout.AS_OF, format_time(seen.newest))
        rows_from = day_of(seen.newest, settings.time_zone) - self._row_days + 1
        if rows_from > self._rows_from.get(account, 0):
            self._rows_from[account] = writes.rows_from = rows_from
            writes.expire = True

    def snapshot(self) -> bytes:
        """The epoch is complete: everything of it goes to Redis, or into the recovery store, before it is closed."""
        if self._holding and len(self._passed) == len(SOURCE_PARTITIONS):
            self._release()
        elif self._writes_now():
            self._drain()
        else:
            return pack_rows(self._waiting)
        return NOTHING

    def _release(self) -> None:
        """The stream has caught up: what was held back is shown."""
        self._holding = False
        self._view.drop_stale(self._waiting)
        self._size = sum(writes.size() for writes in self._waiting.values())
        self._drain()
        self._view = self._view.show()
        self._mark.check(is_shown=True)

    def _drain(self) -> None:
        with self._lock:
            if self._size:
                self._start()
            self._lock.notify_all()
            while (self._size or self._writing) and self._error is None:
                self._lock.wait(0.1)
        self._raise_error()

    def _raise_error(self) -> None:
        if self._error is not None:
            raise self._error

    def _start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._write_behind, name="redis-sink", daemon=True)
            self._thread.start()

    def _write_behind(self) -> None:
        while True:
            with self._lock:
                while not (self._size and self._writes_now()) and not self._has_to_look and not self._closed:
                    self._lock.wait()
                if self._closed:
                    return
                taken: dict[str, AccountWrites] = {}
                if self._writes_now():
                    taken, self._waiting, self._size = self._waiting, {}, 0
                self._has_to_look, self._writing = False, True
                self._lock.notify_all()
            try:
                self._write(taken)
            except BaseException as error:  # noqa: BLE001 - handed to the stream's thread, which raises it
                self._error = error
            with self._lock:
                self._writing = False
                self._lock.notify_all()
            if self._error is not None:
                return
            time.sleep(GATHER_S)

    def _write(self, taken: dict[str, AccountWrites]) -> None:
        for account, writes in taken.items():
            self._view.write(account, writes)
        is_shown = self._view.holds_in_memory
        if taken:
            self._mark.written(is_shown=is_shown)
        else:
            self._mark.check(is_shown=is_shown)

    def close(self) -> None:
        """End the thread. What was not written is written again by the next run."""
        with self._lock:
            self._closed = True
            self._lock.notify_all()


@dataclass(frozen=True, slots=True)
class RedisSink(FixedPartitionedSink[list[Write], bytes]):
    """The view in Redis. Items are keyed by `sink_partition` of the account they are of."""

    client: redis.Redis
    status: RunStatus
    stop: StopRequest
    run: int
    """The number of this run."""
    store: str
    """The id of the recovery store."""
    mode: Mode
    row_days: int

    def list_parts(self) -> list[str]:
        """All partitions, in every process."""
        return list(SINK_PARTITIONS)

    def part_fn(self, item_key: str) -> int:
        """The partition an item is keyed by."""
        return int(item_key)

    def build_part(self, step_id: str, for_part: str, resume_state: bytes | None) -> RedisPartition:
        """A partition; it writes as it goes where the view is new, and holds back where there is an old one."""
        del step_id
        mark = ViewMark(self.client, self.stop, partition=for_part, run=self.run, store=self.store)
        mark.begin()
        in_place = ViewInPlace(
            self.client,
            FencedWriter(self.client, self.run),
            self.status,
            self.stop,
            partition=for_part,
            store=self.store,
            is_mine=lambda account: sink_partition(account) == for_part,
        )
        view: View = in_place
        if self.mode is Mode.FRESH:
            view = in_place.show()
        elif self.mode is Mode.REPLACE:
            view = ViewAside(in_place, self.client, self.stop)
        # What replaces another view is told whole.
        held = (resume_state or NOTHING) if self.mode is Mode.RESUME else NOTHING
        return RedisPartition(view, mark, hold=self.mode is not Mode.FRESH, row_days=self.row_days, held=held)
