"""Following what accounts earn today: Redis is read once for all of an account's readers, and what changed is told."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from threading import Event
from typing import Any, Final

import msgspec
import pytest
import redis

from api import live_readers
from api.live_feed import BYE, HEARTBEAT, LiveReader, Sees
from api.live_readers import LiveReaders, LiveSource
from config.logs import configure_logs
from connectors.embedded.servers import EmbeddedValkey
from connectors.patience import LATE_S
from connectors.view import layout
from connectors.view.client import reading_client
from reports.account import read_account
from reports.live import LiveReport, read_live
from state.settings import DEFAULT
from state.times import parse_time
from tests.reports.shop import Sale, Shop
from tests.waiting import PATIENCE_S, await_in_loop, stand_still

NOON: Final = parse_time("2026-01-02T12:00:00Z")


def mask(report: LiveReport) -> object:
    return msgspec.structs.replace(report, orders=[])


@dataclass
class Shown:
    """A view of today in Redis, and how often it was read."""

    client: redis.Redis
    reads: Counter[str] = field(default_factory=Counter)
    sold: int = 0

    def read(self, account: str) -> LiveReport:
        self.reads[account] += 1
        return read_live(self.client, read_account(self.client, account, DEFAULT), NOON)

    def marks(self) -> object:
        return self.client.hgetall(layout.RUN_KEY)

    def sell(self, account: str = "acme") -> None:
        """One purchase more, with the mark that every write sets."""
        self.sold += 1
        Shop(self.client, account).write(
            Sale(f"o{n}", "2026-01-02T08:00:00Z", credited=("sms", "a")) for n in range(self.sold)
        )
        self.client.hset(layout.RUN_KEY, "mark:00", f"1:{self.sold}")

    def readers(self, ending: asyncio.Event | None = None, **bounds: float) -> LiveReaders:
        return LiveReaders(LiveSource(self.read, self.marks), mask, ending or asyncio.Event(), **bounds)


@pytest.fixture
def shown(valkey_server: EmbeddedValkey, valkey: redis.Redis) -> Iterator[Shown]:
    with reading_client(valkey_server.url) as client:
        yield Shown(client)


class Following:
    """A reader and what it was told."""

    def __init__(self, readers: LiveReaders, account: str, sees: Sees) -> None:
        self.told: list[tuple[str, Any]] = []
        self.reader: LiveReader = readers.open(account, sees)
        self._readers = readers
        self._account = account
        self._task = asyncio.create_task(self._follow())

    async def _follow(self) -> None:
        while (frame := await self._readers.next(self.reader)) is not None:
            self.told.append(parsed(frame))

    async def until(self, holds: Callable[[list[tuple[str, Any]]], bool]) -> None:
        await await_in_loop(lambda: holds(self.told), "what is waited for")

    async def until_purchases(self, count: int) -> None:
        await self.until(lambda told: bool(told) and told[-1][0] == "totals" and told[-1][1]["purchases"] == count)

    async def leave(self) -> None:
        self._readers.leave(self._account, self.reader)
        await self._task

    async def ended(self) -> None:
        async with asyncio.timeout(PATIENCE_S):
            await self._task


def parsed(frame: bytes) -> tuple[str, Any]:
    """(event, data) as a browser reads them; a comment is ("", None)."""
    if frame == HEARTBEAT:
        return "", None
    event, data, end = frame.decode().split("\n", 2)
    assert end == "\n"
    return event.removeprefix("event: "), json.loads(data.removeprefix("data: "))


@asynccontextmanager
async def following(
    readers: LiveReaders, *accounts: str, sees: Sees = Sees.EVERYTHING
) -> AsyncIterator[list[Following]]:
    all_of_them = [Following(readers, account, sees) for account in accounts]
    try:
        yield all_of_them
    finally:
        for one in all_of_them:
            await one.leave()


def test_the_whole_at_once_and_again_when_something_changed(shown: Shown) -> None:
    async def follow() -> None:
        async with following(shown.readers(), "acme") as (reader,):
            await reader.until_purchases(0)
            for count in (1, 2, 3):
                shown.sell()
                await reader.until_purchases(count)
            assert [data["purchases"] for _, data in reader.told] == sorted({d["purchases"] for _, d in reader.told})

    asyncio.run(follow())


def test_nothing_is_told_while_nothing_changes(shown: Shown, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_readers, "UNMARKED_S", 0.0)

    async def follow() -> None:
        async with following(shown.readers(), "acme") as (reader,):
            await await_in_loop(lambda: shown.reads["acme"] >= 4, "read four times")
            assert len(reader.told) == 1

    asyncio.run(follow())


def test_what_changes_without_a_mark_is_told_too(shown: Shown) -> None:
    async def follow() -> None:
        async with following(shown.readers(), "acme") as (reader,):
            await reader.until_purchases(0)
            Shop(shown.client).write([Sale("o1", "2026-01-02T08:00:00Z")])
            await reader.until_purchases(1)

    asyncio.run(follow())


def test_redis_is_read_once_for_all_readers_of_an_account(shown: Shown) -> None:
    async def follow() -> None:
        readers = shown.readers()
        async with following(readers, *["acme"] * 50, *["other"] * 50) as all_of_them:
            shown.sell()
            for reader in all_of_them[:50]:
                await reader.until_purchases(1)
            for reader in all_of_them[50:]:
                await reader.until(bool)
            assert readers.count == 100
            assert {data["purchases"] for reader in all_of_them[50:] for _, data in reader.told} == {0}
            frames = max(len(reader.told) for reader in all_of_them)
            assert max(shown.reads.values()) < 50
            assert frames <= shown.reads["acme"]
        assert readers.count == 0

    asyncio.run(follow())


def test_an_account_is_told_at_most_four_times_a_second(shown: Shown) -> None:
    async def follow() -> None:
        loop = asyncio.get_running_loop()
        async with following(shown.readers(), "acme") as (reader,):
            began = loop.time()
            while len(reader.told) < 5:
                shown.sell()
                await asyncio.sleep(0.01)
            # The first at once, and four after it.
            assert loop.time() - began >= 4 * live_readers.INTERVAL_S * 0.99

    asyncio.run(follow())


def test_who_may_not_see_persons_gets_the_same_figures_without_them(shown: Shown) -> None:
    async def follow() -> None:
        shown.sell()
        readers = shown.readers()
        async with following(readers, "acme") as (one,), following(readers, "acme", sees=Sees.NOTHING) as (other,):
            await one.until_purchases(1)
            await other.until_purchases(1)
            assert one.told[-1][1]["orders"][0]["contact"] == "c1"
            assert other.told[-1][1]["orders"] == []

    asyncio.run(follow())


def test_stale_while_redis_is_away_and_whole_when_it_is_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_readers, "STALE_EVERY_S", 0.1)

    async def follow(server: EmbeddedValkey, shown: Shown) -> None:
        readers = shown.readers()
        async with following(readers, "acme") as (reader,):
            await reader.until_purchases(1)
            server.kill()
            await reader.until(lambda told: [event for event, _ in told[-2:]] == ["stale", "stale"])
            assert reader.told[-1][1]["age_s"] >= reader.told[-2][1]["age_s"] >= 0
            async with following(readers, "acme") as (late,):
                await late.until(lambda told: len(told) >= 2)
                assert [event for event, _ in late.told[:2]] == ["totals", "stale"]
            server.restart()
            await reader.until_purchases(1)

    with EmbeddedValkey(appendonly=True) as server, reading_client(server.url) as client:
        shown = Shown(client)
        shown.sell()
        asyncio.run(follow(server, shown))


def test_stale_at_once_where_redis_was_never_there() -> None:
    async def follow(shown: Shown) -> None:
        async with following(shown.readers(), "acme") as (reader,):
            await reader.until(bool)
            assert reader.told[0] == ("stale", {"age_s": None})

    with reading_client("redis://127.0.0.1:1/0") as client:
        asyncio.run(follow(Shown(client)))


def test_not_stale_where_the_server_itself_stood_still(shown: Shown) -> None:
    is_reading, goes_on = Event(), Event()

    def read(account: str) -> LiveReport:
        if shown.sold > 1:
            is_reading.set()
            goes_on.wait(PATIENCE_S)
        return shown.read(account)

    async def follow() -> None:
        shown.sell()
        readers = LiveReaders(LiveSource(read, shown.marks), mask, asyncio.Event())
        async with following(readers, "acme") as (reader,):
            await reader.until_purchases(1)
            shown.sell()
            await await_in_loop(is_reading.is_set, "what was sold is being read")
            stand_still(live_readers.STALE_AFTER_S + 2 * LATE_S)
            goes_on.set()
            await reader.until_purchases(2)
            assert [event for event, _ in reader.told] == ["totals", "totals"]

    asyncio.run(follow())


def test_a_slow_reader_gets_the_newest_and_no_backlog(shown: Shown) -> None:
    async def follow() -> None:
        readers = shown.readers()
        slow = readers.open("acme", Sees.EVERYTHING)
        async with following(readers, "acme") as (quick,):
            first = await readers.next(slow)
            assert first is not None
            for count in (1, 2, 3):
                shown.sell()
                await quick.until_purchases(count)
            newest = await readers.next(slow)
            assert newest is not None
            assert parsed(newest)[1]["purchases"] == 3
        readers.leave("acme", slow)

    asyncio.run(follow())


def test_a_comment_keeps_a_silent_line_open(shown: Shown) -> None:
    async def follow() -> None:
        async with following(shown.readers(heartbeat_s=0.1), "acme") as (reader,):
            await reader.until(lambda told: "totals" in dict(told) and told[-2:] == [("", None)] * 2)
            assert [event for event, _ in reader.told if event] == ["totals"]

    asyncio.run(follow())


def test_bye_is_the_last_word(shown: Shown) -> None:
    async def follow() -> None:
        ending = asyncio.Event()
        readers = shown.readers(ending)
        all_of_them = [Following(readers, "acme", Sees.EVERYTHING) for _ in range(20)]
        await all_of_them[-1].until(bool)
        ending.set()
        late = Following(readers, "acme", Sees.EVERYTHING)
        for one in (*all_of_them, late):
            await one.ended()
            assert one.told[-1] == parsed(BYE) == ("bye", {})
            await one.leave()

    asyncio.run(follow())


def test_a_fault_in_reading_is_in_the_log_and_the_line_stays(shown: Shown, capsys: pytest.CaptureFixture[str]) -> None:
    async def follow() -> None:
        shown.client.set(layout.day_key("acme", parse_day()), "no hash")
        async with following(shown.readers(), "acme") as (reader,):
            await reader.until(lambda told: bool(told) and told[-1][0] == "stale")
            assert "live_failed" in capsys.readouterr().err
            shown.client.delete(layout.day_key("acme", parse_day()))
            await reader.until_purchases(0)

    configure_logs("INFO")
    asyncio.run(follow())


def parse_day() -> int:
    return layout.days_named_in(f"{layout.account_tag('acme')}day:2026-01-02")[0]
