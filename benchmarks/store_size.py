"""How large the recovery store is beside the state in it, minute by minute, while events come all the time.

    python -m benchmarks.store_size [--minutes 60] [--rate 2000] [--contacts 100000] [--campaigns 1000] [--apache]

`lasttouch run` reads from the embedded broker, or from Apache Kafka, and writes to an embedded Valkey: one worker,
epochs of 10 s. Every contact has a message before it begins; the state grows with what comes, and the store with it.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from benchmarks.command import run_command
from benchmarks.live_load import LiveLoad
from benchmarks.live_run import live_run
from benchmarks.measured_process import MeasuredProcess, ProgramFailed
from connectors.sources.barriers import Stage
from dataflows.run.measuring import recovery_bytes
from dataflows.store.recovery_files import recovery_files
from state.key_groups import GROUP_KEYS

_LOOKS_A_MINUTE: Final = 12
_MINUTE_S: Final = 60.0
_MEBIBYTE: Final = 1_048_576


class StoreSize(NamedTuple):
    """The recovery store's size, and of that the state that a start reads; bytes."""

    on_disk: int
    packed: int

    @property
    def ratio(self) -> float:
        """How many times the packed state the store takes."""
        return self.on_disk / max(self.packed, 1)


class Minute(NamedTuple):
    """One minute of the run."""

    number: int
    sizes: tuple[StoreSize, ...]
    """As they were found in that minute, oldest first: between two snapshots the store has both."""

    @property
    def largest(self) -> StoreSize:
        """When the store took the most beside its state; once it has any."""
        stored = [size for size in self.sizes if size.packed] or self.sizes
        return max(stored, key=lambda size: size.ratio)


def store_size(recovery: Path) -> StoreSize:
    """The recovery store in a folder, as it is at the moment."""
    with recovery_files(recovery) as files:
        packed = sum(len(files.snapshot(f"lasttouch.{stage}", key) or b"") for stage in Stage for key in GROUP_KEYS)
    return StoreSize(recovery_bytes(recovery, 0, 1), packed)


def measure(minutes: int, rate: int, contacts: int, campaigns: int, *, apache: bool = False) -> list[Minute]:
    """Start everything, look for so many minutes, end everything. Raises `Unavailable` and `ProgramFailed`."""
    with live_run(contacts, campaigns, apache=apache) as run:
        with LiveLoad(run.load(rate)):
            seen = list(_minutes(minutes, run.recovery, run.process))
        run.end()
    return seen


def _minutes(minutes: int, recovery: Path, process: MeasuredProcess) -> Iterator[Minute]:
    began = time.monotonic()
    for number in range(1, minutes + 1):
        sizes = []
        for look in range(1, _LOOKS_A_MINUTE + 1):
            due = began + _MINUTE_S * (number - 1 + look / _LOOKS_A_MINUTE)
            time.sleep(max(0.0, due - time.monotonic()))
            if process.has_ended():
                raise ProgramFailed(f"lasttouch ended in minute {number}: {process.complaints()[-1:]}")
            sizes.append(store_size(recovery))
        minute = Minute(number, tuple(sizes))
        print(_row(minute), file=sys.stderr, flush=True)
        yield minute


def report(minutes: Sequence[Minute]) -> str:
    """A table by minute, and the most of all."""
    most = max(minutes, key=lambda minute: minute.largest.ratio)
    return "\n".join(
        [
            "| minute | packed state MiB | store MiB, least | most | most, times the state |",
            "| --- | --- | --- | --- | --- |",
            *map(_row, minutes),
            "",
            f"At most {most.largest.ratio:.1f} times the packed state, in minute {most.number}.",
        ]
    )


def _row(minute: Minute) -> str:
    on_disk = [size.on_disk / _MEBIBYTE for size in minute.sizes]
    packed = minute.sizes[-1].packed / _MEBIBYTE
    return (
        f"| {minute.number} | {packed:,.1f} | {min(on_disk):,.1f} | {max(on_disk):,.1f} | {minute.largest.ratio:.1f} |"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.store_size", description=__doc__.partition("\n")[0])
    parser.add_argument("--minutes", type=int, default=60, help="how long (default: %(default)s)")
    parser.add_argument("--rate", type=int, default=2_000, help="events a second (default: %(default)s)")
    parser.add_argument("--contacts", type=int, default=100_000, help="(default: %(default)s)")
    parser.add_argument("--campaigns", type=int, default=1_000, help="(default: %(default)s)")
    parser.add_argument("--apache", action="store_true", help="a real Apache Kafka (needs Java 17 and Maven)")
    return run_command(parser, arguments, measure, report)


if __name__ == "__main__":
    sys.exit(main())
