"""What is shown is a function of the set of events: any order, repetition, batching and crash (contract §2)."""

from __future__ import annotations

import time
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from state.erasures import is_pseudonym
from tests.dataflows.flow.stages import SELDOM, Stages
from tests.e2e.views import all_versions
from tests.examples import examples
from tests.reference.erasure import with_own_marks
from tests.reference.parsing import PERSONAL
from tests.reference.reference import WHOLE, View, expected
from tests.reference.strategies import EVERY_KIND, deliveries, event_sets, settings_files

EXAMPLES = examples(150)
NOW_MS = time.time_ns() // 1_000_000


def is_erased(row: dict[str, Any]) -> bool:
    """Whether an order's row is of an erased contact."""
    return row["contact"] is not None and is_pseudonym(row["contact"])


def agree(stages: Stages, view: View) -> None:
    """Everything that can be seen is what the reference says."""
    assert stages.view() == view.redis
    assert with_own_marks(view.rows, stages.rows) == view.rows
    assert with_own_marks(view.records, stages.records) == view.records
    assert stages.as_of == view.as_of
    assert stages.names == view.names
    assert stages.tags == view.tags
    shown = {*view.as_of, *view.versions}
    assert stages.versions == {account: all_versions(view, account) for account in shown}
    assert stages.currency == {account: view.currency[account] for account in shown}
    assert stages.time_zone == {account: view.time_zone[account] for account in shown}
    assert all(len(days) == 1 for days in stages.row_days.values())


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.data(), settings_files())
def test_any_arrival_of_the_stream_shows_the_same(data: st.DataObject, tables: dict[str, dict[str, Any]]) -> None:
    events = data.draw(event_sets("stream", partial=True))
    stages = Stages(tables)
    for batch in data.draw(deliveries(events)):
        stages.read(batch)
    stages.end()
    agree(stages, expected(events, tables, NOW_MS, **WHOLE))


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.data(), settings_files())
def test_any_arrival_of_everything_shows_the_same(data: st.DataObject, tables: dict[str, dict[str, Any]]) -> None:
    events = data.draw(event_sets("whole", **EVERY_KIND))
    stages = Stages(tables)
    for batch in data.draw(deliveries(events)):
        stages.read(batch)
    stages.end()
    agree(stages, expected(events, tables, NOW_MS, **WHOLE))


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.data(), settings_files())
def test_any_arrival_with_erasures_shows_the_same(data: st.DataObject, tables: dict[str, dict[str, Any]]) -> None:
    events = data.draw(event_sets("erase", **EVERY_KIND))
    stages = Stages(tables)
    for batch in data.draw(deliveries(events)):
        stages.read(batch)
    stages.end()
    view = expected(events, tables, NOW_MS, **WHOLE)
    # An order that names no contact loses its names and addresses with the contact that owned them. The reference gives
    # them back when somebody else declares the address; lasttouch cannot, because it has let them go.
    assert all(row[field] is None for row in stages.rows.values() if is_erased(row) for field in PERSONAL)
    for row in [*view.rows.values(), *stages.rows.values()]:
        row.update(dict.fromkeys(PERSONAL))
    agree(stages, view)


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.data(), settings_files())
def test_a_crash_and_a_replay_in_other_batches_show_the_same(
    data: st.DataObject, tables: dict[str, dict[str, Any]]
) -> None:
    events = data.draw(event_sets("whole", **EVERY_KIND))
    stages = Stages(tables, SELDOM)
    batches = data.draw(deliveries(events))
    at = data.draw(st.integers(0, len(batches)))
    crash = data.draw(st.integers(at, len(batches)))
    for batch in batches[:at]:
        stages.read(batch)
    kept = stages.snapshot()
    for batch in batches[at:crash]:
        stages.read(batch)
    stages.restore(kept)
    stages.start()
    lost = [line for batch in batches[at:crash] for line in batch]
    for batch in data.draw(deliveries(lost)) if lost else []:
        stages.read(batch)
    stages.passed()
    for batch in batches[crash:]:
        stages.read(batch)
    stages.end()
    agree(stages, expected(events, tables, NOW_MS, **WHOLE))
