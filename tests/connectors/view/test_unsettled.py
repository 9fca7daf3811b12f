"""What the recovery store may not know of Redis, and what Redis may not have of it: both are found out."""

from __future__ import annotations

from contextlib import ExitStack

import pytest
import redis

from config.stopping import StopRequest
from connectors.sources.replay import RowAt
from connectors.view.run_status import Mode
from connectors.view.unsettled import unsettled_rows
from connectors.view.writes import ViewLost
from tests.connectors.view.view_writes import (
    DAY,
    all_passed,
    contents,
    give,
    opened,
    row,
    sent,
    sums,
    unsettled,
)


def test_an_older_dump_while_no_run_is_there_is_found_out_by_the_next(valkey: redis.Redis, closing: ExitStack) -> None:
    first = opened(closing, valkey)
    give(first, sums(sent(1)))
    older = valkey.dump("lasttouch:run")
    assert older is not None
    first.write_batch([[sums(sent(2))]])
    state = first.snapshot()
    opened(closing, valkey, Mode.RESUME, run=2, state=state)
    valkey.restore("lasttouch:run", 0, older, replace=True)
    with pytest.raises(ViewLost):
        opened(closing, valkey, Mode.RESUME, run=3, state=state)


class TestUnsettled:
    """Rows that the recovery store may not know of are noted, so that they can be written once more after a crash."""

    def test_a_row_is_noted_until_a_snapshot_that_has_it_is_stored(
        self, valkey: redis.Redis, closing: ExitStack
    ) -> None:
        part = opened(closing, valkey)
        give(part, row("o1"))
        assert unsettled(valkey) == {"2026-03-01:o1": 0}
        give(part, row("o2"))
        assert unsettled(valkey) == {"2026-03-01:o1": 0, "2026-03-01:o2": 1}
        give(part)
        assert unsettled(valkey) == {"2026-03-01:o2": 1}
        give(part)
        assert unsettled(valkey) == {}

    def test_epochs_go_on_counting_after_a_restart(self, valkey: redis.Redis, closing: ExitStack) -> None:
        part = opened(closing, valkey)
        give(part, row("o1"))
        resumed = opened(closing, valkey, Mode.RESUME, run=2, state=part.snapshot())
        give(resumed, row("o2"))
        assert unsettled(valkey)["2026-03-01:o2"] == 2

    def test_rows_that_are_held_back_are_noted_and_none_is_forgotten_meanwhile(
        self, valkey: redis.Redis, closing: ExitStack
    ) -> None:
        part = opened(closing, valkey)
        give(part, row("o1"))
        resumed = opened(closing, valkey, Mode.RESUME, run=2, state=part.snapshot())
        for _ in range(5):
            give(resumed, row("o2"))
        assert unsettled(valkey).keys() == {"2026-03-01:o1", "2026-03-01:o2"}
        assert contents(valkey)["lasttouch:{acme}:rows:2026-03-01"].keys() == {"o1"}
        for more in (all_passed(), [], []):
            give(resumed, *more)
        assert unsettled(valkey) == {}
        assert contents(valkey)["lasttouch:{acme}:rows:2026-03-01"].keys() == {"o1", "o2"}

    def test_a_row_that_is_to_leave_a_day_is_noted_there_too_while_that_is_held_back(
        self, valkey: redis.Redis, closing: ExitStack
    ) -> None:
        part = opened(closing, valkey)
        give(part, row("o1"))
        resumed = opened(closing, valkey, Mode.RESUME, run=2, state=part.snapshot())
        give(resumed, row("o2", DAY + 1, DAY))
        assert unsettled(valkey).keys() == {"2026-03-01:o1", "2026-03-01:o2", "2026-03-02:o2"}

    def test_what_is_noted_is_what_a_run_that_resumes_reads(self, valkey: redis.Redis, closing: ExitStack) -> None:
        give(opened(closing, valkey), row("a:b", DAY + 1), row("o1"))
        found = set(unsettled_rows(valkey, StopRequest()))
        assert found == {RowAt("acme", "a:b", DAY + 1), RowAt("acme", "o1", DAY)}
