"""Many who ask at the same time wait for one answer, which is never older than their question."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from api.coalesced_answers import CoalescedAnswers
from tests.waiting import await_that


class Slow:
    """Counts how often it is asked; each answer is held back until it is let go."""

    def __init__(self) -> None:
        self.begun = 0
        self.may_end = threading.Semaphore(0)

    def __call__(self) -> int:
        self.begun += 1
        number = self.begun
        self.may_end.acquire()
        return number


def test_who_asks_while_an_answer_is_found_gets_the_next_one() -> None:
    coalesced, slow = CoalescedAnswers(), Slow()
    with ThreadPoolExecutor(8) as askers:
        first = askers.submit(coalesced.get, "key", slow)
        await_that(lambda: slow.begun == 1, "the first answer is being found")
        later = [askers.submit(coalesced.get, "key", slow) for _ in range(6)]
        await_that(lambda: coalesced.waiting("key") == 7, "all have asked")
        slow.may_end.release()
        slow.may_end.release()
        assert first.result() == 1
        assert [each.result() for each in later] == [2] * 6
    assert slow.begun == 2
    assert coalesced.waiting("key") == 0


def test_other_questions_do_not_wait() -> None:
    coalesced, slow = CoalescedAnswers(), Slow()
    with ThreadPoolExecutor(1) as askers:
        held_back = askers.submit(coalesced.get, "key", slow)
        assert coalesced.get("other", lambda: "at once") == "at once"
        slow.may_end.release()
        assert held_back.result() == 1


def test_what_fails_fails_for_those_who_waited_and_for_nobody_after() -> None:
    coalesced, is_open = CoalescedAnswers(), threading.Event()

    def fail() -> int:
        is_open.wait()
        raise ValueError("away")

    with ThreadPoolExecutor(4) as askers:
        asked = [askers.submit(coalesced.get, "key", fail) for _ in range(4)]
        is_open.set()
        for each in asked:
            with pytest.raises(ValueError, match="away"):
                each.result()
    assert coalesced.get("key", lambda: 3) == 3
