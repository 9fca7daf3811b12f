"""A report that is asked for again and again is brought up to date before the next question."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from api import ready_reports
from api.coalesced_answers import CoalescedAnswers
from api.ready_reports import ASKED_WITHIN_S, REPORTS_MAX, ReadyReports
from tests.waiting import await_that


class Shop:
    """What the stream writes, and how often a report of it was found out."""

    def __init__(self) -> None:
        self.written = 0
        self.found_out = 0
        self.looked = 0
        self.now = 1_000.0
        self.is_away = False

    def marks(self) -> int:
        self.looked += 1
        if self.is_away:
            raise ConnectionError("away")
        return self.written

    def report(self) -> int:
        self.found_out += 1
        return self.written

    async def looks_on(self) -> None:
        """Return when the marks have been looked at twice more: what the first look led to is done by then."""
        until = self.looked + 2
        await asyncio.to_thread(await_that, lambda: self.looked >= until, "another look at the marks")


@asynccontextmanager
async def served(shop: Shop) -> AsyncIterator[ReadyReports]:
    ready = ReadyReports(CoalescedAnswers(), shop.marks, lambda: shop.now)
    try:
        yield ready
    finally:
        await ready.close()


def run(test: Callable[[Shop, ReadyReports], Awaitable[None]]) -> None:
    async def within() -> None:
        shop = Shop()
        async with served(shop) as ready:
            await test(shop, ready)

    asyncio.run(within())


async def ask(shop: Shop, ready: ReadyReports, times: int) -> list[int]:
    return [await ready.get("campaigns", shop.report) for _ in range(times)]


def test_what_was_asked_for_twice_is_found_out_when_something_was_written() -> None:
    async def test(shop: Shop, ready: ReadyReports) -> None:
        assert await ask(shop, ready, 2) == [0, 0]
        await shop.looks_on()
        before = shop.found_out
        await shop.looks_on()
        assert shop.found_out == before, "nothing was written"
        shop.written = 7
        await shop.looks_on()
        assert shop.found_out == before + 1
        assert await ask(shop, ready, 1) == [7]
        assert shop.found_out == before + 2, "a question is answered from what is there when it comes"

    run(test)


def test_what_was_asked_for_once_is_not() -> None:
    async def test(shop: Shop, ready: ReadyReports) -> None:
        await ask(shop, ready, 1)
        shop.now += ASKED_WITHIN_S
        await ask(shop, ready, 1)
        assert ready._watching is None
        assert (shop.found_out, shop.looked) == (2, 0)

    run(test)


def test_nobody_who_has_been_silent_is_expected_to_ask_again() -> None:
    async def test(shop: Shop, ready: ReadyReports) -> None:
        await ask(shop, ready, 2)
        await shop.looks_on()
        assert ready._watching is not None
        shop.now += ASKED_WITHIN_S + 1
        await ready._watching
        assert not ready._reports

    run(test)


def test_a_dear_report_is_brought_up_to_date_less_often() -> None:
    async def test(shop: Shop, ready: ReadyReports) -> None:
        def dear() -> int:
            shop.now += 0.2
            return shop.report()

        for _ in range(2):
            await ready.get("campaigns", dear)
        await shop.looks_on()
        before = shop.found_out
        for shop.written in (1, 2):
            await shop.looks_on()
        assert shop.found_out == before
        shop.now += 3
        await shop.looks_on()
        assert shop.found_out == before + 1

    run(test)


def test_while_redis_is_away_it_is_looked_for_again() -> None:
    async def test(shop: Shop, ready: ReadyReports) -> None:
        await ask(shop, ready, 2)
        shop.is_away = True
        await shop.looks_on()
        shop.is_away, shop.written = False, 1
        await shop.looks_on()
        before = shop.found_out
        shop.written = 2
        await shop.looks_on()
        assert shop.found_out == before + 1

    run(test)


def test_only_the_latest_reports_are_looked_after() -> None:
    async def test(shop: Shop, ready: ReadyReports) -> None:
        for number in range(2 * REPORTS_MAX):
            await ready.get(number, shop.report)
        assert list(ready._reports) == list(range(REPORTS_MAX, 2 * REPORTS_MAX))

    run(test)


@pytest.fixture(autouse=True)
def looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ready_reports, "LOOK_EVERY_S", 0.005)
