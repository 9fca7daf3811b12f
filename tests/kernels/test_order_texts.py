"""Rows and records that kernels write are, byte for byte, those that Python writes."""

from __future__ import annotations

from typing import Any, Final

import msgspec
import pytest

from connectors.sources.barriers import Barrier
from connectors.sources.replay import RowAt
from connectors.view.packed_rows import RowsWrite, RowWrite
from connectors.view.sink import Write
from dataflows.flow.order_texts import AT_ONCE_BYTES_MOST, AT_ONCE_MOST, DECISIONS_MIN, PublishedTexts
from dataflows.flow.publish import Keyed, PublishStageOutput, to_kafka, to_rows
from kernels.loading import load
from state.changes import Outcome
from state.publication import PublishedRow
from tests.connectors.view.test_order_rows import CREDITED
from tests.examples import examples
from tests.kernels.outcome_steps import walk, written
from tests.published_texts import one_by_one
from tests.state.shop import day, order

TEXTS: Final = PublishedTexts(load, decisions_min=1)
FIRST: Final = day("03-01")


def published(name: str, on: int = FIRST, was_on: int | None = None, **more: Any) -> PublishedRow:
    """A decision of an order on a day, whose row stood under the same day, or under another."""
    outcome = Outcome(1, order("03-01 12:00", order=name, **more), CREDITED, on, 12)
    return msgspec.msgpack.encode(outcome), on if was_on is None else was_on


def told(*rows: PublishedRow | RowAt) -> list[Keyed]:
    """What a key group has published."""
    return [("07", PublishStageOutput(list(rows)))]


def writes_of(items: list[Keyed], texts: PublishedTexts = TEXTS) -> list[Write]:
    """What goes to the sink."""
    return [write for _, writes in texts.to_rows(items) for write in writes]


def assert_told_alike(items: list[Keyed]) -> None:
    """Kernels and Python tell the same."""
    by_kernels, in_python = written(TEXTS.to_rows(items)), written(to_rows(items))
    assert {name: writes.rows for name, writes in by_kernels.items()} == {
        name: writes.rows for name, writes in in_python.items()
    }
    records = [record for _, records in TEXTS.to_kafka(items) for record in records]
    assert records == [record for _, records in to_kafka(items) for record in records]


@pytest.mark.hypothesis  # it is a property, whose examples are drawn step by step
@pytest.mark.parametrize("seed", range(4))
def test_whatever_was_decided_is_told_as_python_tells_it(seed: int) -> None:
    walk(load(), examples(600), seed)


def test_rows_come_sorted_by_account_and_day() -> None:
    writes = writes_of(told(published("o1"), published("o2", FIRST + 1), published("o3"), published("o1", account="b")))
    lots = [(write.account, write.day, len(write.rows)) for write in writes if isinstance(write, RowsWrite)]
    assert sorted(lots) == [("acme", FIRST, 2), ("acme", FIRST + 1, 1), ("b", FIRST, 1)]


def test_of_an_order_that_is_published_twice_in_one_go_the_last_is_shown() -> None:
    items = told(published("o1", contact="ann"), published("o1", contact="eve"))
    [write] = one_by_one(writes_of(items))
    assert isinstance(write, RowWrite)
    assert b'"contact":"eve"' in write.row
    assert len(TEXTS.to_kafka(items)[0][1]) == 2


def test_an_order_that_goes_to_another_day_and_back_in_one_go_is_only_there() -> None:
    items = told(published("o1"), published("o1", FIRST + 1, FIRST), published("o1", FIRST, FIRST + 1))
    assert_told_alike(items)
    shown = written(TEXTS.to_rows(items))["acme"]
    assert [len([row for row in rows.values() if row[0]]) for rows in shown.rows.values()] == [1, 0]


@pytest.mark.parametrize("odd", [{"contact": 'a"b'}, {"items": f'["{"x" * 70_000}"]'}, {"email": "a\nb"}])
def test_what_kernels_leave_of_an_order_stands_behind_what_they_wrote_of_it(odd: dict[str, Any]) -> None:
    """And before what comes of it later, which they leave, too."""
    others = [published(f"other {number}") for number in range(20)]
    for rows in (
        [published("o1", phone="1"), *others, published("o1", phone="2", **odd)],
        [published("o1", phone="1", **odd), *others, published("o1", phone="2")],
    ):
        assert_told_alike(told(*rows))
        of_order = [write for write in one_by_one(writes_of(told(*rows))) if isinstance(write, RowWrite)]
        assert b'"phone":"2"' in [write.row for write in of_order if write.order == "o1"][-1]


def test_a_row_that_an_earlier_run_wrote_under_another_day_leaves_it() -> None:
    assert_told_alike(told(RowAt("acme", "o2", FIRST), published("o1"), published("o2", FIRST + 1)))


@pytest.mark.parametrize("count", [AT_ONCE_MOST - 1, AT_ONCE_MOST, AT_ONCE_MOST + 1, 3 * AT_ONCE_MOST])
def test_more_than_go_through_together_go_one_part_behind_the_other(count: int) -> None:
    rows = [published(f"o{number % 1_000}", phone=str(number)) for number in range(count)]
    assert_told_alike([*told(*rows[: count // 2]), *told(*rows[count // 2 :])])


def test_decisions_that_are_too_long_to_go_together_are_told() -> None:
    items = f'["{"x" * 60_000}"]'
    rows = [published(f"o{number}", items=items) for number in range(AT_ONCE_BYTES_MOST // 60_000 + 1)]
    assert_told_alike(told(*rows[1:], published("last")))
    assert_told_alike(told(*rows, published("last")))


def test_a_barrier_stands_behind_the_rows_that_it_is_for() -> None:
    items = told(published("o1"))
    items[0][1].passes_barrier = True
    for _, writes in [TEXTS.to_rows(items)[-1], to_rows(items)[-1]]:
        assert [type(write) for write in writes] == [Barrier]
    assert len(TEXTS.to_rows(items)) == len(to_rows(items))


def test_few_are_told_without_kernels_and_many_only_with_them() -> None:
    rows = [published(f"o{number}") for number in range(DECISIONS_MIN)]
    usual, without = PublishedTexts(load), PublishedTexts(lambda: None)
    assert {type(write) for write in writes_of(told(*rows), usual)} == {RowsWrite}
    assert {type(write) for write in writes_of(told(*rows[1:]), usual)} == {RowWrite}
    assert {type(write) for write in writes_of(told(*rows), without)} == {RowWrite}
