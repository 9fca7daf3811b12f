"""What one process of `lasttouch run` counts of itself, over all the starts that it makes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from prometheus_client.metrics_core import Metric as Family

from config import metric_names as names
from connectors.metrics.series import Counts, Histogram, Labels, Samples, gauge

READ_TIMES_MAX: Final = 1_000
"""Times of reading that are kept apart until Redis shows what was read; more are taken for the oldest of them."""

ReadTimes = dict[int, int]
"""ms of wall clock → how many events were read then."""


ReadByAccount = dict[str, ReadTimes]


def add_read(known: ReadByAccount, account: str, more: Mapping[int, int]) -> None:
    """Add what was read of an account."""
    add_read_times(known.setdefault(account, {}), more)


def add_read_times(known: ReadTimes, more: Mapping[int, int]) -> None:
    """Add to `known`, which stays bounded."""
    for read_ms, events in more.items():
        known[read_ms] = known.get(read_ms, 0) + events
    if len(known) > READ_TIMES_MAX:
        oldest, events = min(known), sum(known.values())
        known.clear()
        known[oldest] = events


@dataclass(frozen=True, slots=True)
class Held:
    """What a key group holds of one kind."""

    entries: int
    packed_bytes: float


@dataclass(frozen=True, slots=True)
class Probes:
    """What is asked of a running dataflow when somebody scrapes it. Each may be called from any thread."""

    lag: Callable[[], Mapping[str, int]] | None
    """By topic; None: no Kafka is read."""
    backlog: Callable[[], int]
    recovery_store_bytes: Callable[[], int]
    is_catching_up: Callable[[], bool]
    failed_calls: Callable[[], int]
    """Of Redis, since the process began."""
    info: tuple[str, ...]
    """The values of `lasttouch_run_info`'s labels."""


class StreamMetrics:
    """Counters that begin at 0 with the process, and gauges of the dataflow that runs."""

    def __init__(self) -> None:
        self.events = Counts(names.EVENTS_READ)
        self.dead_letters = Counts(names.DEAD_LETTERS)
        self.decisions = Counts(names.DECISIONS)
        self.corrections = Counts(names.CORRECTIONS)
        self.pushed_out = Counts(names.PUSHED_OUT_FACTS)
        self._latency = Histogram(names.LATENCY)
        self._snapshots = Histogram(names.SNAPSHOT_SECONDS)
        self._epochs = Counts(names.EPOCHS)
        self._writes = Histogram(names.REDIS_WRITE_SECONDS)
        self._written = Counts(names.REDIS_KEYS_WRITTEN)
        self._epoch_s = 0.0
        self._lock = threading.Lock()
        self._held: dict[int, Mapping[str, Held]] = {}
        self._probes: Probes | None = None

    def begin(self, probes: Probes) -> None:
        """A start of the run: what the one before held is gone."""
        with self._lock:
            self._held = {}
            self._epoch_s = 0.0
            self._probes = probes

    def shown(self, read: Mapping[int, int]) -> None:
        """Redis shows what was read at these times."""
        now_ms = time.time_ns() / 1_000_000
        for read_ms, events in read.items():
            self._latency.observe(max(0.0, (now_ms - read_ms) / 1_000), times=events)

    def wrote(self, seconds: float, keys: int) -> None:
        """Redis has taken so many fields, members and rows."""
        self._writes.observe(seconds)
        self._written.add(by=keys)

    def snapshotted(self, group: int, held: Mapping[str, Held], seconds: float) -> None:
        """A key group of a stage, told apart by any number, was packed for the recovery store."""
        with self._lock:
            self._epoch_s += seconds
            if held:
                self._held[group] = held

    def epoch_closes(self) -> None:
        """An epoch of this worker has been read; the key groups are about to be snapshotted."""
        with self._lock:
            # Of the epoch before: this one's are yet to come.
            seconds, self._epoch_s = self._epoch_s, 0.0
        self._snapshots.observe(seconds)
        self._epochs.add()

    def families(self) -> Iterable[Family]:
        """All of it as it stands."""
        counted = (self.events, self.dead_letters, self.decisions, self.corrections, self.pushed_out, self._epochs)
        yield from (counts.family() for counts in (*counted, self._written))
        yield from (histogram.family() for histogram in (self._latency, self._snapshots, self._writes))
        entries, packed = self._sums()
        yield gauge(names.STATE_ENTRIES, entries)
        yield gauge(names.STATE_BYTES, packed)
        probes = self._probes
        if probes is None:
            return
        if probes.lag is not None:
            yield gauge(names.KAFKA_LAG, {(topic,): records for topic, records in probes.lag().items()})
        yield gauge(names.REDIS_BACKLOG, {(): probes.backlog()})
        yield gauge(names.RECOVERY_STORE_BYTES, {(): probes.recovery_store_bytes()})
        yield gauge(names.CATCHING_UP, {(): int(probes.is_catching_up())})
        yield gauge(names.RUN_INFO, {probes.info: 1})
        failed = Counts(names.REDIS_ERRORS)
        failed.add(by=probes.failed_calls())
        yield failed.family()

    def _sums(self) -> tuple[Samples, Samples]:
        kinds: list[Labels] = [(kind,) for kind in names.STATE_KINDS]
        entries, packed = dict.fromkeys(kinds, 0.0), dict.fromkeys(kinds, 0.0)
        with self._lock:
            for held in self._held.values():
                for kind, of_kind in held.items():
                    entries[kind,] += of_kind.entries
                    packed[kind,] += of_kind.packed_bytes
        return entries, packed
