"""How soon after `kill -9`: until the recovery store is read, a new counter shows in Redis, and all is caught up.

    python -m benchmarks.crash [--contacts 100000] [--rate 5000] [--touches 1] [--campaigns 1000] [--apache]

`lasttouch run` reads from the embedded broker, or from Apache Kafka, and writes to an embedded Valkey: one worker,
epochs of 10 s. Every contact has its messages before it begins. Events come at a rate all the time. Every process of
the run is killed just before an epoch closes, when the most is lost, and it is started again at once. Times are from
the kill. A counter that goes back ends the measurement.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

import redis

from benchmarks.command import run_command
from benchmarks.lasttouch_runs import EPOCH_S, run_flags, start_lasttouch, started_broker
from benchmarks.live_events import ACCOUNT, LiveEvents
from benchmarks.live_load import LiveLoad, Load
from benchmarks.measured_process import MeasuredProcess, ProgramFailed
from benchmarks.store_size import StoreSize, store_size
from connectors.embedded.servers import EmbeddedValkey
from connectors.kafka.ingest import ingest_lines
from connectors.kafka.topics import TopicNames
from connectors.view.layout import RUN_KEY, total_key
from connectors.view.read_positions import POSITIONS_KEY
from connectors.view.run_status import SINK_PARTITIONS

EPOCHS_BEFORE: Final = 3
"""So many epochs are stored under load before the kill: the first one snapshots everything, whatever came."""
LOST_S: Final = EPOCH_S - 2.0
"""So long after a snapshot was stored comes the kill."""

_SEED: Final = 1
_AT_ONCE: Final = 100_000
_POLL_S: Final = 0.01
_QUIET_S: Final = 1.0
"""The recovery store is stored when it has not been written for so long."""
_PATIENCE_S: Final = 300.0
_MEBIBYTE: Final = 1_048_576

Counters = dict[str, int]


class Look(NamedTuple):
    """What Redis says at an instant."""

    counters: Counters
    """What only grows of the account's totals."""
    is_opened: bool
    """Whether the run that is being started has its state: its sinks are there, the last that it is given to."""
    positions: dict[bytes, bytes]
    is_catching_up: bool


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds from the kill, but where another unit stands."""

    opened_s: float
    """Until the recovery store was read and its state unpacked."""
    replayed_s: float
    """Until events were read that the killed run had not read."""
    first_counter_s: float
    """Until a counter stood in Redis that the killed run had not written."""
    caught_up_s: float
    """Until readers were told that it had caught up."""
    lost_s: float
    """How long before the kill the last epoch was stored."""
    rate: float
    """Events a second from the kill on."""
    before: StoreSize
    after: StoreSize


class Watch:
    """Looks at Redis and remembers what it showed."""

    def __init__(self, client: redis.Redis, process: MeasuredProcess) -> None:
        self._client = client
        self.process = process
        self.number = 0
        """Of the run whose start is looked for."""
        self._shown: Counters = {}

    def look(self) -> Look:
        """Raises `ProgramFailed` where a counter has gone back."""
        pipe = self._client.pipeline(transaction=False)
        pipe.hgetall(total_key(ACCOUNT))
        pipe.hgetall(RUN_KEY)
        pipe.hgetall(POSITIONS_KEY)
        totals, run, positions = pipe.execute()
        counters = {name: int(totals.get(name.encode(), 0)) for name in ("sent", "delivered", "opened", "clicked")}
        back = [name for name, value in self._shown.items() if counters[name] < value]
        if back:
            raise ProgramFailed(f"{back[0]} went back from {self._shown[back[0]]} to {counters[back[0]]}")
        self._shown = counters
        marks = [run.get(f"mark:{part}".encode(), b"0:").split(b":")[0] for part in SINK_PARTITIONS]
        is_opened = all(int(mark) > self.number for mark in marks)
        return Look(counters, is_opened, positions, run.get(b"catching_up") != b"0")

    def until(self, is_so: Callable[[Look], bool], what: str) -> Look:
        """The first look of which it is so. Raises `ProgramFailed` if that does not come."""
        until = time.perf_counter() + _PATIENCE_S
        while not is_so(look := self.look()):
            if self.process.has_ended():
                raise ProgramFailed(f"lasttouch ended before {what}: {self.process.complaints()[-1:]}")
            if time.perf_counter() > until:
                raise ProgramFailed(f"lasttouch: not {what} within {_PATIENCE_S:g} s")
            time.sleep(_POLL_S)
        return look


def measure(contacts: int, rate: int, touches: int, campaigns: int, *, apache: bool = False) -> Measured:
    """Start everything, kill, start again, measure, end everything. Raises `Unavailable`."""
    events = LiveEvents(contacts, campaigns, _SEED)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lasttouch-crash-")))
        valkey = stack.enter_context(EmbeddedValkey())
        broker = stack.enter_context(started_broker(apache=apache))
        client = stack.enter_context(redis.Redis.from_url(valkey.url))
        for _ in range(touches):
            first = events.first_touches()
            while lot := list(islice(first, _AT_ONCE)):
                ingest_lines(lot, broker.bootstrap_servers, names=TopicNames())
        arguments = ["run", *run_flags(valkey, folder), "--kafka-bootstrap-servers", broker.bootstrap_servers]
        killed = stack.enter_context(start_lasttouch("killed", arguments, folder))
        watch = Watch(client, killed)
        watch.until(lambda look: look.counters["sent"] >= contacts * touches, "all messages counted")
        load = stack.enter_context(LiveLoad(Load(rate, contacts, campaigns, _SEED, broker.bootstrap_servers)))
        recovery = folder / "recovery"
        for _ in range(EPOCHS_BEFORE):
            _await_stored(recovery)
        stored_at = time.perf_counter()
        before = store_size(recovery)
        watch.until(lambda _: time.perf_counter() > stored_at + LOST_S, "the moment of the kill")
        watch.number = int(client.hget(RUN_KEY, "number") or 0)
        killed.kill()
        last = watch.look()
        killed_at, produced = time.perf_counter(), load.produced
        again = watch.process = stack.enter_context(start_lasttouch("again", arguments, folder))

        def since_kill() -> float:
            return time.perf_counter() - killed_at

        watch.until(lambda look: look.is_opened, "reading its recovery store")
        opened_s = since_kill()
        watch.until(lambda look: look.positions != last.positions, "reading on")
        replayed_s = since_kill()
        watch.until(lambda look: look.counters != last.counters, "showing a new counter")
        first_counter_s = since_kill()
        watch.until(lambda look: not look.is_catching_up, "caught up")
        caught_up_s = since_kill()
        for _ in range(EPOCHS_BEFORE):
            _await_stored(recovery)
        after, held_rate = store_size(recovery), (load.produced - produced) / since_kill()
        load.end()
        again.ask_to_end()
        again.wait()
    return Measured(
        opened_s,
        replayed_s,
        first_counter_s,
        caught_up_s,
        lost_s=killed_at - stored_at,
        rate=held_rate,
        before=before,
        after=after,
    )


def _await_stored(recovery: Path) -> None:
    """Until the next epoch is stored whole: the files are written, and then they are not."""
    began, written = time.perf_counter(), _written(recovery)
    changed_at: float | None = None
    while changed_at is None or time.perf_counter() - changed_at < _QUIET_S:
        if time.perf_counter() - began > _PATIENCE_S:
            raise ProgramFailed(f"lasttouch: no epoch was stored within {_PATIENCE_S:g} s")
        time.sleep(_POLL_S)
        if (now := _written(recovery)) != written:
            written, changed_at = now, time.perf_counter()


def _written(recovery: Path) -> list[tuple[str, int]]:
    return [(file.name, file.stat().st_mtime_ns) for file in sorted(recovery.glob("*.sqlite3*"))]


def report(measured: Measured) -> str:
    """Two tables, and what they are of."""
    rows = [
        ("the recovery store is read", measured.opened_s),
        ("the events of the lost epoch are read again", measured.replayed_s),
        ("the first new counter is in Redis", measured.first_counter_s),
        ("caught up", measured.caught_up_s),
    ]
    stores = [("before the kill", measured.before), ("after it", measured.after)]
    return "\n".join(
        [
            "| from `kill -9` until | s |",
            "| --- | --- |",
            *(f"| {what} | {seconds:.1f} |" for what, seconds in rows),
            "",
            "| recovery store | on disk MiB | packed state MiB | ratio |",
            "| --- | --- | --- | --- |",
            *(
                f"| {when} | {store.on_disk / _MEBIBYTE:,.1f} | {store.packed / _MEBIBYTE:,.1f} | {store.ratio:.1f} |"
                for when, store in stores
            ),
            "",
            f"{measured.rate:,.0f} events/s; the last epoch was stored {measured.lost_s:.1f} s before the kill.",
        ]
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.crash", description=__doc__.partition("\n")[0])
    parser.add_argument("--contacts", type=int, default=100_000, help="(default: %(default)s)")
    parser.add_argument("--rate", type=int, default=5_000, help="events a second (default: %(default)s)")
    parser.add_argument("--touches", type=int, default=1, help="of each contact at first (default: %(default)s)")
    parser.add_argument("--campaigns", type=int, default=1_000, help="(default: %(default)s)")
    parser.add_argument("--apache", action="store_true", help="a real Apache Kafka (needs Java 17 and Maven)")
    return run_command(parser, arguments, measure, report)


if __name__ == "__main__":
    sys.exit(main())
