"""What is measured of a worker: what passes its steps, and what its ends say when somebody scrapes it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import partial
from importlib import metadata
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec
import redis
from bytewax.operators import StatefulBatchLogic

from connectors.decoding.decoder import Decoded, DecodedItem
from connectors.metrics.stream import Held, Probes, StreamMetrics
from connectors.view.layout import CATCHING_UP, RUN_KEY, text_of
from connectors.view.sink import RedisSink
from connectors.view.waiting import failed_calls
from dataflows.flow.by_contact import ContactStageOutput
from dataflows.flow.publish import Keyed
from dataflows.run.first_failure import Observer
from dataflows.run.plan import Plan, Started
from dataflows.store.packed_state import PackedState
from dataflows.store.parts import files_of
from dataflows.store.short_logs import LOG_SUFFIX

DEAD_LETTERS_STEP: Final = "dead_letters"
"""The steps of `dataflows.flow.revenue.build` that are looked at."""
READ_STEP: Final = "dead_events"
_FACTS_STEP: Final = "combine"
_PUBLISHED_STEP: Final = "rows"

_BESIDE_A_DATABASE: Final = (LOG_SUFFIX, "-shm")


class _Letter(msgspec.Struct):
    code: str


_CODE_OF: Final = msgspec.json.Decoder(_Letter).decode


_Holds = Callable[[int], Mapping[str, Held]]
"""As `dataflows.flow.by_contact.ContactLogic.holds`."""


_TURNS: Final = 5
_PART: Final = 4
"""What a key group holds is counted when its size has changed by a quarter, or else at every sixth snapshot."""


class _Counted(NamedTuple):
    """When what a key group holds was counted last."""

    packed_bytes: int
    turns_left: int
    """Snapshots until it is counted anyway."""

    def is_about(self, packed_bytes: int) -> bool:
        """Whether it has hardly grown since."""
        return abs(packed_bytes - self.packed_bytes) * _PART < self.packed_bytes


class Measuring:
    """One start of a worker, as `metrics` counts it."""

    def __init__(self, metrics: StreamMetrics) -> None:
        self._metrics = metrics
        self._marker: int | None = None
        self._counted: dict[int, _Counted] = {}

    def observers(self) -> dict[str, Observer]:
        """By the names of the steps."""
        return {
            READ_STEP: self._read,
            DEAD_LETTERS_STEP: self._write_letters,
            _FACTS_STEP: self._add_facts,
            _PUBLISHED_STEP: self._publish,
        }

    def _read(self, items: list[DecodedItem]) -> None:
        for item in items:
            if isinstance(item, Decoded):
                self._metrics.events.add_all(item.taken)

    def _write_letters(self, items: list[Any]) -> None:
        """Lists of records, and what is to be forgotten, which is none."""
        for letters in items:
            if isinstance(letters, list):
                for _, text in letters:
                    self._metrics.dead_letters.add(_CODE_OF(text).code)

    def _add_facts(self, items: list[tuple[str, ContactStageOutput]]) -> None:
        for _, told in items:
            self._metrics.pushed_out.add_all(told.changes.pushed_out)

    def _publish(self, items: list[Keyed]) -> None:
        for _, published in items:
            self._metrics.corrections.add_all(published.corrections)
            self._metrics.decisions.add_all(published.decided)

    def snapshotted(self, logic: StatefulBatchLogic[Any, Any, Any], packed: object, seconds: float) -> None:
        """See `dataflows.run.first_failure.Measure`."""
        if isinstance(packed, PackedState):
            packed.when_stored(partial(self._stored, logic, seconds))
        else:
            self._metrics.snapshotted(id(logic), {}, seconds)

    def _stored(
        self, logic: StatefulBatchLogic[Any, Any, Any], seconds: float, packed_bytes: int, waited_s: float
    ) -> None:
        """A key group is about to be stored: it took `seconds` to begin with, and then had to be waited for."""
        began = time.perf_counter()
        held: Mapping[str, Held] = {}
        holds: _Holds | None = getattr(logic, "holds", None)
        if holds is not None and self._is_to_count(id(logic), packed_bytes):
            held = holds(packed_bytes)
        self._metrics.snapshotted(id(logic), held, seconds + waited_s + time.perf_counter() - began)

    def _is_to_count(self, group: int, packed_bytes: int) -> bool:
        """Whether what a key group holds is counted anew: that takes a third of the time in which it is packed."""
        known = self._counted.get(group)
        if known is not None and known.turns_left and known.is_about(packed_bytes):
            self._counted[group] = known._replace(turns_left=known.turns_left - 1)
            return False
        # Those that begin together are not to be counted together ever after.
        turns = _TURNS if known is not None else len(self._counted) % (_TURNS + 1)
        self._counted[group] = _Counted(packed_bytes, turns)
        return True

    def partition_snapshotted(self, partition: object) -> None:
        """See `dataflows.run.first_failure.Measure`. One partition of each worker stands for all."""
        if self._marker is None:
            self._marker = id(partition)
        if self._marker == id(partition):
            self._metrics.epoch_closes()


def all_of(observers: Iterable[Mapping[str, Observer]]) -> dict[str, Observer]:
    """Observers that each let several look."""
    by_step: dict[str, list[Observer]] = {}
    for some in observers:
        for step, observe in some.items():
            by_step.setdefault(step, []).append(observe)
    return {step: _each(looking) for step, looking in by_step.items()}


def _each(looking: list[Observer]) -> Observer:
    def observe(items: list[Any]) -> None:
        for look in looking:
            look(items)

    return observe


def probes(
    plan: Plan,
    started: Started,
    index: int,
    *,
    view: RedisSink,
    client: redis.Redis,
    lag: Callable[[], Mapping[str, int]] | None,
) -> Probes:
    """What a worker is asked when it is scraped. `client`: one that gives up soon."""
    place, sharers = plan.place_at_store(index)
    workers = len(plan.addresses) or plan.workers
    return Probes(
        lag=lag,
        backlog=view.backlog,
        recovery_store_bytes=lambda: recovery_bytes(Path(plan.recovery_dir), place, sharers),
        is_catching_up=_CatchingUp(client),
        failed_calls=failed_calls,
        info=(metadata.version("lasttouch"), str(started.run), started.mode.value, str(workers)),
    )


def recovery_bytes(directory: Path, place: int, sharers: int) -> int:
    """This worker's share of the files of a recovery store: all workers' together are the whole."""
    size = 0
    for database in files_of(directory, place, sharers):
        for name in (database.name, *(database.name + suffix for suffix in _BESIDE_A_DATABASE)):
            with suppress(FileNotFoundError):
                size += database.with_name(name).stat().st_size
    return size


class _CatchingUp:
    """What the run says of itself in Redis; while Redis is away, what it said last."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self._said = True

    def __call__(self) -> bool:
        with suppress(redis.RedisError):
            said = self._client.hget(RUN_KEY, CATCHING_UP)
            self._said = said is None or text_of(said) != "0"
        return self._said
