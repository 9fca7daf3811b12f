"""How live: the time from producing an event to Kafka until Redis shows the counter that it changes.

    python -m benchmarks.latency [--rate 2000] [--seconds 60] [--contacts 100000] [--campaigns 1000] [--apache]

`lasttouch run` reads from the embedded broker, or from Apache Kafka, and writes to an embedded Valkey: one worker,
epochs of 10 s. Every contact has a message before it begins. Twenty probes a second go among the events; the field that
counts them is read every millisecond. A probe that was on its way within `SNAPSHOT_S` of the recovery store being
written counts as during a snapshot.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple

import redis

from benchmarks.command import run_command
from benchmarks.cpu_shares import cpu_s
from benchmarks.live_events import ACCOUNT, probe_field
from benchmarks.live_load import PROBE_CAMPAIGNS, LiveLoad
from benchmarks.live_run import live_run
from benchmarks.measured_process import ProgramFailed
from connectors.view.layout import campaigns_key

SNAPSHOT_S: Final = 0.5
"""A snapshot is packed before it is written; what is on its way waits for both."""
PROBES_PER_S: Final = 20

_POLL_S: Final = 0.001
_SETTLE_S: Final = 5.0


class Sample(NamedTuple):
    """A probe, in seconds of the monotonic clock."""

    produced_at: float
    shown_at: float

    @property
    def latency_ms(self) -> float:
        """From produce to Redis."""
        return 1_000 * (self.shown_at - self.produced_at)


@dataclass(slots=True)
class Measured:
    """What a measurement brought."""

    samples: list[Sample] = field(default_factory=list)
    snapshots: list[float] = field(default_factory=list)
    """When the recovery store was seen to be written."""
    produced: int = 0
    seconds: float = 0.0
    cpu_share: float = 0.0
    """Of one core: what lasttouch took."""


class Watch:
    """Sees probes come into Redis and the recovery store being written."""

    def __init__(self, client: redis.Redis, recovery: Path, load: LiveLoad) -> None:
        self._client, self._recovery, self._load = client, recovery, load
        self._key = campaigns_key(ACCOUNT, datetime.now(UTC).toordinal())
        self._on_their_way: list[tuple[int, float]] = []
        self._written: object = self._store_state()
        self.measured = Measured()

    def run(self, seconds: float) -> None:
        """Watch for so long. Raises `ProgramFailed` when a probe does not come."""
        until = time.monotonic() + seconds
        while (now := time.monotonic()) < until:
            self._look(now)
            time.sleep(_POLL_S)

    def _look(self, now: float) -> None:
        self._on_their_way += self._load.probes()
        if self._on_their_way:
            self._see_probes()
        written = self._store_state()
        if written != self._written:
            self._written = written
            self.measured.snapshots.append(now)

    def _see_probes(self) -> None:
        numbers = [number for number, _ in self._on_their_way]
        shown = self._client.hmget(self._key, [probe_field(number % PROBE_CAMPAIGNS) for number in numbers])
        now = time.monotonic()
        left = []
        for (number, produced_at), count in zip(self._on_their_way, shown, strict=True):
            if int(count or 0) > number // PROBE_CAMPAIGNS:
                self.measured.samples.append(Sample(produced_at, now))
            else:
                left.append((number, produced_at))
        self._on_their_way = left
        if left and (left[-1][0] - left[0][0] >= PROBE_CAMPAIGNS):
            raise ProgramFailed(f"lasttouch does not keep up: a probe has not come for {now - left[0][1]:.0f} s")

    def _store_state(self) -> object:
        return [(file.name, file.stat().st_mtime_ns) for file in sorted(self._recovery.glob("*.sqlite3*"))]


def measure(rate: int, seconds: int, contacts: int, campaigns: int, *, apache: bool = False) -> Measured:
    """Start everything, measure, end everything. Raises `Unavailable`."""
    with live_run(contacts, campaigns, apache=apache) as run:
        with LiveLoad(run.load(rate, probes_per_s=PROBES_PER_S)) as live:
            watch = Watch(run.client, run.recovery, live)
            watch.run(_SETTLE_S)
            watch.measured.samples.clear()
            before, worked_s, produced = time.monotonic(), cpu_s(run.process.pid), live.produced
            watch.run(seconds)
            measured = watch.measured
            measured.seconds, measured.produced = time.monotonic() - before, live.produced - produced
            measured.cpu_share = (cpu_s(run.process.pid) - worked_s) / measured.seconds
        run.end()
    return measured


def report(measured: Measured) -> str:
    """A table, and what it is of."""
    during = [sample for sample in measured.samples if _is_during_snapshot(sample, measured.snapshots)]
    outside = [sample for sample in measured.samples if not _is_during_snapshot(sample, measured.snapshots)]
    rows = [_row("outside snapshots", outside), _row("during snapshots", during), _row("all", measured.samples)]
    rate = measured.produced / measured.seconds
    return "\n".join(
        [
            "| from produce to Redis | probes | p50 ms | p99 ms | max ms |",
            "| --- | --- | --- | --- | --- |",
            *rows,
            "",
            f"{rate:,.0f} events/s for {measured.seconds:.0f} s; lasttouch took {measured.cpu_share:.0%} of a core.",
        ]
    )


def _is_during_snapshot(sample: Sample, snapshots: Sequence[float]) -> bool:
    return any(sample.produced_at - SNAPSHOT_S < at < sample.shown_at + SNAPSHOT_S for at in snapshots)


def _row(label: str, samples: Sequence[Sample]) -> str:
    if not samples:
        return f"| {label} | 0 | – | – | – |"
    latencies = sorted(sample.latency_ms for sample in samples)
    figures = (latencies[int(share * (len(latencies) - 1))] for share in (0.5, 0.99, 1))
    return f"| {label} | {len(samples):,} | {' | '.join(f'{figure:,.0f}' for figure in figures)} |"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.latency", description=__doc__.partition("\n")[0])
    parser.add_argument("--rate", type=int, default=2_000, help="events a second (default: %(default)s)")
    parser.add_argument("--seconds", type=int, default=60, help="how long (default: %(default)s)")
    parser.add_argument("--contacts", type=int, default=100_000, help="(default: %(default)s)")
    parser.add_argument("--campaigns", type=int, default=1_000, help="(default: %(default)s)")
    parser.add_argument("--apache", action="store_true", help="a real Apache Kafka (needs Java 17 and Maven)")
    return run_command(parser, arguments, measure, report)


if __name__ == "__main__":
    sys.exit(main())
