"""The mark tells when what was written is gone, when somebody asks for it anew, and when a newer run has taken over."""

from __future__ import annotations

import pytest
import redis

from config.stopping import StopRequest
from connectors.view.layout import RUN_KEY
from connectors.view.loss_check import Mark, ViewMark
from connectors.view.run_status import RunStatus
from connectors.view.writes import Fenced, ViewLost


@pytest.fixture
def status(valkey: redis.Redis) -> RunStatus:
    return RunStatus(valkey, StopRequest())


@pytest.fixture
def mark(valkey: redis.Redis, status: RunStatus) -> ViewMark:
    """Of a run that has shown what it wrote."""
    number = status.begin()
    made = ViewMark(valkey, StopRequest(), partition="03", run=number, store="mine")
    made.begin()
    status.own_view("03", "mine", 9)
    made.advance(is_shown=True)
    return made


def test_what_is_there_is_there(mark: ViewMark, valkey: redis.Redis) -> None:
    mark.check(is_shown=True)
    mark.advance(is_shown=True)
    mark.check(is_shown=True)
    assert valkey.hget(RUN_KEY, "mark:03") == b"1:2"


def test_an_emptied_redis(mark: ViewMark, valkey: redis.Redis) -> None:
    valkey.flushall()
    with pytest.raises(ViewLost):
        mark.check(is_shown=True)
    with pytest.raises(ViewLost):
        mark.advance(is_shown=False)
    assert valkey.dbsize() == 0


def test_older_data(mark: ViewMark, valkey: redis.Redis) -> None:
    older = valkey.dump(RUN_KEY)
    assert older is not None
    mark.advance(is_shown=True)
    valkey.restore(RUN_KEY, 0, older, replace=True)
    with pytest.raises(ViewLost):
        mark.check(is_shown=True)


def test_a_write_whose_answer_was_lost_is_not_taken_for_a_loss(mark: ViewMark, valkey: redis.Redis) -> None:
    valkey.hset(RUN_KEY, "mark:03", "1:2")
    mark.advance(is_shown=True)
    mark.check(is_shown=True)


def test_a_view_that_is_to_be_built_anew(mark: ViewMark, status: RunStatus) -> None:
    assert status.shown("mine") == (1, 1)
    status.forget_views()
    assert status.shown("mine") == (1, 0)
    mark.check(is_shown=False)
    with pytest.raises(ViewLost):
        mark.check(is_shown=True)


def test_a_view_that_another_store_has_written(mark: ViewMark, status: RunStatus) -> None:
    status.own_view("03", "theirs", 9)
    with pytest.raises(ViewLost):
        mark.check(is_shown=True)


def test_a_run_that_a_newer_one_has_replaced_ends_and_touches_nothing(
    mark: ViewMark, status: RunStatus, valkey: redis.Redis
) -> None:
    newer = ViewMark(valkey, StopRequest(), partition="03", run=status.begin(), store="theirs")
    newer.begin()
    status.own_view("03", "theirs", 9)
    for call in (mark.check, mark.advance):
        with pytest.raises(Fenced):
            call(is_shown=True)
    with pytest.raises(Fenced):
        mark.begin()
    newer.check(is_shown=True)


@pytest.mark.parametrize("before", [None, b"1:0", b"0:9", b"1:00000"])
def test_older_data_that_came_back_between_two_runs(
    mark: ViewMark, status: RunStatus, valkey: redis.Redis, before: bytes | None
) -> None:
    """The recovery store knows what Redis had."""
    known = mark.value
    assert known == Mark(1, 1)
    next_run = ViewMark(valkey, StopRequest(), partition="03", run=status.begin(), store="mine")
    if before is None:
        valkey.hdel(RUN_KEY, "mark:03")
    else:
        valkey.hset(RUN_KEY, "mark:03", before)
    with pytest.raises(ViewLost):
        next_run.begin(known)


@pytest.mark.parametrize("before", [b"1:1", b"1:10", b"2:0", b"10:0"])
def test_marks_are_numbers(status: RunStatus, valkey: redis.Redis, before: bytes) -> None:
    """Written as texts, 10 would come before 9."""
    number = status.begin()
    valkey.hset(RUN_KEY, "mark:03", before)
    ViewMark(valkey, StopRequest(), partition="03", run=number, store="mine").begin(Mark(1, 1))
    assert valkey.hget(RUN_KEY, "mark:03") == f"{number}:0".encode()


def test_partitions_have_marks_of_their_own(mark: ViewMark, valkey: redis.Redis) -> None:
    other = ViewMark(valkey, StopRequest(), partition="04", run=1, store="mine")
    other.begin()
    other.advance(is_shown=False)
    other.advance(is_shown=False)
    mark.check(is_shown=True)
