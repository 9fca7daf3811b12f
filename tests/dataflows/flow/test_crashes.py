"""Crashes change nothing, whatever is lost, replayed and new, in whatever order it comes (contract §2, §6.2).

A shop's events lie in several sources. A run reads them in any batches, stages may be behind one another, epochs are
completed now and then; a crash takes the stages and the sources back to the last epoch that was stored, but what was
published stays published. The next run reads on from there: what is repeated comes mixed with what is new.
"""

from __future__ import annotations

import time
from collections import Counter
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.sources.raw_lines import SOURCE_PARTITIONS
from tests.dataflows.flow.stages import SELDOM, STAGES, Snapshot, Stages
from tests.dataflows.flow.test_stages import agree
from tests.examples import examples
from tests.reference.reference import WHOLE, expected
from tests.reference.scenario import contact, order, touch
from tests.reference.strategies import EVERY_KIND, event_sets, settings_files

NOW_MS = time.time_ns() // 1_000_000
CRASHES_MAX = 3
OPERATIONS = ("read", "read", "read", "stage", "stage", "epoch", "list", "crash")


class Shop:
    """Runs over sources of events, one after the other."""

    def __init__(self, tables: dict[str, dict[str, Any]], sources: list[list[bytes]]) -> None:
        self.stages = Stages(tables, SELDOM)
        self._sources = sources
        self._at = [0] * len(sources)
        self._high_water = [0] * len(sources)
        self._finished: set[int] | None = None
        """Sources that have read as far as ever; None: the view is live."""
        self._is_listed = True
        self._stored: tuple[Snapshot, list[int]] = (self.stages.snapshot(), list(self._at))

    @property
    def has_more(self) -> bool:
        """Whether anything is left to be read."""
        return any(at < len(lines) for at, lines in zip(self._at, self._sources, strict=True))

    def read(self, counts: list[int]) -> None:
        """So many lines of each source, in one batch."""
        batch: list[bytes] = []
        for number, count in enumerate(counts):
            lines = self._sources[number][self._at[number] :][:count]
            batch += lines
            self._at[number] += len(lines)
            self._high_water[number] = max(self._high_water[number], self._at[number])
        self.stages.queue(batch)
        self._finish()

    def _finish(self) -> None:
        """Sources that are where they ever were say so."""
        if self._finished is None:
            return
        for number, partition in enumerate(SOURCE_PARTITIONS):
            is_there = number >= len(self._at) or self._at[number] >= self._high_water[number]
            if is_there and number not in self._finished:
                self._finished.add(number)
                self.stages.finish_replay(partition)

    def list_resends(self) -> None:
        """The source of resends has read what was published."""
        if not self._is_listed:
            self._is_listed = True
            self.stages.list_resends()

    def complete_epoch(self) -> None:
        """Everything has arrived, and the state is stored."""
        self._stored = self.stages.snapshot(), list(self._at)
        if self._finished is not None and len(self._finished) == len(SOURCE_PARTITIONS) and self._is_listed:
            self._finished = None
            assert self.stages.is_live, "an epoch is complete since the replay was, and the view is held back still"

    def crash(self) -> None:
        """Another run begins where the last stored epoch ended."""
        snapshot, self._at = self._stored[0], list(self._stored[1])
        self.stages.restore(snapshot)
        self.stages.start()
        self._finished, self._is_listed = set(), False
        self._finish()

    def finish(self) -> None:
        """Read to the end, and show it."""
        self.read([len(lines) for lines in self._sources])
        self.list_resends()
        self.complete_epoch()
        self.stages.end()


def run(data: st.DataObject, shop: Shop, sources: int) -> None:
    """Anything that may happen while there is something to be read."""
    crashes = 0
    while shop.has_more:
        match data.draw(st.sampled_from(OPERATIONS)):
            case "read":
                shop.read(data.draw(st.lists(st.integers(0, 3), min_size=sources, max_size=sources)))
            case "stage":
                shop.stages.step(data.draw(st.sampled_from(STAGES)))
            case "epoch":
                shop.complete_epoch()
            case "list":
                shop.list_resends()
            case "crash" if crashes < CRASHES_MAX:
                crashes += 1
                shop.crash()
            case _:
                shop.read([1] * sources)
    if data.draw(st.booleans()):
        shop.crash()
    shop.finish()


@settings(max_examples=examples(150), deadline=None)
@given(st.data(), settings_files(), st.sampled_from(["stream", "whole"]))
def test_whatever_was_lost_replayed_and_new(data: st.DataObject, tables: dict[str, dict[str, Any]], level: Any) -> None:
    events = data.draw(event_sets(level, **EVERY_KIND))
    sources: list[list[bytes]] = [[], [], []]
    for event in events:
        sources[data.draw(st.integers(0, 2))].append(event)
    shop = Shop(tables, sources)
    run(data, shop, len(sources))
    agree(shop.stages, expected(events, tables, NOW_MS, **WHOLE))


class Reader:
    """Polls totals that only grow."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self.seen = Counter[str]()

    def look(self) -> None:
        shown = self._shop.stages.hashes.get("lasttouch:{acme}:total", {})
        for field in ("sent", "orders:DELIVERED:EUR"):
            value = int(shown.get(field, 0))
            assert value >= self.seen[field], f"{field} went back from {self.seen[field]} to {value}"
            self.seen[field] = value


@settings(max_examples=examples(150), deadline=None)
@given(st.data())
def test_no_reader_sees_a_total_go_back(data: st.DataObject) -> None:
    """Whatever is still on its way through the stages when the sources have read as far as ever: messages are only ever
    sent, and orders delivered, also to an address, which was declared beforehand."""
    sources: list[list[bytes]] = [[contact("ann", "02-01 00:00", email="a@example.com")], [], []]
    for number in range(data.draw(st.integers(3, 12))):
        made = {
            "touch": touch("sent", "03-01 10:00", message=f"m{number}"),
            "order": order("03-01 12:00", order=f"o{number}"),
            "guest": order("03-01 12:00", order=f"o{number}", contact=None, email="a@example.com"),
        }
        sources[number % 3].append(made[data.draw(st.sampled_from(sorted(made)))])
    shop = Shop({}, sources)
    reader = Reader(shop)
    counts = st.lists(st.integers(0, 2), min_size=len(sources), max_size=len(sources))
    shop.read([1, 0, 0])
    shop.complete_epoch()
    for _ in range(data.draw(st.integers(1, CRASHES_MAX))):
        shop.read(data.draw(counts))
        shop.stages.drain()
        reader.look()
        shop.crash()
        for step in data.draw(st.lists(st.sampled_from(["read", "list", *STAGES, *STAGES]), max_size=9)):
            match step:
                case "read":
                    shop.read(data.draw(counts))
                case "list":
                    shop.list_resends()
                case _:
                    shop.stages.step(step)
            reader.look()
        shop.read([1] * len(sources))
        shop.list_resends()
        if data.draw(st.booleans()):
            shop.complete_epoch()
            reader.look()
    shop.finish()
    reader.look()
    assert reader.seen["sent"] + reader.seen["orders:DELIVERED:EUR"] == sum(map(len, sources)) - 1


@pytest.mark.parametrize("last", STAGES)
def test_whichever_stage_is_behind_when_the_sources_are_where_they_were(last: str) -> None:
    """All others, in whatever order, take what is on its way to them, again and again."""
    declared = contact("ann", "02-01 00:00", email="a@example.com")
    lost = [
        touch("sent", "03-01 10:00"),
        order("03-01 12:00"),
        order("03-01 13:00", order="o2", contact=None, email="a@example.com"),
    ]
    for others in permutations(stage for stage in STAGES if stage != last):
        shop = Shop({}, [[declared, *lost]])
        reader = Reader(shop)
        shop.read([1])
        shop.complete_epoch()
        shop.read([len(lost)])
        shop.stages.drain()
        reader.look()
        shop.crash()
        shop.read([len(lost)])
        shop.list_resends()
        for stage in (*others * 4, last, *others * 4, last):
            shop.stages.step(stage)
            reader.look()
        assert shop.stages.is_live
        assert reader.seen == {"sent": 1, "orders:DELIVERED:EUR": 2}


def test_a_declaration_that_was_lost_comes_after_a_newer_one_of_somebody_else() -> None:
    """The crashed run had given the order to c2. The next one hears of c1, who has it for good, first."""
    ordered = order("03-01 12:00", contact=None, email="a@example.com")
    first = contact("c1", "02-01 00:00", email="a@example.com")
    second = contact("c2", "02-02 00:00", email="a@example.com")
    newer = contact("c1", "02-03 00:00", email="a@example.com")
    shop = Shop({}, [[first, ordered], [second], [newer]])
    shop.read([2, 0, 0])
    shop.complete_epoch()
    shop.read([0, 1, 0])
    shop.stages.drain()
    assert [record["contact"] for record in shop.stages.records.values()] == ["c2"]
    shop.crash()
    shop.read([0, 0, 1])
    shop.stages.drain()
    shop.finish()
    assert [record["contact"] for record in shop.stages.records.values()] == ["c1"]
    assert [row["contact"] for row in shop.stages.rows.values()] == ["c1"]


def test_a_row_that_was_to_leave_a_day_while_it_was_held_back_leaves_it_after_a_second_crash() -> None:
    """The second crash loses what was held back, of an epoch that is stored: nothing else knows of the old day."""
    made = order("03-01 12:00")
    said_otherwise = order("03-02 12:00", "03-21 00:00")
    shop = Shop({}, [[made], [said_otherwise], [contact("c1", "02-01 00:00")]])
    shop.read([1, 0, 0])
    shop.complete_epoch()
    shop.read([0, 0, 1])
    shop.crash()
    shop.list_resends()
    shop.read([0, 1, 0])
    shop.complete_epoch()
    shop.crash()
    shop.finish()
    [days] = shop.stages.row_days.values()
    assert len(days) == 1
