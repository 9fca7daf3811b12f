"""What waits for something that is slow holds up nobody who wants nothing of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from threading import Event
from typing import Any, Final

import httpx
import pytest
import redis
from litestar.concurrency import set_asyncio_executor

from api import account_values
from api.account_values import KnownAccounts
from api.app import build_app
from api.server import THREADS
from config.tokens_file import Role
from tests.api.asking import Asker
from tests.reports.shop import Shop
from tests.waiting import PATIENCE_S

WAITERS: Final = 100
"""More than the loop has threads for anybody."""
READING_REDIS: Final = (
    "/v1/me",
    "/v1/settings",
    "/v1/intake",
    "/v1/reports/campaigns",
    "/v1/reports/campaigns/email/spring",
    "/v1/reports/channels",
    "/v1/reports/purchases?campaign=spring",
    "/v1/reports/orders",
    "/v1/reports/timeline",
    "/readyz",
)


@asynccontextmanager
async def everybodys_threads_wait() -> AsyncIterator[None]:
    goes_on = Event()
    waiting = [asyncio.get_running_loop().run_in_executor(None, goes_on.wait) for _ in range(WAITERS)]
    try:
        yield
    finally:
        goes_on.set()
        await asyncio.gather(*waiting)


@pytest.fixture
def _handlers_threads() -> Iterator[None]:
    """Of their own, as `serve` has them."""
    with ThreadPoolExecutor(THREADS) as threads:
        set_asyncio_executor(threads)
        yield
        set_asyncio_executor(None)


@pytest.mark.usefixtures("_handlers_threads")
@pytest.mark.parametrize("path", READING_REDIS)
def test_what_redis_knows_is_answered(path: str, api: Asker) -> None:
    async def status() -> int:
        app: Any = build_app(api.doors)
        headers = {"Authorization": f"Bearer {api.tokens['acme', Role.ADMIN]}"}
        client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://server", headers=headers)
        async with client, everybodys_threads_wait():
            answer = await asyncio.wait_for(client.get(path), PATIENCE_S)
        return answer.status_code

    assert asyncio.run(status()) == 200


def test_an_accounts_first_event_is_read_by_what_holds_for_it(
    api: Asker, valkey: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not by the settings file, which holds only while Redis is away."""
    monkeypatch.setattr(account_values, "_WAIT_S", PATIENCE_S)
    Shop(valkey).known(currency="JPY", time_zone="Asia/Tokyo")

    async def currency_and_zone() -> tuple[str, str]:
        async with everybodys_threads_wait():
            values = await KnownAccounts(api.doors).values("acme")
        return values.currency, values.time_zone

    assert asyncio.run(currency_and_zone()) == ("JPY", "Asia/Tokyo")
