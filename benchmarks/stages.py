"""What each stage costs of CPU, without the engine and Redis: `python -m benchmarks.stages [--events 1000000]`.

One process gives a file's batches to the stages' own functions in the order of the dataflow, as a worker does that is
behind, and adds up the CPU time of each: so two versions can be laid side by side on a machine that is busy with other
things. The digest of what they count differs where figures do.
"""

from __future__ import annotations

import argparse
import gc
import hashlib
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar

from bytewax.operators import StatefulBatchLogic

from benchmarks.command import run_command
from benchmarks.event_file import write_event_file
from config.kernels_switch import kernels_are_on
from config.settings_file import load_settings_file
from connectors.decoding.decoder import Decoded, DecodedItem
from connectors.decoding.decoder_choice import chosen_decode, loaded_kernels
from connectors.decoding.joined_lines import joined
from connectors.files.line_chunks import AT_START, LineChunks
from connectors.sources.raw_lines import Lines
from connectors.view.account_writes import AccountWrites
from dataflows.flow import by_address, by_contact, by_order, by_total, pace, publish, sums
from dataflows.flow.order_texts import PublishedTexts
from dataflows.run.worker import GC_THRESHOLDS
from dataflows.store.packed_state import StoredState
from dataflows.store.worker_tables import WorkerTables
from kernels.loading import Kernels
from state.erasures import Secret
from state.timeline import Timeline, of_file

_AT_ONCE: Final = 2
"""Chunks that go through the stages together."""
SEED: Final = 7
_SECRET: Final = Secret(b"not a secret")
_Result = TypeVar("_Result")
_Keyed = list[tuple[str, Any]]


class Costs:
    """CPU seconds by what they were spent on."""

    def __init__(self) -> None:
        self.by_name: defaultdict[str, float] = defaultdict(float)

    def of(self, name: str, function: Callable[..., _Result], *arguments: Any) -> _Result:  # noqa: ANN401 - the stages'
        """What `function` returns; what it took is noted."""
        began_s = time.process_time()
        try:
            return function(*arguments)
        finally:
            self.by_name[name] += time.process_time() - began_s


class Stage:
    """The key groups of a stage."""

    def __init__(self, build: Callable[[StoredState | None], StatefulBatchLogic[Any, Any, StoredState]]) -> None:
        self._build = build
        self.logics: dict[str, StatefulBatchLogic[Any, Any, StoredState]] = {}

    def __call__(self, items: Iterable[tuple[str, Any]]) -> _Keyed:
        """What the key groups tell of these items."""
        by_key: dict[str, list[Any]] = {}
        for key, item in items:
            by_key.setdefault(key, []).append(item)
        return [(key, told) for key, values in by_key.items() for told in self._logic(key).on_batch(values)[0]]

    def _logic(self, key: str) -> StatefulBatchLogic[Any, Any, StoredState]:
        if key not in self.logics:
            self.logics[key] = self._build(None)
        return self.logics[key]


class Flow:
    """The stages, as `dataflows.flow.revenue` joins them, without questions and the end of a replay."""

    def __init__(self, costs: Costs, timeline_of: Callable[[str], Timeline]) -> None:
        self._costs = costs
        self._tables = tables = WorkerTables(_kernels)
        self._by_order = Stage(partial(by_order.OrderLogic, secret=_SECRET, tables=tables))
        self._by_address = Stage(partial(by_address.AddressLogic, secret=_SECRET))
        self._by_contact = Stage(
            partial(by_contact.ContactLogic, timeline_of=timeline_of, secret=_SECRET, tables=tables)
        )
        self._publish = Stage(partial(publish.PublishLogic, tables=tables))
        self._combine_orders = partial(sums.combine_orders, tables=tables)
        self._texts = PublishedTexts(_kernels)
        told_at = pace.Pace()
        self._by_total = Stage(partial(by_total.TotalLogic, timeline_of=timeline_of, pace=told_at))
        self.digest = hashlib.sha256()

    @property
    def stages(self) -> dict[str, Stage]:
        """Those that keep state, by name, in the order of the dataflow."""
        return {
            "by address": self._by_address,
            "by order": self._by_order,
            "by contact": self._by_contact,
            "publish": self._publish,
            "by total": self._by_total,
        }

    def feed(self, decoded: list[DecodedItem]) -> None:
        """One activation of each stage."""
        of = self._costs.of
        asked = of("by address", lambda: self._by_address(by_address.to_addresses(_SECRET, decoded)))
        answers = by_address.answers_to_orders
        orders = of("by order", lambda: self._by_order([*by_order.to_orders(decoded), *answers(asked)]))
        touches = of("by contact: touches", lambda: self._by_contact(by_contact.touches_to_contacts(decoded)))
        placed = of("by contact: orders", lambda: self._by_contact(by_contact.orders_to_contacts(orders, self._tables)))
        told = of("publish", lambda: self._publish(publish.to_publish([*touches, *placed], self._tables)))
        rows = of("rows", self._texts.to_rows, told)
        of("records", self._texts.to_kafka, told)
        summed = of("combine", lambda: [*sums.combine([*touches, *placed]), *self._combine_orders(told)])
        of("by total", lambda: by_total.to_counters(self._by_total(summed)))
        self._note(rows)

    def _note(self, rows: _Keyed) -> None:
        """Add to the digest what becomes of the rows of an activation, in whichever form they come."""
        written: defaultdict[str, AccountWrites] = defaultdict(AccountWrites)
        for _, writes in rows:
            for write in writes:
                written[write.account].put(write)
        for account, of_account in sorted(written.items()):
            days = [(day, sorted(of_day.items())) for day, of_day in sorted(of_account.rows.items())]
            self.digest.update(repr((account, days)).encode())


@cache
def _kernels() -> Kernels | None:
    """There from the start, if they are on: no thread that loads them takes CPU from a stage."""
    return loaded_kernels() if kernels_are_on() else None


def decoded_chunks(path: Path, costs: Costs) -> Iterator[Decoded]:
    """The events of a file, a chunk at a time."""
    decode = chosen_decode()
    with path.open("rb") as stream:
        chunks = LineChunks(stream, AT_START)
        while (chunk := chunks.read()) is not None:
            if chunk.lines:
                lines = Lines(str(path), None, chunk.lines, chunk.ats, chunk.oversized)
                yield costs.of("decode", decode, joined(lines, 0))


class Measured(NamedTuple):
    """What a measurement brought."""

    events: int
    costs: Costs
    digest: str
    """Of all rows."""


def measure(events: int, contacts: int) -> Measured:
    """Write the events, and let them through."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "events.jsonl"
        write_event_file(path, events, contacts, SEED, lambda _: None)
        return measure_file(path, events)


def measure_file(path: Path, events: int) -> Measured:
    """Let the events of a file through, of which there are so many. Once in a process: it keeps what it has."""
    costs = Costs()
    return Measured(events, costs, fed(path, costs).digest.hexdigest()[:12])


def fed(path: Path, costs: Costs) -> Flow:
    """The stages after the events of a file."""
    base = load_settings_file(None)
    flow = Flow(costs, lambda account: of_file(base.of(account)))
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)
    waiting: list[DecodedItem] = []
    for decoded in decoded_chunks(path, costs):
        waiting.append(decoded)
        if len(waiting) == _AT_ONCE:
            flow.feed(waiting)
            waiting = []
    flow.feed(waiting)
    return flow


def report(measured: Measured) -> str:
    """What each stage took, the dearest first."""
    by_name = measured.costs.by_name
    lines = sorted(by_name.items(), key=lambda one: -one[1])
    lines.append(("all but decode", sum(by_name.values()) - by_name["decode"]))
    texts = [f"{name:<20} {cpu_s:6.2f} s  {cpu_s / measured.events * 1e6:6.2f} µs an event" for name, cpu_s in lines]
    return "\n".join([*texts, f"digest of the rows   {measured.digest}"])


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.stages")
    parser.add_argument("--events", type=int, default=1_000_000, help="(default: %(default)s)")
    parser.add_argument("--contacts", type=int, default=100_000, help="(default: %(default)s)")
    return run_command(parser, arguments, measure, report)


if __name__ == "__main__":
    sys.exit(main())
