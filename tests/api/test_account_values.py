"""The currency and time zone that an account's events are read by."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from pathlib import Path
from typing import Any

import pytest
import redis

from api import account_values
from api.account_values import KnownAccounts
from config.settings_file import SettingsFile, load_settings_file
from connectors.embedded.servers import EmbeddedValkey
from connectors.patience import Patience
from tests.api.asking import Asker, asking
from tests.connectors.kafka.kafka_topics import standing_still
from tests.reports.shop import Shop
from tests.waiting import PATIENCE_S


@pytest.fixture
def of_file(tmp_path: Path) -> SettingsFile:
    path = tmp_path / "settings.toml"
    path.write_text('[accounts.acme]\ncurrency = "UAH"\ntime_zone = "Europe/Kyiv"\n')
    return load_settings_file(path)


def test_what_is_shown_now_holds_however_long_nothing_came(
    api: Asker, valkey: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(account_values, "FRESH_S", 0.0)
    monkeypatch.setattr(account_values, "_WAIT_S", PATIENCE_S)

    async def read() -> list[str]:
        known, found = KnownAccounts(api.doors), []
        for currency in ("UAH", "JPY", "KWD"):
            Shop(valkey).known(currency=currency, time_zone="Europe/Kyiv")
            found.append((await known.values("acme")).currency)
        return found

    assert asyncio.run(read()) == ["UAH", "JPY", "KWD"]


def test_what_has_changed_is_read_anew_at_once(
    api: Asker, valkey: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(account_values, "FRESH_S", 3_600.0)
    monkeypatch.setattr(account_values, "_WAIT_S", PATIENCE_S)

    async def read() -> list[str]:
        known = KnownAccounts(api.doors)
        known.forget("acme")
        Shop(valkey).known(currency="UAH", time_zone="Europe/Kyiv")
        before = await known.values("acme")
        Shop(valkey).known(currency="JPY")
        kept = await known.values("acme")
        known.forget("acme")
        after = await known.values("acme")
        return [one.currency for one in (before, kept, after)]

    assert asyncio.run(read()) == ["UAH", "UAH", "JPY"]


def test_while_redis_says_nothing_what_was_read_last_holds_and_is_not_waited_for(
    of_file: SettingsFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(account_values, "FRESH_S", 0.0)
    waits: list[bool] = []

    class CountedPatience(Patience):
        async def wait(self, futures: Collection[asyncio.Future[Any]]) -> bool:
            waits.append(True)
            return await super().wait(futures)

    async def read(api: Asker, valkey: EmbeddedValkey) -> None:
        known = KnownAccounts(api.doors)
        with monkeypatch.context() as patch:
            patch.setattr(account_values, "_WAIT_S", PATIENCE_S)
            assert (await known.values("acme")).currency == "JPY"
        with standing_still(valkey.pid):
            waits.clear()
            for _ in range(3):
                assert (await known.values("acme")).currency == "JPY"
            assert len(waits) == 1
            other = await known.values("other")
            assert (other.currency, other.time_zone) == ("EUR", "UTC")
        Shop(client).known(currency="KWD")
        # First what was asked before it went on, then what is asked since.
        for _ in range(2):
            await asyncio.gather(*known._reading.values())
            assert (await known.values("acme")).account == "acme"
        await asyncio.gather(*known._reading.values())
        assert known._last("acme").currency == "KWD"

    monkeypatch.setattr(account_values, "Patience", CountedPatience)
    with (
        EmbeddedValkey() as valkey,
        asking(tmp_path, valkey.url, settings=of_file) as api,
        redis.Redis.from_url(valkey.url) as client,
    ):
        Shop(client).known(currency="JPY", time_zone="Asia/Tokyo")
        asyncio.run(read(api, valkey))


def test_where_redis_was_never_there_the_settings_file_holds(of_file: SettingsFile, tmp_path: Path) -> None:
    with asking(tmp_path, "redis://127.0.0.1:1/0", settings=of_file) as api:
        values = asyncio.run(KnownAccounts(api.doors).values("acme"))
    assert (values.currency, values.time_zone) == ("UAH", "Europe/Kyiv")
