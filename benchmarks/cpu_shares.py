"""What each of several processes takes of a core while something is measured."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import psutil


@contextmanager
def cpu_shares(pids: Mapping[str, int | None]) -> Iterator[dict[str, float]]:
    """Yields what is filled in at the end: the share of one core that each took, with its children, in between.

    Of this process itself without them. None: it does not run.
    """
    running = {name: pid for name, pid in pids.items() if pid is not None}
    before, began = {name: cpu_s(pid) for name, pid in running.items()}, time.perf_counter()
    shares: dict[str, float] = {}
    yield shares
    passed_s = time.perf_counter() - began
    shares.update({name: (cpu_s(pid) - before[name]) / passed_s for name, pid in running.items()})


def cpu_s(pid: int) -> float:
    """What a process has worked so far, with its children; of this process itself without them."""
    process = psutil.Process(pid)
    family = [process] if pid == psutil.Process().pid else [process, *process.children(recursive=True)]
    return sum(sum(each.cpu_times()[:2]) for each in family)
