"""Settings over HTTP: what is in force, what was, and changing it without undoing another's change."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
import redis

from api import settings_change
from config.tokens_file import Role
from connectors.view import layout
from connectors.view.settings_versions import encode_versions
from reports.settings_versions import read_settings
from state.events import SettingsChange
from state.settings import DEFAULT, Settings, canonical
from state.settings_versions import versions_shown
from state.timeline import Timeline, Version, of_file, timeline, version_of
from state.times import parse_time
from tests.api.asking import Asker
from tests.api.routes.written import profiles

WHOLE: dict[str, Any] = {
    "show_sales": True,
    "associate_with_last_message": True,
    "channels": {"sms": {"event": "delivered", "window": "2d"}},
    "currency": "UAH",
    "ignore_automated": False,
    "excluded_tags": ["service"],
    "time_zone": "Europe/Kyiv",
}
UAH = Version(
    parse_time("2026-02-01T00:00:00Z"), parse_time("2026-01-31T00:00:00Z"), canonical(Settings(currency="UAH"))
)
BASE = of_file(DEFAULT)


def show(valkey: redis.Redis, versions: Timeline) -> None:
    """What the dataflow would write."""
    valkey.hset(layout.settings_key("acme"), layout.VERSIONS, encode_versions(versions_shown(versions)))


def change(api: Asker, body: dict[str, Any], status: int = 202, **headers: str) -> Any:
    answer = api.ask("PUT", "/v1/settings", json=body, headers=headers)
    assert answer.status_code == status, answer.text
    return answer.json()


def last_change(api: Asker) -> SettingsChange:
    event = profiles(api)[-1]
    assert isinstance(event, SettingsChange)
    return event


def test_what_is_in_force_and_what_was(api: Asker, valkey: redis.Redis) -> None:
    show(valkey, BASE.with_version(UAH))
    for role in (Role.VIEWER, Role.MARKETER, Role.ADMIN):
        answer = api.get("/v1/settings", role)
        assert answer.content == msgspec.json.encode(
            read_settings(api.doors.redis, "acme", DEFAULT, parse_time("2026-11-25T00:00:00Z"))
        )
    assert answer.json()["settings"]["currency"] == "UAH"
    assert [version["effective_from"] for version in answer.json()["versions"]] == ["2026-02-01T00:00:00.000Z", None]
    assert answer.headers["Cache-Control"] == "no-store"
    assert api.get("/v1/settings", Role.INGEST).status_code == 403


def test_the_etag_is_the_versions(api: Asker, valkey: redis.Redis) -> None:
    tags = [api.get("/v1/settings").headers["ETag"]]
    show(valkey, BASE)
    assert api.get("/v1/settings").headers["ETag"] == tags[0]
    valkey.zadd(layout.tags_key("acme"), {"seen": 1})
    assert api.get("/v1/settings").headers["ETag"] == tags[0]
    show(valkey, BASE.with_version(UAH))
    assert api.get("/v1/settings").headers["ETag"] not in tags


def test_a_change_is_one_whole_event_that_says_who_made_it(writing: Asker) -> None:
    taken = change(writing, {"settings": WHOLE, "effective_from": "2026-01-31T00:00:00+02:00"})
    event = last_change(writing)
    assert taken["effective_from"] == "2026-01-30T22:00:00.000Z"
    assert (event.account, event.effective_from) == ("acme", parse_time(taken["effective_from"]))
    assert (event.time, event.by) == (parse_time(taken["time"]), "acme's admin")
    assert msgspec.json.decode(event.text) == WHOLE


def test_a_change_holds_from_now_on_by_default_and_two_have_two_times(writing: Asker) -> None:
    first = change(writing, {"settings": {}})
    second = change(writing, {"settings": {"currency": "JPY"}})
    assert first["effective_from"] == first["time"] < second["time"] == second["effective_from"]
    assert msgspec.json.decode(last_change(writing).text, type=Settings) == Settings(currency="JPY")


def test_an_answer_waits_until_the_change_is_shown(
    writing: Asker, valkey: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings_change, "SHOWN_WITHIN_S", 60.0)
    valkey.hset("lasttouch:run", "number", 1)
    looked = 0
    is_shown = settings_change._is_shown

    def shown_at_the_third_look(*of: Any) -> bool:
        nonlocal looked
        looked += 1
        if looked == 3:
            show(valkey, timeline([*BASE.versions, version_of(last_change(writing))]))
        return is_shown(*of)

    monkeypatch.setattr(settings_change, "_is_shown", shown_at_the_third_look)
    change(writing, {"settings": WHOLE})
    assert looked == 3


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "settings"),
        ({"settings": 1}, "settings"),
        ({"settings": {"currency": "EURO"}}, "settings.currency"),
        ({"settings": {"channels": {"sms": {"event": "read", "window": "1d"}}}}, "settings.channels.sms.event"),
        ({"settings": {"channels": {"sms": {"event": "opened", "window": "1y"}}}}, "settings.channels.sms.window"),
        ({"settings": {"time_zone": "Kyiv"}}, "settings.time_zone"),
        ({"settings": {"sales": True}}, "settings.sales"),
        ({"settings": {}, "effective_from": "tomorrow"}, "effective_from"),
        ({"settings": {}, "since": "2026-01-31T00:00:00Z"}, "since"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_written(writing: Asker, body: dict[str, Any], field: str) -> None:
    answer = change(writing, body, status=422)
    assert answer["code"] == "invalid"
    assert [error["field"] for error in answer["errors"]] == [field]


def test_settings_that_no_event_can_hold_are_refused(writing: Asker) -> None:
    answer = change(writing, {"settings": {"excluded_tags": [f"{n:0100}" for n in range(11_000)]}}, status=413)
    assert answer["code"] == "too_large"


def test_a_change_of_what_was_changed_meanwhile_is_refused(writing: Asker, valkey: redis.Redis) -> None:
    valkey.hset("lasttouch:positions", f"{writing.doors.topics.profiles}:0", 2**40)
    show(valkey, BASE)
    seen = writing.get("/v1/settings").headers["ETag"]
    assert change(writing, {"settings": WHOLE}, 412, **{"If-Match": '"other"'})["code"] == "changed"
    show(valkey, BASE.with_version(UAH))
    assert change(writing, {"settings": WHOLE}, 412, **{"If-Match": seen})["code"] == "changed"


def test_a_change_that_the_dataflow_has_not_taken_in_yet_counts(writing: Asker, valkey: redis.Redis) -> None:
    show(valkey, BASE)
    seen = writing.get("/v1/settings", account="other").headers["ETag"]
    body = {"settings": WHOLE}
    first = writing.ask("PUT", "/v1/settings", account="other", json=body, headers={"If-Match": seen})
    second = writing.ask("PUT", "/v1/settings", account="other", json=body, headers={"If-Match": seen})
    assert (first.status_code, second.status_code, second.json()["code"]) == (202, 412, "changed")
    anyway = writing.ask("PUT", "/v1/settings", account="other", json=body, headers={"If-Match": "*"})
    assert anyway.status_code == 202


def test_only_an_admin_may(writing: Asker) -> None:
    for role in (Role.VIEWER, Role.MARKETER, Role.INGEST):
        answer = writing.ask("PUT", "/v1/settings", role, json={"settings": {}})
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert change(writing, {"settings": {}, "account": "other"}, status=403)["code"] == "forbidden"


def test_without_kafka_nothing_is_changed(api: Asker) -> None:
    answer = change(api, {"settings": {}}, status=503)
    assert (answer["code"], answer["away"]) == ("unavailable", "no_kafka")
