"""What a contact takes of a worker's memory: `python -m benchmarks.state_memory [--contacts 200000]`.

The events of so many contacts, nine touches and an order's event each, go through the stages as in `benchmarks.stages`,
and so do those of a quarter of them, in a process each: what the greater takes more of resident memory, a contact, is
what each contact more costs. Beside it stands what the stages' objects take of that, by stage and type; of a mapping
also what nobody has written to yet, which is not resident.
"""

from __future__ import annotations

import argparse
import gc
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from mmap import mmap
from multiprocessing import get_context
from pathlib import Path
from typing import Final, NamedTuple

import psutil

from benchmarks.command import run_command
from benchmarks.event_file import write_event_file
from benchmarks.stages import SEED, Costs, fed

EVENTS_A_CONTACT: Final = 10
_SMALLER: Final = 4
"""The other process has so many times fewer contacts."""
_BLOCK_BYTES: Final = 16
"""Python gives out memory in multiples of this."""
_PLAIN: Final = (dict, list, tuple, set, str, bytes, int, mmap)
_PACKAGES: Final = ("state.", "dataflows.", "kernels.message_table", "kernels.table_memory")


class Taken(NamedTuple):
    """The memory of one process after its events."""

    contacts: int
    rss_bytes: int
    by_kind: Counter[tuple[str, str]]
    """(stage, type) → bytes of its objects; one that several stages have counts for the first."""


def measure(contacts: int) -> tuple[Taken, Taken]:
    """The memory that a quarter of the contacts take, and that all of them take."""
    with tempfile.TemporaryDirectory() as folder:
        smaller = _in_process(Path(folder), max(1, contacts // _SMALLER))
        return smaller, _in_process(Path(folder), contacts)


def _in_process(folder: Path, contacts: int) -> Taken:
    path = folder / f"{contacts}.jsonl"
    write_event_file(path, EVENTS_A_CONTACT * contacts, contacts, SEED, lambda _: None)
    with ProcessPoolExecutor(1, get_context("spawn")) as process:
        return process.submit(taken, path, contacts).result()


def taken(path: Path, contacts: int) -> Taken:
    """The memory of this process after the events of a file."""
    flow = fed(path, Costs())
    gc.collect()
    rss_bytes = psutil.Process().memory_info().rss
    seen: set[int] = set()
    by_kind: Counter[tuple[str, str]] = Counter()
    for name, stage in flow.stages.items():
        for kind, size in sizes(stage.logics, seen).items():
            by_kind[name, kind] += size
    return Taken(contacts, rss_bytes, by_kind)


def sizes(root: object, seen: set[int]) -> Counter[str]:
    """Bytes of an object and of all that it holds, by type. `seen`: ids of what is counted already, and comes here."""
    found: Counter[str] = Counter()
    waiting = [root]
    while waiting:
        one = waiting.pop()
        kind = type(one)
        if id(one) in seen or (kind not in _PLAIN and not kind.__module__.startswith(_PACKAGES)):
            continue
        seen.add(id(one))
        size = len(one) if isinstance(one, mmap) else sys.getsizeof(one)
        found[kind.__name__] += -(-size // _BLOCK_BYTES) * _BLOCK_BYTES
        waiting += gc.get_referents(one)
        if isinstance(one, dict):
            waiting += one  # the collector leaves out keys that are texts
    return found


def report(measured: tuple[Taken, Taken]) -> str:
    """Bytes a contact, the most first."""
    smaller, greater = measured
    more = greater.contacts - smaller.contacts
    by_kind = {kind: (size - smaller.by_kind[kind]) / more for kind, size in greater.by_kind.items()}
    ranked = sorted(by_kind.items(), key=lambda one: -one[1])
    lines = [(f"{stage}: {kind}", size) for (stage, kind), size in ranked if size >= 1]
    lines.append(("all objects", sum(by_kind.values())))
    lines.append(("resident memory", (greater.rss_bytes - smaller.rss_bytes) / more))
    return "\n".join(f"{name:<24} {size:6.0f} bytes a contact" for name, size in lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.state_memory")
    parser.add_argument("--contacts", type=int, default=200_000, help="(default: %(default)s)")
    return run_command(parser, arguments, measure, report)


if __name__ == "__main__":
    sys.exit(main())
