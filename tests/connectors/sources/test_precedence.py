"""A question goes before the events that a worker which keeps up would read next."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from connectors.sources.precedence import HELD_UP_S_MAX, Precedence


@dataclass
class Clock:
    now_s: float = 0.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def precedence(clock: Clock) -> Precedence:
    return Precedence(is_alone=True, now_s=clock)


def test_events_are_read_while_nobody_asks(precedence: Precedence) -> None:
    assert precedence.lets_read()
    assert not precedence.is_taken


def test_no_events_are_read_until_a_question_is_answered(precedence: Precedence) -> None:
    precedence.handed_on(["a", "b"])
    assert not precedence.lets_read()
    precedence.answered(["b"])
    assert not precedence.lets_read()
    assert precedence.is_taken
    precedence.answered(["a"])
    assert precedence.lets_read()
    assert not precedence.is_taken


def test_between_two_questions_events_are_read(precedence: Precedence) -> None:
    precedence.handed_on(["a"])
    assert not precedence.lets_read()
    precedence.answered(["a"])
    precedence.handed_on(["b"])
    assert not precedence.lets_read(), "the first one was still waited for"
    precedence.answered(["b"])
    assert precedence.lets_read()
    precedence.handed_on(["c"])
    assert precedence.lets_read()
    precedence.has_read()
    assert not precedence.lets_read()


def test_a_question_that_is_not_answered_holds_events_up_for_a_moment(precedence: Precedence, clock: Clock) -> None:
    precedence.handed_on(["lost"])
    assert not precedence.lets_read()
    clock.now_s = HELD_UP_S_MAX
    assert not precedence.lets_read()
    clock.now_s = HELD_UP_S_MAX * 1.01
    assert precedence.lets_read()
    precedence.has_read()
    assert precedence.lets_read(), "it is given up"


def test_where_another_worker_may_answer_nothing_is_held_up(clock: Clock) -> None:
    precedence = Precedence(is_alone=False, now_s=clock)
    precedence.handed_on(["a"])
    assert precedence.lets_read()
