"""Many who ask at the same time wait for one answer. It is from before they asked only if they do so all the time."""

from __future__ import annotations

import asyncio
import threading
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.coalesced_answers import KEYS_MOST, OFTEN, CoalescedAnswers, Freshness
from tests.waiting import PATIENCE_S, await_that


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
        coalesced, slow = CoalescedAnswers(Freshness(patience_s=PATIENCE_S)), Slow()
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


_PATIENT = Freshness(patience_s=0.0, age_s_max=60.0)


async def asked_often(coalesced: CoalescedAnswers, slow: Slow) -> None:
    """Return when it has been asked so often that an answer is kept."""
    slow.may_end.release(OFTEN)
    assert [await coalesced.get("key", slow) for _ in range(OFTEN)] == list(range(1, OFTEN + 1))


def test_who_asks_what_is_asked_all_the_time_gets_the_answer_before_where_a_new_one_takes_long() -> None:
    async def ask() -> None:
        coalesced, slow = CoalescedAnswers(_PATIENT), Slow()
        await asked_often(coalesced, slow)
        assert await coalesced.get("key", slow) == OFTEN
        await begun(slow, OFTEN + 1)
        slow.may_end.release(100_000)
        async with asyncio.timeout(PATIENCE_S):
            while await coalesced.get("key", slow) == OFTEN:  # noqa: ASYNC110 - nothing else tells when it is there
                await asyncio.sleep(0)

    asyncio.run(ask())


@given(st.lists(st.tuples(st.sampled_from([0.0, 0.01, 0.4, 0.95, 1.1]), st.booleans()), min_size=1, max_size=20))
def test_figures_never_go_back(asks: list[tuple[float, bool]]) -> None:
    """However long it is from one question to the next, and whether or not the figures are there at once."""

    async def ask() -> None:
        now = [0.0]
        coalesced, slow = CoalescedAnswers(Freshness(patience_s=0.0), clock=lambda: now[0]), Slow()
        seen: list[int] = []
        for later_s, is_there in asks:
            now[0] += later_s
            question = asyncio.create_task(coalesced.get("key", slow))
            if is_there:
                slow.may_end.release()
            await asyncio.wait([question], timeout=0.001)
            slow.may_end.release()
            seen.append(await question)
        slow.may_end.release(len(asks))
        assert seen == sorted(seen)

    asyncio.run(ask())


@pytest.mark.parametrize("is_changed", [True, False])
def test_an_answer_from_before_a_change_or_too_long_ago_will_not_do(is_changed: bool) -> None:
    async def ask() -> None:
        coalesced, slow = CoalescedAnswers(Freshness(patience_s=0.0, age_s_max=60.0 if is_changed else 0.0)), Slow()
        await asked_often(coalesced, slow)
        if is_changed:
            coalesced.changed()
        waiting = asyncio.create_task(coalesced.get("key", slow))
        await begun(slow, OFTEN + 1)
        slow.may_end.release()
        assert await waiting == OFTEN + 1

    asyncio.run(ask())


def test_what_fails_meanwhile_fails_for_who_asks_when_no_answer_will_do() -> None:
    def fail() -> int:
        raise ValueError("away")

    async def ask() -> None:
        coalesced, slow = CoalescedAnswers(Freshness(patience_s=60.0, age_s_max=60.0)), Slow()
        await asked_often(coalesced, slow)
        with pytest.raises(ValueError, match="away"):
            await coalesced.get("key", fail)

    asyncio.run(ask())


def test_answers_to_other_questions_do_not_gather() -> None:
    async def ask() -> None:
        coalesced = CoalescedAnswers(Freshness(patience_s=1.0, age_s_max=60.0))
        for number in range(1_000):
            assert await coalesced.get(number, partial(int, number)) == number
        assert coalesced.known() <= KEYS_MOST + 1

    asyncio.run(ask())
