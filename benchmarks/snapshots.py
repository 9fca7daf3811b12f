"""How long a snapshot holds the stream up: `python -m benchmarks.snapshots [--events 3000000] [--contacts 100000]`.

The events go through the stages as in `benchmarks.stages`; then all key groups are packed and stored as the engine does
it, all of a stage first, then one after the other into the files of a recovery store. In a process that is bound to one
core (Linux), so that it compresses by itself, and in one that may use all; the least of three times each.
"""

from __future__ import annotations

import argparse
import os
import pickle
import sqlite3
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, closing
from multiprocessing import get_context
from pathlib import Path
from typing import Final, NamedTuple

from benchmarks.command import run_command
from benchmarks.event_file import write_event_file
from benchmarks.stages import SEED, Costs, Flow, fed
from config.cores import usable_cores
from dataflows.store.parts import files_of, make_parts
from dataflows.store.store import DATABASES

_TIMES: Final = 3
_INSERT: Final = "INSERT INTO snaps (step_id, state_key, snap_epoch, ser_change) VALUES (?, ?, ?, ?)"


class Snapshot(NamedTuple):
    """One snapshot of all stages."""

    pack_s: float
    """Until all of it is bytes."""
    store_s: float
    """Until all of it is in the files."""
    stored_bytes: int


class Measured(NamedTuple):
    """What a measurement brought."""

    cores: int
    alone: Snapshot
    beside: Snapshot
    """With all cores."""


def measure(events: int, contacts: int) -> Measured:
    """Write the events, and let each of two processes take snapshots of what comes of them."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "events.jsonl"
        write_event_file(path, events, contacts, SEED, lambda _: None)
        alone, beside = (_in_process(path, cores) for cores in (1, usable_cores()))
        return Measured(usable_cores(), alone, beside)


def _in_process(path: Path, cores: int) -> Snapshot:
    with ProcessPoolExecutor(1, get_context("spawn"), _bind_to, (cores,)) as process:
        return process.submit(least, path).result()


def _bind_to(cores: int) -> None:
    if cores == 1:
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:1])


def least(path: Path) -> Snapshot:
    """The snapshot of a file's events that took the least time; they are stored beside it."""
    flow = fed(path, Costs())
    with ExitStack() as stack:
        store = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=path.parent)))
        make_parts(store, range(DATABASES), DATABASES)
        files = [stack.enter_context(closing(sqlite3.connect(part))) for part in files_of(store, 0, 1)]
        return min((taken(flow, files, epoch) for epoch in range(_TIMES)), key=lambda one: one.pack_s + one.store_s)


def taken(flow: Flow, files: Sequence[sqlite3.Connection], epoch: int) -> Snapshot:
    """A snapshot of all stages, in the order in which the engine takes and stores them."""
    pack_s = store_s = 0.0
    stored_bytes = 0
    for step, stage in flow.stages.items():
        began = time.perf_counter()
        states = [(key, logic.snapshot()) for key, logic in stage.logics.items()]
        packed = [(key, pickle.dumps(state)) for key, state in states]
        pack_s += time.perf_counter() - began
        began = time.perf_counter()
        for number, file in enumerate(files):
            file.executemany(_INSERT, ((step, key, epoch, state) for key, state in packed[number :: len(files)]))
            file.commit()
        store_s += time.perf_counter() - began
        stored_bytes += sum(len(state) for _, state in packed)
    return Snapshot(pack_s, store_s, stored_bytes)


def report(measured: Measured) -> str:
    """A table, and the ratio."""
    rows = (("one core", measured.alone), (f"{measured.cores} cores", measured.beside))
    alone_s, beside_s = (one.pack_s + one.store_s for _, one in rows)
    shown = [(name, f"{one.pack_s:.2f}", f"{one.store_s:.2f}", f"{one.stored_bytes / 1e6:.1f}") for name, one in rows]
    return "\n".join(
        [
            "| a snapshot with | to pack, s | to store, s | MB |",
            "| --- | --- | --- | --- |",
            *(f"| {' | '.join(row)} |" for row in shown),
            "",
            f"{measured.cores} cores: × {beside_s / alone_s:.2f} of the time",
        ]
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.snapshots", description=__doc__.partition("\n")[0])
    parser.add_argument("--events", type=int, default=3_000_000, help="(default: %(default)s)")
    parser.add_argument("--contacts", type=int, default=100_000, help="(default: %(default)s)")
    return run_command(parser, arguments, measure, report)


if __name__ == "__main__":
    sys.exit(main())
