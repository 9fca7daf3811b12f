"""When a worker's partitions are polled: together, and the less often the more there is to do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.kafka.poll_times import PAUSE_MAX, PAUSE_MIN, PollTimes

START: Final = datetime(2026, 3, 1, tzinfo=UTC)


class Worker:
    """Its clock, and how long its thread has worked."""

    def __init__(self) -> None:
        self.now = START
        self.worked_s = 0.0
        self.times = PollTimes(lambda: self.worked_s, lambda: self.now)

    def work(self, ms: int, of_ms: int | None = None) -> None:
        """For so long, of a longer time if others have the processor."""
        self.worked_s += ms / 1_000
        self.now += timedelta(milliseconds=ms if of_ms is None else of_ms)


def test_all_partitions_are_polled_at_the_same_moment() -> None:
    worker = Worker()
    first = worker.times.next()
    worker.work(3)
    assert worker.times.next() == first
    worker.now = first
    second = worker.times.next()
    assert second > first
    assert worker.times.next() == second


@pytest.mark.parametrize(
    ("worked_ms", "pause"),
    [(0, PAUSE_MIN), (8, PAUSE_MIN), (15, timedelta(milliseconds=30)), (30, PAUSE_MAX), (500, PAUSE_MAX)],
)
def test_a_worker_rests_for_as_long_as_it_works_as_far_as_that_may_be_waited_for(
    worked_ms: int, pause: timedelta
) -> None:
    worker = Worker()
    worker.now = worker.times.next()
    worker.times.next()
    worker.work(worked_ms, of_ms=1_000)
    assert worker.times.next() == worker.now + pause


def test_a_clock_that_is_put_back_holds_nothing_up() -> None:
    worker = Worker()
    worker.times.next()
    worker.now -= timedelta(days=1)
    assert worker.times.next() <= worker.now + PAUSE_MAX


@given(st.lists(st.tuples(st.integers(0, 100), st.integers(0, 200)), max_size=20))
def test_the_next_moment_is_never_far(steps: list[tuple[int, int]]) -> None:
    worker = Worker()
    for worked_ms, passed_ms in steps:
        worker.work(worked_ms, of_ms=passed_ms)
        assert worker.now < worker.times.next() <= worker.now + PAUSE_MAX
