"""The writer of a sink partition against a model: whatever comes in whatever order, readers see what they must."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any, Final

import pytest
import redis
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from config.stopping import StopRequest
from connectors.sources.clock import Tick
from connectors.view.packed_rows import RowRemoval
from connectors.view.run_status import SINK_PARTITIONS, Mode, RunStatus
from connectors.view.sink import RedisPartition
from state.ledger import EntryKey
from tests.connectors.view.view_writes import (
    DAY,
    all_passed,
    contents,
    partition,
    row,
    shown,
    sums,
    unsettled,
)
from tests.examples import examples

NAMES: Final = ("sent", "opened", "clicked")
ORDERS: Final = ("o1", "o2", "o3")
ON: Final = (DAY, DAY + 1)

names, orders, days = st.sampled_from(NAMES), st.sampled_from(ORDERS), st.sampled_from(ON)


def total(name: str, value: int) -> tuple[EntryKey, int]:
    return ("acme", DAY, "", "", name), value


class View:
    """What readers see: fields of the day, and orders by day."""

    def __init__(self) -> None:
        self.totals: dict[str, str] = {}
        self.rows: dict[int, dict[str, str]] = {day: {} for day in ON}

    def copy(self) -> View:
        made = View()
        made.totals = dict(self.totals)
        made.rows = {day: dict(rows) for day, rows in self.rows.items()}
        return made


class Sink(RuleBasedStateMachine):
    """A sink partition under a stream, through any number of runs."""

    client: redis.Redis

    def __init__(self) -> None:
        super().__init__()
        self.client.flushall()
        self.stack = ExitStack()
        self.run = 0
        self.written = View()
        """What the stream has written: in this run, where it tells every total; rows in all runs."""
        self.seen = View()
        """What readers see once an epoch is complete."""
        self.waits_for: list[Any] = []
        self.is_live = True
        self.stored: tuple[bytes | None, View] = (None, View())
        """The state and the stream at the end of the epoch before the last, which the engine has stored for certain."""
        self.last: tuple[bytes | None, View] = (None, View())
        """The same of the last complete epoch, which it may have stored."""
        self.since_stored: set[str] = set()
        """Rows that were written since then, which must be noted."""
        self.since_last: set[str] = set()

    @initialize()
    def begin(self) -> None:
        self._begin(Mode.FRESH, None)
        for name in SINK_PARTITIONS:
            RunStatus(self.client, StopRequest()).own_view(name, "store", 9)

    def _begin(self, mode: Mode, state: bytes | None) -> None:
        self.run += 1
        made = partition(self.client, mode, run=self.run, state=state)
        self.stack.callback(made.close)
        self.part: RedisPartition = made

    @rule(name=names, value=st.integers(0, 3))
    def write_total(self, name: str, value: int) -> None:
        self.part.write_batch([[sums(total(name, value))]])
        self.written.totals.pop(name, None)
        if value:
            self.written.totals[name] = str(value)

    @rule(order=orders, day=days, text=st.integers(0, 9))
    def write_row(self, order: str, day: int, text: int) -> None:
        others = [other for other in ON if other != day]
        self.part.write_batch([[row(order, day, *others, text=str(text).encode())]])
        for other in others:
            self.written.rows[other].pop(order, None)
            self.since_last.discard(f"{_iso(other)}:{order}")
        self.written.rows[day][order] = str(text)
        self.since_last.add(f"{_iso(day)}:{order}")

    @rule(order=orders, day=days)
    def remove_row(self, order: str, day: int) -> None:
        """A run takes out only what its state does not have there (`dataflows.flow.publish`), nor the one before: after
        a crash nobody would miss it."""
        if any(order in view.rows[day] for _, view in (self.stored, self.last)):
            return
        self.part.write_batch([[RowRemoval("acme", order, day)]])
        self.written.rows[day].pop(order, None)
        self.since_last.discard(f"{_iso(day)}:{order}")

    @rule()
    def tick(self) -> None:
        self.part.write_batch([[Tick()]])

    @precondition(lambda self: self.waits_for)
    @rule(count=st.sampled_from((1, 100, 200, 200)))
    def finish(self, count: int) -> None:
        finished, self.waits_for = self.waits_for[:count], self.waits_for[count:]
        self.part.write_batch([finished])

    @precondition(lambda self: self.waits_for)
    @rule()
    def catch_up(self) -> None:
        self.finish(len(self.waits_for))
        self.complete_epoch()

    @rule()
    def complete_epoch(self) -> None:
        state = self.part.snapshot()
        self.is_live = self.is_live or not self.waits_for
        if self.is_live:
            self.seen = self.written.copy()
        self.stored, self.last = self.last, (state, self.written.copy())
        self.since_stored, self.since_last = self.since_last, set()
        self._check()

    def _check(self) -> None:
        assert shown(self.client) == self.seen.totals
        found = contents(self.client)
        for day in ON:
            assert found.get(f"lasttouch:{{acme}}:rows:{_iso(day)}", {}) == self.seen.rows[day]
            index = found.get(f"lasttouch:{{acme}}:orders:{_iso(day)}", {})
            assert index.keys() == self.seen.rows[day].keys()
        assert self.since_stored <= unsettled(self.client).keys()
        if not self.is_live:
            # Held back in epochs that are complete: nothing else makes them again.
            held = {
                f"{_iso(day)}:{order}"
                for day in ON
                for order, text in self.written.rows[day].items()
                if self.seen.rows[day].get(order) != text
            }
            assert held <= unsettled(self.client).keys()

    @rule(last_is_stored=st.booleans())
    def crash(self, last_is_stored: bool) -> None:
        """The next run tells every total anew, and once more each row that is noted; all else it has told is there."""
        self.part.close()
        state, written = self.stored = self.last = self.last if last_is_stored else self.stored
        noted = unsettled(self.client)
        self.is_live, self.waits_for = False, all_passed()
        self._begin(Mode.RESUME, state)
        self.written, self.since_stored, self.since_last = written.copy(), set(), set()
        self.seen = self._readers_see()
        self.part.write_batch([[sums(*(total(name, int(value)) for name, value in self.written.totals.items()))]])
        for member in noted:
            day = next(day for day in ON if member.startswith(_iso(day)))
            order = member.partition(":")[2]
            if order not in self.written.rows[day]:
                self.part.write_batch([[RowRemoval("acme", order, day)]])
        for day in ON:
            for order, text in self.written.rows[day].items():
                if any(member.endswith(f":{order}") for member in noted):
                    self.part.write_batch([[row(order, day, text=text.encode())]])

    def _readers_see(self) -> View:
        """A killed run had written what it had written, and nobody sees anything else while the next one holds back."""
        seen, found = View(), contents(self.client)
        seen.totals = shown(self.client)
        seen.rows = {day: found.get(f"lasttouch:{{acme}}:rows:{_iso(day)}", {}) for day in ON}
        return seen

    def teardown(self) -> None:
        self.stack.close()


def _iso(day: int) -> str:
    return {DAY: "2026-03-01", DAY + 1: "2026-03-02"}[day]


@pytest.mark.hypothesis
def test_any_interleaving_of_writes_ticks_epochs_ends_and_crashes(valkey: redis.Redis) -> None:
    Sink.client = valkey
    run_state_machine_as_test(
        Sink,
        settings=settings(
            max_examples=examples(100),
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
        ),
    )
