"""When the key groups of a worker may emit their totals."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from dataflows.flow.pace import Pace, Shares


class Worked:
    """How long a worker's thread has worked, as the test says."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def test_a_round_ends_when_the_clock_is_put_back() -> None:
    worked = Worked()
    pace = Pace(worked_s=worked)
    now = datetime.now(UTC)
    first = pace.round_to_emit_in(0, now)
    assert first is not None
    with pace.emitting():
        worked.seconds += 1.0
    assert pace.round_to_emit_in(first, now) is None
    assert pace.round_to_emit_in(first, now - timedelta(hours=1)) is not None


def test_a_worker_with_time_to_spare_emits_sooner_than_one_that_has_none() -> None:
    rounds: dict[float, timedelta] = {}
    for busy_s in (1.0, 9.0):
        worked = Worked()
        pace = Pace(Shares(idle=1 / 2, busy=1 / 10), worked)
        now = datetime.now(UTC)
        assert pace.round_to_emit_in(0, now) is not None
        worked.seconds += busy_s
        now += timedelta(seconds=10)
        assert pace.round_to_emit_in(0, now) is not None
        with pace.emitting():
            worked.seconds += 0.02
        rounds[busy_s] = pace.round_ends - now
    assert rounds == {1.0: timedelta(seconds=0.04), 9.0: timedelta(seconds=0.2)}
