"""The settings of an account and the tags its messages have had, read from the view alone."""

from __future__ import annotations

import msgspec
import redis

from connectors.embedded.servers import EmbeddedValkey
from connectors.view import layout
from connectors.view.settings_versions import encode_versions
from reports.settings_versions import TAGS_SHOWN_MOST, read_settings
from state.settings import Settings, canonical
from state.timeline import Version, base_version
from tests.state.shop import at

BEGUN_WITH = Settings(currency="JPY")
FILE = Settings(time_zone="Europe/Kyiv")
STRICT = Settings(channels={}, excluded_tags=("service",))
NOW = at("03-02 12:00")
PLAIN = {
    "show_sales": True,
    "associate_with_last_message": True,
    "channels": {
        "email": {"event": "clicked", "window": "24h"},
        "sms": {"event": "delivered", "window": "48h"},
        "viber": {"event": "opened", "window": "24h"},
        "webpush": {"event": "clicked", "window": "12h"},
    },
    "currency": "EUR",
    "ignore_automated": True,
    "excluded_tags": [],
    "time_zone": "Europe/Kyiv",
}


def put(client: redis.Redis, *versions: Version) -> None:
    client.hset(layout.settings_key("acme"), layout.VERSIONS, encode_versions([*versions, base_version(FILE)]))


def strict(effective_from: str) -> Version:
    return Version(at(effective_from), at("03-01 00:00"), canonical(STRICT), "ann")


def test_an_account_that_redis_does_not_know_has_the_settings_it_would_begin_with(valkey: redis.Redis) -> None:
    report = read_settings(valkey, "acme", BEGUN_WITH, NOW)
    assert (report.effective_from, report.settings, report.tags_seen) == (None, BEGUN_WITH, [])
    assert [version.settings for version in report.versions] == [BEGUN_WITH]


def test_the_report_is_as_the_contract_has_it(valkey: redis.Redis) -> None:
    put(valkey, strict("03-02 00:00"))
    valkey.zadd(layout.tags_key("acme"), {"vip": 5, "sale": 7})
    since, of_strict = "2026-03-02T00:00:00.000Z", PLAIN | {"channels": {}, "excluded_tags": ["service"]}
    of_strict["time_zone"] = "UTC"
    assert msgspec.json.decode(msgspec.json.encode(read_settings(valkey, "acme", BEGUN_WITH, NOW))) == {
        "account": "acme",
        "effective_from": since,
        "settings": of_strict,
        "versions": [
            {"effective_from": since, "time": "2026-03-01T00:00:00.000Z", "by": "ann", "settings": of_strict},
            {"effective_from": None, "time": None, "by": None, "settings": PLAIN},
        ],
        "tags_seen": ["sale", "vip"],
    }


def test_settings_that_begin_later_are_listed_and_not_in_force_yet(valkey: redis.Redis) -> None:
    put(valkey, strict("03-02 12:01"))
    report = read_settings(valkey, "acme", BEGUN_WITH, NOW)
    assert (report.effective_from, report.settings, len(report.versions)) == (None, FILE, 2)
    assert read_settings(valkey, "acme", BEGUN_WITH, at("03-02 12:01")).settings == STRICT


def test_of_many_tags_those_seen_last_are_shown(valkey: redis.Redis) -> None:
    valkey.zadd(layout.tags_key("acme"), {f"t{ms}": ms for ms in range(TAGS_SHOWN_MOST + 1)} | {"old": -1})
    shown = read_settings(valkey, "acme", BEGUN_WITH, NOW).tags_seen
    assert shown == [f"t{ms}" for ms in range(TAGS_SHOWN_MOST, 0, -1)]


def test_a_client_that_decodes_reads_the_same(valkey: redis.Redis, valkey_server: EmbeddedValkey) -> None:
    put(valkey, strict("03-02 00:00"))
    valkey.zadd(layout.tags_key("acme"), {"vip": 5})
    with redis.Redis.from_url(valkey_server.url, decode_responses=True) as decoding:
        found = read_settings(decoding, "acme", BEGUN_WITH, NOW)
    assert found == read_settings(valkey, "acme", BEGUN_WITH, NOW)
    assert found.tags_seen == ["vip"]
