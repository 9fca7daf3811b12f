"""Clusters of two workers of which one fails, as a program: the steps and exceptions are its arguments."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final

import bytewax.operators as op
import msgspec
from bytewax.dataflow import Dataflow
from bytewax.inputs import FixedPartitionedSource, StatefulSourcePartition
from bytewax.operators import StatefulBatchLogic
from bytewax.outputs import FixedPartitionedSink, StatefulSinkPartition
from bytewax.testing import cluster_main

from config.errors import UserError
from connectors.kafka.partition_reader import OffsetLost
from connectors.kafka.sink import DeliveryFailed
from connectors.kafka.topics import BrokerUnavailable
from connectors.view.waiting import Stopped
from connectors.view.writes import Fenced, ViewLost
from dataflows.run.causes import cause_of
from dataflows.run.first_failure import FirstFailure
from tests.servers.ports import own_port

ERRORS: Final[tuple[type[Exception], ...]] = (
    UserError,
    Fenced,
    ViewLost,
    OffsetLost,
    DeliveryFailed,
    BrokerUnavailable,
    Stopped,
    KeyError,
)
STEPS: Final = ("source", "mapper", "generator", "logic", "snapshot", "sink", "close")
WORKERS: Final = 2
_PARTS: Final = ["0", "1"]
Fail = Callable[[str, str], None]
"""Raises, if it is for this step and partition to fail."""


def report_of(folder: Path, step: str, error: str, index: int) -> Path:
    """Where a worker writes down what it has found out."""
    return folder / f"{step}-{error}-{index}.json"


class _Numbers(StatefulSourcePartition[int, int]):
    def __init__(self, part: str, fail: Fail) -> None:
        self._part, self._fail, self._next = part, fail, 0

    def next_batch(self) -> list[int]:
        self._next += 1
        if self._next > 20:
            self._fail("source", self._part)
        return [self._next]

    def snapshot(self) -> int:
        return self._next


class _Source(FixedPartitionedSource[int, int]):
    def __init__(self, fail: Fail) -> None:
        self._fail = fail

    def list_parts(self) -> list[str]:
        return _PARTS

    def build_part(self, step_id: str, for_part: str, resume_state: int | None) -> _Numbers:
        del step_id, resume_state
        return _Numbers(for_part, self._fail)


class _Logic(StatefulBatchLogic[int, int, int]):
    def __init__(self, fail: Fail, resume_state: int | None) -> None:
        del resume_state
        self._fail = fail

    def on_batch(self, values: list[int]) -> tuple[list[int], bool]:
        if max(values) > 20:
            self._fail("logic", "1")
        return values, StatefulBatchLogic.RETAIN

    def snapshot(self) -> int:
        self._fail("snapshot", "1")
        return 0


class _Writer(StatefulSinkPartition[int, int]):
    def __init__(self, part: str, fail: Fail) -> None:
        self._part, self._fail = part, fail

    def write_batch(self, values: list[int]) -> None:
        if max(values) > 20:
            self._fail("sink", self._part)
            self._fail("close", self._part)

    def snapshot(self) -> int:
        return 0

    def close(self) -> None:
        # As a file does whose disk is full: once more, when the engine lets go of it.
        self._fail("close", self._part)


class _Sink(FixedPartitionedSink[int, int]):
    def __init__(self, fail: Fail) -> None:
        self._fail = fail

    def list_parts(self) -> list[str]:
        return _PARTS

    def part_fn(self, item_key: str) -> int:
        return int(item_key)

    def build_part(self, step_id: str, for_part: str, resume_state: int | None) -> _Writer:
        del step_id, resume_state
        return _Writer(for_part, self._fail)


def flow_of(fail: Fail) -> Dataflow:
    """A flow with every kind of step that lasttouch's has."""

    def mapper(items: list[int]) -> list[tuple[str, int]]:
        if max(items) > 20:
            fail("mapper", "1")
        return [(str(item % 2), item) for item in items]

    def generator(items: list[tuple[str, int]]) -> Any:
        for key, item in items:
            if item > 20:
                fail("generator", "1")
            yield key, item

    flow = Dataflow("failing")
    numbers = op.input("source", flow, _Source(fail))
    keyed = op.flat_map_batch("generator", op.flat_map_batch("mapper", numbers, mapper), generator)
    kept = op.stateful_batch("logic", keyed, partial(_Logic, fail))
    op.output("sink", op.merge("merged", kept), _Sink(fail))
    return flow


def work(index: int, addresses: list[str], step: str, error: str, report: Path) -> None:
    """Be a worker, fail as told, and write down the cause that it reports."""
    [raised] = [each for each in ERRORS if each.__name__ == error]

    def fail(at: str, part: str) -> None:
        if at == step and part == "1":
            raise raised("the very reason") from ValueError("what Python said")

    flow, first = flow_of(fail), FirstFailure()
    first.guard(flow)
    try:
        cluster_main(flow, addresses, index, epoch_interval=timedelta(seconds=0.1))
    except BaseException as ended:  # noqa: BLE001 - a panic is none of Python's exceptions
        cause = cause_of(ended, store=Path("/none"), first=first.error, worker=index)
        report.write_bytes(msgspec.json.encode(cause))


def main() -> None:
    """A cluster for each case "step:exception", one after the other; reports go to the folder named first.

    Workers are forked, before there is any thread: to import everything for each takes most of the time otherwise.
    """
    folder = Path(sys.argv[1])
    for case in sys.argv[2:]:
        step, error = case.split(":")
        addresses = [f"127.0.0.1:{own_port()}" for _ in range(WORKERS)]
        workers = []
        for index in range(WORKERS):
            worker = os.fork()
            if worker == 0:
                work(index, addresses, step, error, report_of(folder, step, error, index))
                os._exit(0)
            workers.append(worker)
        for worker in workers:
            # The one that fails may abort; what it has found out is not lost by it.
            os.waitpid(worker, 0)


if __name__ == "__main__":
    main()
