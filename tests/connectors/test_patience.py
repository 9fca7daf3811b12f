"""Who waits for others does not hold against them what it stood still for itself."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from itertools import count

import pytest

from connectors import patience
from connectors.patience import STANDSTILLS_MOST, Patience, despite_standstill
from tests.waiting import stand_still

LIMIT_S = 0.05
STANDSTILL_S = patience.LATE_S + 3 * LIMIT_S
PATIENT_S = 1_000.0


def waits(of: Patience) -> list[Callable[[], bool]]:
    """Each way to wait for what never comes."""

    async def in_coroutine() -> bool:
        return await of.wait([asyncio.get_running_loop().create_future()])

    def for_a_condition() -> bool:
        with (condition := threading.Condition()):
            return of.wait_for(condition, lambda: False)

    return [lambda: asyncio.run(in_coroutine()), for_a_condition]


@pytest.mark.parametrize("way", range(2))
def test_what_never_comes_is_waited_for_to_the_limit(way: int) -> None:
    limit, began = Patience(LIMIT_S), time.monotonic()
    assert not waits(limit)[way]()
    assert limit.is_over
    assert time.monotonic() - began >= LIMIT_S * 0.99
    assert not waits(limit)[way](), "one limit is for all waits together"


@pytest.mark.parametrize("way", range(2))
def test_where_the_process_hardly_gets_on_waiting_ends_too(way: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "LATE_S", -PATIENT_S)  # every look was a standstill
    assert not waits(Patience(LIMIT_S))[way]()


def test_what_came_while_the_loop_stood_still_came_in_time() -> None:
    async def is_in_time() -> bool:
        loop = asyncio.get_running_loop()
        coming: asyncio.Future[None] = loop.create_future()

        def stop_for_a_while() -> None:
            stand_still(STANDSTILL_S)
            # Of another thread, which goes on when the loop does.
            loop.call_later(LIMIT_S / 5, coming.set_result, None)

        loop.call_soon(stop_for_a_while)
        return await Patience(LIMIT_S).wait([coming])

    assert asyncio.run(is_in_time())


def test_what_came_while_the_thread_stood_still_came_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "LATE_S", -PATIENT_S)
    looks = count()
    with (condition := threading.Condition()):
        # Looked at twice each time: before the wait and after it.
        assert Patience(LIMIT_S).wait_for(condition, lambda: next(looks) > 2 * STANDSTILLS_MOST)


def test_what_failed_while_the_thread_stood_still_is_asked_again_once() -> None:
    asked: list[float] = []

    def ask(standstills_s: list[float]) -> int:
        asked.append(standstill_s := standstills_s[len(asked)])
        stand_still(standstill_s)
        if standstill_s >= LIMIT_S:
            raise TimeoutError
        return len(asked)

    assert despite_standstill(lambda: ask([STANDSTILL_S, 0.0]), LIMIT_S, TimeoutError) == 2
    asked.clear()
    with pytest.raises(TimeoutError):
        despite_standstill(lambda: ask([STANDSTILL_S, STANDSTILL_S]), LIMIT_S, TimeoutError)
    assert len(asked) == 2
    asked.clear()
    with pytest.raises(TimeoutError):
        despite_standstill(lambda: ask([LIMIT_S, 0.0]), PATIENT_S, TimeoutError)
    assert len(asked) == 1


def test_pauses_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "LATE_S", PATIENT_S)  # however late it wakes up, that was no standstill

    async def pause(limit: Patience) -> None:
        await limit.pause(LIMIT_S)

    in_loop, in_thread = Patience(LIMIT_S), Patience(LIMIT_S)
    asyncio.run(pause(in_loop))
    in_thread.pause_in_thread(LIMIT_S)
    assert in_loop.is_over
    assert in_thread.is_over
    assert not Patience(LIMIT_S).is_over
