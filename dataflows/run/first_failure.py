"""The first exception that a step of the flow raised in this process, kept where the engine cannot lose it.

The engine wraps what a step raises, and in a cluster throws it away: what comes out of another thread is a panic
without a cause. So every call that it makes into the steps goes through here first.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol, TypeVar

from bytewax.dataflow import Dataflow
from bytewax.inputs import (
    DynamicSource,
    FixedPartitionedSource,
    StatefulSourcePartition,
    StatelessSourcePartition,
)
from bytewax.operators import StatefulBatchLogic
from bytewax.outputs import DynamicSink, FixedPartitionedSink, StatefulSinkPartition, StatelessSinkPartition

Observer = Callable[[list[Any]], None]
"""Shown what comes to a step, before the step has it."""
_Result = TypeVar("_Result")


class Measure(Protocol):
    """Told of what the recovery store costs."""

    def snapshotted(self, logic: StatefulBatchLogic[Any, Any, Any], packed: object, seconds: float) -> None:
        """A snapshot of a key group of a stage was taken; so long the stage was at it."""

    def partition_snapshotted(self, partition: object) -> None:
        """A partition of a source or a sink has completed an epoch."""


class FirstFailure:
    """What failed first, and in which step."""

    def __init__(self) -> None:
        self.error: BaseException | None = None
        self.step: str | None = None

    def keep(self, step: str, error: BaseException) -> None:
        """A step raised `error`."""
        if self.error is None:
            self.error, self.step = error, step

    def guard(
        self, flow: Dataflow, observers: Mapping[str, Observer] | None = None, measure: Measure | None = None
    ) -> None:
        """Have every step of `flow` say here what it raises. `observers`: by the names of steps that map or write."""
        for index, step in enumerate(flow.substeps):
            watch = _Watch(self, step.step_name, (observers or {}).get(step.step_name), measure)
            flow.substeps[index] = replace(step, **_guarded(step, watch))


@dataclass(frozen=True, slots=True)
class _Watch:
    """The calls into one step."""

    first: FirstFailure
    step: str
    observe: Observer | None
    measure: Measure | None

    def snapshot_of(self, partition: StatefulSourcePartition[Any, Any] | StatefulSinkPartition[Any, Any]) -> object:
        """The snapshot of a partition."""
        if self.measure is not None:
            self.measure.partition_snapshotted(partition)
        return self.call(partition.snapshot)

    def call(self, function: Callable[..., _Result], *arguments: Any) -> _Result:  # noqa: ANN401 - the engine's
        """What `function` returns; what it raises is kept. The end of a source is no failure."""
        try:
            return function(*arguments)
        except StopIteration:
            raise
        except BaseException as error:
            self.first.keep(self.step, error)
            raise

    def close(self, function: Callable[[], None]) -> None:
        """Call `function`; after a failure, whatever that raises has its cause in it, and would abort the process."""
        failed_before = self.first.error is not None
        try:
            self.call(function)
        except Exception:
            if not failed_before:
                raise


def _guarded(step: Any, watch: _Watch) -> dict[str, Any]:  # noqa: ANN401 - each kind of step is a class of its own
    """What of a step calls our code, guarded."""
    match kind := type(step).__name__:
        case "input" if isinstance(step.source, FixedPartitionedSource):
            return {"source": _Source(step.source, watch)}
        case "input":
            return {"source": _Ticking(step.source, watch)}
        case "output" if isinstance(step.sink, FixedPartitionedSink):
            return {"sink": _Sink(step.sink, watch)}
        case "output":
            return {"sink": _Answers(step.sink, watch)}
        case "stateful_batch":
            return {"builder": lambda state: _Logic(watch.call(step.builder, state), watch)}
        case "flat_map_batch":
            return {"mapper": lambda items: watch.call(_mapped, step.mapper, watch.observe, items)}
    assert kind == "merge", kind
    return {}


def _mapped(mapper: Callable[[list[Any]], Iterable[Any]], observe: Observer | None, items: list[Any]) -> Iterable[Any]:
    if observe is not None:
        observe(items)
    result = mapper(items)
    # A generator would raise in the engine's hands.
    return list(result) if isinstance(result, Iterator) else result


class _Source(FixedPartitionedSource[Any, Any]):
    def __init__(self, inner: FixedPartitionedSource[Any, Any], watch: _Watch) -> None:
        self._inner, self._watch = inner, watch

    def list_parts(self) -> list[str]:
        return self._watch.call(self._inner.list_parts)

    def build_part(self, step_id: str, for_part: str, resume_state: object) -> _SourcePartition:
        return _SourcePartition(self._watch.call(self._inner.build_part, step_id, for_part, resume_state), self._watch)


class _SourcePartition(StatefulSourcePartition[Any, Any]):
    def __init__(self, inner: StatefulSourcePartition[Any, Any], watch: _Watch) -> None:
        self._inner, self._watch = inner, watch

    def next_batch(self) -> Iterable[Any]:
        return self._watch.call(self._inner.next_batch)

    def next_awake(self) -> datetime | None:
        return self._watch.call(self._inner.next_awake)

    def snapshot(self) -> object:
        return self._watch.snapshot_of(self._inner)

    def close(self) -> None:
        self._watch.close(self._inner.close)


class _Ticking(DynamicSource[Any]):
    def __init__(self, inner: DynamicSource[Any], watch: _Watch) -> None:
        self._inner, self._watch = inner, watch

    def build(self, step_id: str, worker_index: int, worker_count: int) -> _TickingPartition:
        return _TickingPartition(self._watch.call(self._inner.build, step_id, worker_index, worker_count), self._watch)


class _TickingPartition(StatelessSourcePartition[Any]):
    def __init__(self, inner: StatelessSourcePartition[Any], watch: _Watch) -> None:
        self._inner, self._watch = inner, watch

    def next_batch(self) -> Iterable[Any]:
        return self._watch.call(self._inner.next_batch)

    def next_awake(self) -> datetime | None:
        return self._watch.call(self._inner.next_awake)

    def close(self) -> None:
        self._watch.close(self._inner.close)


class _Sink(FixedPartitionedSink[Any, Any]):
    def __init__(self, inner: FixedPartitionedSink[Any, Any], watch: _Watch) -> None:
        self._inner, self._watch = inner, watch

    def list_parts(self) -> list[str]:
        return self._watch.call(self._inner.list_parts)

    def part_fn(self, item_key: str) -> int:
        return self._watch.call(self._inner.part_fn, item_key)

    def build_part(self, step_id: str, for_part: str, resume_state: object) -> _SinkPartition:
        return _SinkPartition(self._watch.call(self._inner.build_part, step_id, for_part, resume_state), self._watch)


class _SinkPartition(StatefulSinkPartition[Any, Any]):
    def __init__(self, inner: StatefulSinkPartition[Any, Any], watch: _Watch) -> None:
        self._inner, self._watch = inner, watch

    def write_batch(self, values: list[Any]) -> None:
        if self._watch.observe is not None:
            self._watch.observe(values)
        self._watch.call(self._inner.write_batch, values)

    def snapshot(self) -> object:
        return self._watch.snapshot_of(self._inner)

    def close(self) -> None:
        self._watch.close(self._inner.close)


class _Answers(DynamicSink[Any]):
    def __init__(self, inner: DynamicSink[Any], watch: _Watch) -> None:
        self._inner, self._watch = inner, watch

    def build(self, step_id: str, worker_index: int, worker_count: int) -> _AnswersPartition:
        return _AnswersPartition(self._watch.call(self._inner.build, step_id, worker_index, worker_count), self._watch)


class _AnswersPartition(StatelessSinkPartition[Any]):
    def __init__(self, inner: StatelessSinkPartition[Any], watch: _Watch) -> None:
        self._inner, self._watch = inner, watch

    def write_batch(self, items: list[Any]) -> None:
        if self._watch.observe is not None:
            self._watch.observe(items)
        self._watch.call(self._inner.write_batch, items)

    def close(self) -> None:
        self._watch.close(self._inner.close)


class _Logic(StatefulBatchLogic[Any, Any, Any]):
    def __init__(self, inner: StatefulBatchLogic[Any, Any, Any], watch: _Watch) -> None:
        self._inner, self._watch = inner, watch

    def on_batch(self, values: list[Any]) -> tuple[Iterable[Any], bool]:
        return self._watch.call(self._inner.on_batch, values)

    def on_notify(self) -> tuple[Iterable[Any], bool]:
        return self._watch.call(self._inner.on_notify)

    def on_eof(self) -> tuple[Iterable[Any], bool]:
        return self._watch.call(self._inner.on_eof)

    def notify_at(self) -> datetime | None:
        return self._watch.call(self._inner.notify_at)

    def snapshot(self) -> object:
        if self._watch.measure is None:
            return self._watch.call(self._inner.snapshot)
        began = time.perf_counter()
        packed = self._watch.call(self._inner.snapshot)
        self._watch.measure.snapshotted(self._inner, packed, time.perf_counter() - began)
        return packed
