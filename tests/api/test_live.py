"""`/v1/live` of real servers: many follow, one server dies, one ends, one reader does not read."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

import pytest
import redis

from config.tokens_file import Role, create_token, read_tokens, revoke_token
from connectors.embedded.servers import EmbeddedValkey
from connectors.view import layout
from state.times import format_time
from tests.api.live_streams import LiveStream
from tests.api.serving import Served, serving
from tests.reference.values import HOUR_MS
from tests.reports.shop import Sale, Shop
from tests.waiting import await_that

READERS: Final = 200


def zone_of_noon(now_ms: int) -> str:
    """A time zone where it is between twelve and one o'clock: no day ends there before the tests do."""
    hours_east = 12 - now_ms // HOUR_MS % 24
    # These names count hours to the west.
    return f"Etc/GMT{-hours_east:+d}"


class Today:
    """A shop that sells now."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self.sold = 0
        now_ms = time.time_ns() // 1_000_000
        self._now, self._zone = format_time(now_ms), zone_of_noon(now_ms)
        Shop(client).known(currency="EUR", time_zone=self._zone)

    def sell(self, orders: int = 1) -> int:
        """Purchases, with the mark that every write sets. Returns how many there are."""
        self.sold += orders
        Shop(self._client, time_zone=self._zone).write(
            Sale(f"o{n}", self._now, credited=("sms", f"campaign {n}"), contact=f"c{n}@example.org")
            for n in range(self.sold)
        )
        self._client.hset(layout.RUN_KEY, "mark:00", f"1:{self.sold}")
        return self.sold


@pytest.fixture
def today(valkey: redis.Redis) -> Today:
    return Today(valkey)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("live")


@pytest.fixture(scope="module")
def served(valkey_server: EmbeddedValkey, folder: Path) -> Iterator[Served]:
    """The server that lives through all of it."""
    bounds = {"SILENT_READER_TIMEOUT_S": "1", "LIVE_READERS_MAX": str(READERS)}
    environment = {f"LASTTOUCH_HTTP_{name}": value for name, value in bounds.items()}
    with serving(folder, valkey_server.url, **environment) as server:
        yield server
        assert "Traceback" not in server.log


@contextmanager
def another(served: Served, folder: Path, valkey_server: EmbeddedValkey) -> Iterator[Served]:
    """A second server beside it."""
    with serving(folder, valkey_server.url) as second:
        second.tokens = served.tokens
        yield second


async def close_all(streams: list[LiveStream]) -> None:
    await asyncio.gather(*(stream.close() for stream in streams))


async def all_sold(streams: list[LiveStream], count: int) -> None:
    for stream in streams:
        await stream.until(lambda one: one.totals.get("purchases") == count)


def test_one_of_two_servers_is_killed_while_many_follow(
    served: Served, folder: Path, valkey_server: EmbeddedValkey, today: Today
) -> None:
    """The others go on, and who connects again is told the whole."""

    async def follow(doomed: Served) -> None:
        dying = [LiveStream(doomed) for _ in range(READERS // 2)]
        living = [LiveStream(served) for _ in range(READERS // 2)]
        again: list[LiveStream] = []
        try:
            await all_sold(dying + living, 0)
            await all_sold(dying + living, today.sell())
            doomed.process.kill()
            for stream in dying:
                await stream.until(lambda gone: not gone.is_open)
            again = [LiveStream(served) for _ in dying]
            await all_sold(living + again, today.sell())
            assert all(stream.is_open for stream in living)
            assert len({str(stream.totals) for stream in living + again}) == 1
        finally:
            await close_all([*dying, *living, *again])

    with another(served, folder, valkey_server) as doomed:
        asyncio.run(follow(doomed))


def test_who_follows_is_told_bye_when_the_server_ends(
    served: Served, folder: Path, valkey_server: EmbeddedValkey, today: Today
) -> None:
    async def follow(ending: Served) -> None:
        streams = [LiveStream(ending) for _ in range(20)]
        await all_sold(streams, today.sold)
        ended = asyncio.create_task(asyncio.to_thread(ending.end))
        for stream in streams:
            await stream.until(lambda one: not one.is_open)
            assert stream.told[-1] == ("bye", {})
        assert await ended == 0
        await close_all(streams)

    with another(served, folder, valkey_server) as ending:
        asyncio.run(follow(ending))


def test_who_follows_by_a_token_that_is_revoked_is_told_bye_and_the_others_go_on(
    served: Served, folder: Path, today: Today
) -> None:
    path = folder / "tokens.toml"
    # The name that this test calls the token by; its account is acme, as the others'.
    served.tokens["revoked", Role.VIEWER] = create_token(path, account="acme", role=Role.VIEWER, name="revoked")
    new = {"Authorization": f"Bearer {served.tokens['revoked', Role.VIEWER]}"}
    await_that(lambda: served.client.get("/v1/me", headers=new).is_success, "the new token")

    async def follow() -> None:
        today.sell()
        streams = [LiveStream(served), LiveStream(served, Role.VIEWER, "revoked")]
        await all_sold(streams, 1)
        [token] = [token for token in read_tokens(path) if token.name == "revoked"]
        revoke_token(path, token.id)
        staying, revoked = streams
        await revoked.until(lambda one: not one.is_open)
        assert revoked.told[-1] == ("bye", {})
        today.sell()
        await all_sold([staying], 2)
        await close_all(streams)

    asyncio.run(follow())


def test_the_answer_is_a_stream_of_events_of_today(served: Served, today: Today) -> None:
    async def follow() -> None:
        today.sell()
        admin, viewer = LiveStream(served), LiveStream(served, Role.VIEWER)
        await all_sold([admin, viewer], 1)
        assert (admin.status, admin.head["content-type"]) == (200, "text/event-stream; charset=utf-8")
        assert admin.head["cache-control"] == "no-store"
        assert "content-encoding" not in admin.head
        assert set(admin.totals) == {
            *("as_of", "catching_up", "day", "currency", "purchases", "revenue"),
            *("expected_purchases", "expected_revenue", "unattributed", "channels", "campaigns", "orders"),
        }
        [seen], [hidden] = admin.totals["orders"], viewer.totals["orders"]
        assert (seen["contact"], seen["email"]) == ("c0@example.org", "c0@example.org@example.org")
        assert [hidden[name] for name in ("contact", "email", "phone", "first_name", "last_name")] == [None] * 5
        assert hidden["amount"] == seen["amount"]
        await close_all([admin, viewer])

    asyncio.run(follow())


def test_a_reader_that_reads_nothing_is_let_go_and_the_others_go_on(served: Served, today: Today) -> None:
    def ended() -> int:
        return served.log.count('"route": "/v1/live"')

    async def follow() -> None:
        stream = LiveStream(served)
        before = ended()
        while ended() == before:
            await all_sold([stream], today.sell())
        await all_sold([stream], today.sell())
        await close_all([stream])

    with closing(served.connect(receive_buffer=2_048)) as silent:
        token = served.tokens["acme", Role.ADMIN]
        silent.sendall(f"GET /v1/live HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n".encode())
        asyncio.run(follow())


def test_more_than_may_follow_are_told_so(served: Served, today: Today) -> None:
    async def follow() -> None:
        streams = [LiveStream(served) for _ in range(READERS)]
        await all_sold(streams, today.sold)
        answer = await asyncio.to_thread(served.get, "/v1/live")
        assert (answer.status_code, answer.json()["code"]) == (429, "rate_limited")
        assert "Retry-After" in answer.headers
        await close_all(streams)
        again = LiveStream(served)
        await again.until(lambda one: one.status != 0)
        await close_all([again])

    asyncio.run(follow())
