"""Many who ask at the same time wait for one answer, which is never older than their question."""

from __future__ import annotations

import asyncio
import threading

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


async def begun(slow: Slow, number: int) -> None:
    """Return when the answer of this number is being found."""
    await asyncio.to_thread(await_that, lambda: slow.begun == number, f"answer {number} is being found")


def test_who_asks_while_an_answer_is_found_gets_the_next_one() -> None:
    async def ask() -> None:
        coalesced, slow = CoalescedAnswers(), Slow()
        first = asyncio.create_task(coalesced.get("key", slow))
        await begun(slow, 1)
        later = [asyncio.create_task(coalesced.get("key", slow)) for _ in range(6)]
        slow.may_end.release()
        assert await first == 1
        await begun(slow, 2)
        slow.may_end.release()
        assert await asyncio.gather(*later) == [2] * 6
        assert slow.begun == 2

    asyncio.run(ask())


def test_who_asks_when_an_answer_is_there_gets_a_new_one() -> None:
    async def ask() -> None:
        coalesced, slow = CoalescedAnswers(), Slow()
        slow.may_end.release(2)
        assert [await coalesced.get("key", slow), await coalesced.get("key", slow)] == [1, 2]

    asyncio.run(ask())


def test_other_questions_do_not_wait() -> None:
    async def ask() -> None:
        coalesced, slow = CoalescedAnswers(), Slow()
        held_back = asyncio.create_task(coalesced.get("key", slow))
        await begun(slow, 1)
        assert await coalesced.get("other", lambda: "at once") == "at once"
        slow.may_end.release()
        assert await held_back == 1

    asyncio.run(ask())


def test_who_hangs_up_takes_nothing_from_the_others() -> None:
    async def ask() -> None:
        coalesced, slow = CoalescedAnswers(), Slow()
        hangs_up, stays = (asyncio.create_task(coalesced.get("key", slow)) for _ in range(2))
        await begun(slow, 1)
        hangs_up.cancel()
        slow.may_end.release()
        assert await stays == 1
        assert hangs_up.cancelled()

    asyncio.run(ask())


def test_what_fails_fails_for_those_who_waited_and_for_nobody_after() -> None:
    def fail() -> int:
        raise ValueError("away")

    async def ask() -> None:
        coalesced = CoalescedAnswers()
        found = await asyncio.gather(*(coalesced.get("key", fail) for _ in range(4)), return_exceptions=True)
        assert [str(each) for each in found] == ["away"] * 4
        with pytest.raises(ValueError, match="away"):
            await coalesced.get("key", fail)
        assert await coalesced.get("key", lambda: 3) == 3

    asyncio.run(ask())
