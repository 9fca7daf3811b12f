"""What Redis knows of an account, and what holds until it knows anything."""

from __future__ import annotations

import redis

from connectors.embedded.servers import EmbeddedValkey
from reports.account import AccountView, read_account
from state.settings import Settings
from tests.reports.shop import Shop, ordinal

BEGUN_WITH = Settings(currency="JPY", time_zone="Asia/Tokyo")


def test_an_unknown_account_has_the_settings_it_would_begin_with(valkey: redis.Redis) -> None:
    assert read_account(valkey, "acme", BEGUN_WITH) == AccountView("acme", "JPY", "Asia/Tokyo", None, False, None)


def test_what_redis_says_goes_before_the_settings(valkey: redis.Redis) -> None:
    known = Shop(valkey).known(currency="KWD", time_zone="Europe/Kyiv", as_of="2026-01-01T00:00:00Z")
    known.known(rows_from="2025-01-01")
    valkey.hset("lasttouch:run", "catching_up", "1")

    assert read_account(valkey, "acme", BEGUN_WITH) == AccountView(
        "acme", "KWD", "Europe/Kyiv", "2026-01-01T00:00:00Z", True, ordinal("2025-01-01")
    )


def test_a_run_that_has_caught_up_says_so(valkey: redis.Redis) -> None:
    valkey.hset("lasttouch:run", "catching_up", "0")

    assert read_account(valkey, "acme", BEGUN_WITH).catching_up is False


def test_a_client_that_decodes_reads_the_same(valkey: redis.Redis, valkey_server: EmbeddedValkey) -> None:
    Shop(valkey).known(currency="KWD", as_of="2026-01-01T00:00:00Z")
    with redis.Redis.from_url(valkey_server.url, decode_responses=True) as decoding:
        assert read_account(decoding, "acme", BEGUN_WITH) == read_account(valkey, "acme", BEGUN_WITH)
