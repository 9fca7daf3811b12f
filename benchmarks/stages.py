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
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar

from bytewax.operators import StatefulBatchLogic

from benchmarks.event_file import write_event_file
from config.settings_file import load_settings_file
from connectors.decoding.decoder import Decoded
from connectors.decoding.decoder_choice import chosen_decode
from connectors.decoding.joined_lines import joined
from connectors.files.line_chunks import AT_START, LineChunks
from connectors.sources.raw_lines import Lines
from connectors.sources.replay import Start
from dataflows.flow import by_address, by_contact, by_order, by_total, publish
from dataflows.run.worker import GC_THRESHOLDS
from state.erasures import Secret
from state.timeline import Timeline, of_file

_AT_ONCE: Final = 4
"""Chunks that go through the stages together."""
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

    def __init__(self, build: Callable[[bytes | None], StatefulBatchLogic[Any, Any, bytes]]) -> None:
        self._build = build
        self.logics: dict[str, StatefulBatchLogic[Any, Any, bytes]] = {}

    def __call__(self, items: Iterable[tuple[str, Any]]) -> _Keyed:
        """What the key groups tell of these items."""
        by_key: dict[str, list[Any]] = {}
        for key, item in items:
            by_key.setdefault(key, []).append(item)
        return [(key, told) for key, values in by_key.items() for told in self._logic(key).on_batch(values)[0]]

    def _logic(self, key: str) -> StatefulBatchLogic[Any, Any, bytes]:
        if key not in self.logics:
            self.logics[key] = self._build(None)
        return self.logics[key]


class Flow:
    """The stages, as `dataflows.flow.revenue` joins them, without questions and the end of a replay."""

    def __init__(self, costs: Costs, timeline_of: Callable[[str], Timeline]) -> None:
        self._costs = costs
        self._by_order = Stage(partial(by_order.OrderLogic, secret=_SECRET))
        self._by_address = Stage(partial(by_address.AddressLogic, secret=_SECRET))
        self._by_contact = Stage(partial(by_contact.ContactLogic, timeline_of=timeline_of, secret=_SECRET))
        self._publish = Stage(publish.PublishLogic)
        pace = by_total.Pace(lambda: True)
        self._by_total = Stage(partial(by_total.TotalLogic, timeline_of=timeline_of, pace=pace))
        self.digest = hashlib.sha256()

    def feed(self, decoded: list[Decoded | Start]) -> None:
        """One activation of each stage."""
        of = self._costs.of
        asked = of("by address", lambda: self._by_address(by_address.to_addresses(_SECRET, [*decoded])))
        orders = of("by order", lambda: self._by_order([*by_order.to_orders([*decoded]), *self._answers(asked)]))
        touches = of("by contact: touches", lambda: self._by_contact(by_contact.touches_to_contacts([*decoded])))
        placed = of("by contact: orders", lambda: self._by_contact(by_contact.orders_to_contacts(orders)))
        told = of("publish", lambda: self._publish(publish.to_publish([*touches, *placed])))
        rows = of("rows", publish.to_rows, told)
        of("records", publish.to_kafka, told)
        sums = of("combine", lambda: [*by_total.combine([*touches, *placed]), *by_total.combine_orders(told)])
        of("by total", lambda: by_total.to_counters(self._by_total(sums)))
        self.digest.update(repr(rows).encode())

    @staticmethod
    def _answers(asked: _Keyed) -> _Keyed:
        return [*by_address.answers_to_orders(asked)]


def decoded_chunks(path: Path, costs: Costs) -> Iterator[Decoded]:
    """The events of a file, a chunk at a time."""
    decode = chosen_decode()
    with path.open("rb") as stream:
        chunks = LineChunks(stream, AT_START)
        while (chunk := chunks.read()) is not None:
            if chunk.lines:
                lines = Lines(str(path), None, chunk.lines, chunk.ats, chunk.oversized)
                yield costs.of("decode", decode, joined(lines, 0))


def main(arguments: Sequence[str]) -> int:
    """Write the events, let them through, and print what each stage took."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.stages")
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--contacts", type=int, default=100_000)
    given = parser.parse_args(arguments)
    costs, base = Costs(), load_settings_file(None)
    flow = Flow(costs, lambda account: of_file(base.of(account)))
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "events.jsonl"
        write_event_file(path, given.events, given.contacts, 7, lambda _: None)
        waiting: list[Decoded | Start] = []
        for decoded in decoded_chunks(path, costs):
            waiting.append(decoded)
            if len(waiting) == _AT_ONCE:
                flow.feed(waiting)
                waiting = []
        flow.feed(waiting)
    for name, seconds in sorted(costs.by_name.items(), key=lambda one: -one[1]):
        print(f"{name:<20} {seconds:6.2f} s  {seconds / given.events * 1e6:6.2f} µs an event")
    seconds = sum(costs.by_name.values()) - costs.by_name["decode"]
    print(f"{'all but decode':<20} {seconds:6.2f} s  {seconds / given.events * 1e6:6.2f} µs an event")
    print(f"digest of the rows   {flow.digest.hexdigest()[:12]}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
