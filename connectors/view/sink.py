"""The sink that keeps the view in Redis: absolute values, gathered, written behind the stream's back, nothing lost.

A partition holds its writes back in memory, or aside under other keys, until the stream has caught up with what
readers already see; then it writes as it goes. An epoch is not closed before its writes are in Redis.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

import msgspec
import redis
from bytewax.outputs import FixedPartitionedSink, StatefulSinkPartition

from config.stopping import StopRequest
from connectors.metrics.stream import ReadByAccount, StreamMetrics, add_read_times
from connectors.sources.barriers import Barrier, Stage, senders
from connectors.sources.clock import Tick
from connectors.view import layout
from connectors.view.account_writes import AccountWrites
from connectors.view.inbox import Delivery, Inbox
from connectors.view.loss_check import NO_MARK, ViewMark
from connectors.view.packed_rows import RowRemoval, RowsWrite, RowWrite
from connectors.view.placement import View, ViewAside, ViewInPlace
from connectors.view.run_status import SINK_PARTITIONS, Mode, RunStatus
from connectors.view.settings_versions import encode_versions
from connectors.view.view_writer import Phase, SinkState, ViewWriter
from connectors.view.writes import FencedWriter
from state.changes import Seen
from state.events import CampaignName
from state.key_groups import key_group
from state.ledger import Name
from state.retention import NEVER
from state.timeline import Version
from state.times import day_of, format_time
from state.totals import Place

GATHER_S_MAX: Final = 0.05
"""How long writes are gathered before they are sent; less where the last ones took less to write."""
CLOSE_S_MAX: Final = 1.0
"""How long what is on its way to Redis is waited for at the end; after that the fence keeps it out."""
UPSTREAM: Final = senders(Stage.PUBLISH, Stage.TOTALS)
"""Who sends writes to the sink: when all of them have passed their barriers, all of the replay has come."""


@dataclass(frozen=True, slots=True)
class TotalsWrite:
    """Totals as they stand, all that changed together."""

    totals: list[tuple[Place, list[tuple[Name, int]]]]
    seen: dict[str, Seen]
    names: list[CampaignName] = field(default_factory=list)
    """Campaigns that are called so."""
    tags: dict[str, dict[str, int]] = field(default_factory=dict)
    """Account → tag → ms of the latest touch with it."""
    settings: dict[str, tuple[Version, ...]] = field(default_factory=dict)
    """Account → the versions of its settings, newest first."""
    read: ReadByAccount = field(default_factory=dict)
    """When the events were read that this comes of."""

    def is_empty(self) -> bool:
        """Whether nothing has changed."""
        return not (self.totals or self.seen or self.names or self.tags or self.settings)


Write = RowWrite | RowsWrite | RowRemoval | TotalsWrite | Barrier | Tick

_encode_state: Final = msgspec.msgpack.Encoder().encode
_decode_state: Final = msgspec.msgpack.Decoder(SinkState).decode


@lru_cache(maxsize=65_536)
def sink_partition(account: str) -> str:
    """The sink partition that writes an account's keys."""
    return SINK_PARTITIONS[key_group(account, "", len(SINK_PARTITIONS))]


class RedisPartition(StatefulSinkPartition[list[Write], bytes]):
    """One partition: the accounts dealt to it. It hands what it is given to a writer in a thread of its own."""

    def __init__(self, writer: ViewWriter, row_days: int, metrics: StreamMetrics | None = None) -> None:
        """`row_days`: how many days of rows are kept."""
        self._metrics = metrics
        self._writer = writer
        self._row_days = row_days
        self._rows_from: dict[str, int] = {}
        self._inbox = Inbox()
        self._thread: threading.Thread | None = None

    def write_batch(self, values: list[list[Write]]) -> None:
        """Take writes; waits while too many wait. Raises what writing raised."""
        delivery = Delivery()
        for writes in values:
            for write in writes:
                self._take(write, delivery)
        self._start()
        self._inbox.give(delivery)

    def _take(self, write: Write, delivery: Delivery) -> None:
        match write:
            case RowWrite() | RowsWrite() | RowRemoval():
                self._of(write.account, delivery).put(write)
            case TotalsWrite():
                self._put_totals(write, delivery)
            case Barrier():
                delivery.passed |= write.senders
            case Tick():
                delivery.has_tick = True

    def _put_totals(self, write: TotalsWrite, delivery: Delivery) -> None:
        for place, totals in write.totals:
            self._of(place[0], delivery).put_totals(place, totals)
        for account, seen in write.seen.items():
            self._put_seen(account, seen, delivery)
        for said in write.names:
            named = layout.name_field(said.channel, said.campaign)
            self._of(said.account, delivery).set(layout.names_key(said.account), named, said.name)
        for account, tags in write.tags.items():
            self._of(account, delivery).put_tags(tags)
        for account, versions in write.settings.items():
            key = layout.settings_key(account)
            self._of(account, delivery).set(key, layout.VERSIONS, encode_versions(versions).decode())
        for read in write.read.values():
            add_read_times(delivery.read, read)

    def _of(self, account: str, delivery: Delivery) -> AccountWrites:
        writes = delivery.writes.get(account)
        if writes is None:
            writes = delivery.writes[account] = AccountWrites(rows_from=self._rows_from.get(account, 0))
        return writes

    def _put_seen(self, account: str, seen: Seen, delivery: Delivery) -> None:
        writes, key = self._of(account, delivery), layout.account_key(account)
        settings = seen.version.settings
        writes.set(key, layout.CURRENCY, settings.currency)
        writes.set(key, layout.TIME_ZONE, settings.time_zone)
        if seen.newest == NEVER:
            return
        writes.set(key, layout.AS_OF, format_time(seen.newest))
        rows_from = day_of(seen.newest, settings.time_zone) - self._row_days + 1
        if rows_from > self._rows_from.get(account, 0):
            self._rows_from[account] = writes.rows_from = rows_from
            writes.expire = True

    def snapshot(self) -> bytes:
        """The epoch is complete: all of it is in Redis, or held back and noted there, before it is closed."""
        self._start()
        return self._inbox.close_epoch()

    def _start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._write, name="redis-sink", daemon=True)
            self._thread.start()

    def _write(self) -> None:
        try:
            while (delivery := self._inbox.take()) is not None:
                began = time.perf_counter()
                was_live = self._writer.phase is Phase.LIVE
                state = self._writer.accept(delivery)
                took_s = time.perf_counter() - began
                if was_live and self._metrics is not None:
                    self._metrics.shown(delivery.read)
                if state is not None:
                    self._inbox.epoch_closed(_encode_state(state))
                self._inbox.gather(min(took_s, GATHER_S_MAX))
        except BaseException as error:  # noqa: BLE001 - handed to the stream's thread, which raises it
            self._inbox.fail(error)

    def backlog(self) -> int:
        """Fields and rows that wait for the writer."""
        return self._inbox.waiting()

    def close(self) -> None:
        """End the thread. What was not written is written again by the next run, which this one must not overtake."""
        self._inbox.close()
        if self._thread is not None:
            self._thread.join(CLOSE_S_MAX)


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
    metrics: StreamMetrics | None = None
    _partitions: list[RedisPartition] = field(default_factory=list, init=False, repr=False)
    """Those in this process."""

    def backlog(self) -> int:
        """Fields and rows that wait to be written in this process."""
        return sum(partition.backlog() for partition in list(self._partitions))

    def list_parts(self) -> list[str]:
        """All partitions, in every process."""
        return list(SINK_PARTITIONS)

    def part_fn(self, item_key: str) -> int:
        """The partition an item is keyed by."""
        return int(item_key)

    def build_part(self, step_id: str, for_part: str, resume_state: bytes | None) -> RedisPartition:
        """A partition; it writes as it goes where the view is new, and holds back where there is an old one.

        Raises `ViewLost` where Redis has less of the view than the recovery store knows to have been written.
        """
        del step_id
        state = SinkState() if resume_state is None else _decode_state(resume_state)
        mark = ViewMark(self.client, self.stop, partition=for_part, run=self.run, store=self.store)
        mark.begin(state.mark if self.mode is Mode.RESUME else NO_MARK)
        in_place = ViewInPlace(
            self.client,
            FencedWriter(self.client, self.run, self.metrics),
            self.status,
            self.stop,
            partition=for_part,
            store=self.store,
            is_mine=lambda account: sink_partition(account) == for_part,
        )
        if self.mode is Mode.FRESH:
            in_place.own()
            writer = ViewWriter(in_place, mark, Phase.LIVE, UPSTREAM, state.epoch, when_passed=in_place.caught_up)
        else:
            view: View = ViewAside(in_place, self.client, self.stop) if self.mode is Mode.REPLACE else in_place
            writer = ViewWriter(view, mark, Phase.HOLDING, UPSTREAM, state.epoch)
        partition = RedisPartition(writer, self.row_days, self.metrics)
        self._partitions.append(partition)
        return partition
