"""Whether a cluster of worker processes ended before its time, by what each of them reports."""

from __future__ import annotations

from typing import Final

import pytest

from dataflows.run.causes import Cause, Kind
from dataflows.run.tally import Counts
from dataflows.run.workers import Report, failure

WELL: Final = Report(counts=Counts())
PEER_GONE: Final = Report(cause=Cause(kind=Kind.PEER_DIED, text="Send thread panic: Any { .. }"), counts=Counts())
FENCED: Final = Report(cause=Cause(kind=Kind.FENCED, text="a newer run writes", worker=1))


def test_all_that_end_well_have_not_failed() -> None:
    assert failure([WELL, WELL], is_over=True) is None


def test_a_worker_whose_peer_has_ended_well_a_moment_before_has_nothing_left_to_do() -> None:
    assert failure([PEER_GONE, WELL], is_over=True) is None


@pytest.mark.parametrize("reports", [[PEER_GONE, WELL], [PEER_GONE, PEER_GONE]])
def test_it_has_failed_where_none_had_ended_before_it_was_asked_to(reports: list[Report]) -> None:
    assert failure(reports, is_over=False) is PEER_GONE.cause


def test_any_other_cause_counts_also_beside_a_worker_that_has_ended_well() -> None:
    assert failure([PEER_GONE, FENCED, WELL], is_over=True) is FENCED.cause
