"""Segments over HTTP: made from a report or a list, listed, read line by line, removed; erasures empty them."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import redis

from config.tokens_file import Role
from connectors.embedded.servers import EmbeddedValkey
from connectors.kafka.ingest import ingest_lines
from state.times import format_time
from tests.api.asking import Asker, asking
from tests.reports.shop import Sale, Shop

DAY = "2026-01-02"
PSEUDONYM = "erased-0123456789abcdef0123456789abcdef"
REPORT = {"campaign": "a", "from": DAY, "to": DAY}


def make(api: Asker, name: str, status: int = 201, **body: Any) -> Any:
    answer = api.ask("POST", "/v1/segments", Role.MARKETER, json={"name": name, **body})
    assert answer.status_code == status, answer.text
    return answer.json()


def contacts(api: Asker, name: str, status: int = 200) -> list[str]:
    answer = api.get(f"/v1/segments/{quote(name, safe='')}", Role.MARKETER)
    assert answer.status_code == status
    if status == 200:
        assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
        assert answer.headers["Cache-Control"] == "no-store"
    return answer.text.splitlines()


def erase(api: Asker, contact: str) -> None:
    assert api.doors.kafka is not None
    event = {"type": "erase", "account": "acme", "contact": contact, "time": format_time(time.time_ns() // 1_000_000)}
    ingest_lines([json.dumps(event).encode()], api.doors.kafka, names=api.doors.topics)


def test_from_a_list_listed_read_and_removed(writing: Asker) -> None:
    name = "VIP, весна/2026"
    assert make(writing, name, contacts=["c2", "c1", "c2", PSEUDONYM]) == {"name": name, "contacts": 2}
    assert contacts(writing, name) == ["c1", "c2"]
    [row] = [row for row in writing.get("/v1/segments").json()["segments"] if row["name"] == name]
    assert (row["contacts"], row["created_by"]) == (2, "acme's marketer")
    assert row["created_at"].endswith("Z")
    assert writing.get("/v1/segments", account="other").json() == {"segments": []}

    assert make(writing, name, contacts=["c3"])["contacts"] == 1
    assert contacts(writing, name) == ["c3"]
    assert writing.ask("DELETE", f"/v1/segments/{quote(name, safe='')}").status_code == 204
    assert contacts(writing, name, status=404)
    assert writing.ask("DELETE", f"/v1/segments/{quote(name, safe='')}").json()["code"] == "not_found"


@pytest.mark.parametrize("name", ["plain", "VIP, весна/2026", "50% off+more?#"])
def test_what_was_made_is_at_the_address_that_the_answer_gives(writing: Asker, name: str) -> None:
    made = writing.ask("POST", "/v1/segments", json={"name": name, "contacts": ["c1"]})
    assert made.status_code == 201
    assert writing.get(made.headers["Location"], Role.MARKETER).text == "c1\n"


def test_from_a_report_those_who_bought(writing: Asker, valkey: redis.Redis) -> None:
    Shop(valkey).write(
        [
            Sale("o1", f"{DAY}T08:00:00Z", credited=("sms", "a"), contact="c1"),
            Sale("o2", f"{DAY}T09:00:00Z", credited=("email", "a"), contact="c2"),
            Sale("o3", f"{DAY}T10:00:00Z", credited=("sms", "a"), contact=PSEUDONYM),
            Sale("o4", f"{DAY}T10:00:00Z", credited=("sms", "b"), contact="c3"),
            Sale("o5", f"{DAY}T10:00:00Z", status="IN_PROGRESS", expected=("sms", "a"), contact="c4"),
            Sale("o6", "2026-01-03T10:00:00Z", credited=("sms", "a"), contact="c5"),
        ]
    )
    assert make(writing, "bought", from_report=REPORT)["contacts"] == 2
    assert contacts(writing, "bought") == ["c1", "c2"]
    make(writing, "bought", from_report={**REPORT, "channel": "sms"})
    assert contacts(writing, "bought") == ["c1"]


def test_who_asked_to_be_forgotten_is_in_no_segment(writing: Asker, valkey: redis.Redis) -> None:
    """Neither in one that was there, nor in one that is made before the view shows the erasure."""
    Shop(valkey).write([Sale(f"o{n}", f"{DAY}T08:00:00Z", credited=("sms", "a"), contact=f"e{n}") for n in range(2)])
    make(writing, "before", contacts=["e0", "e1"])
    erase(writing, "e0")
    assert contacts(writing, "before") == ["e1"]
    make(writing, "after", from_report=REPORT)
    assert contacts(writing, "after") == ["e1"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"contacts": ["c1"]}, "name"),
        ({"name": "", "contacts": ["c1"]}, "name"),
        ({"name": "n" * 129, "contacts": ["c1"]}, "name"),
        ({"name": " \t", "contacts": ["c1"]}, "name"),
        ({"name": "n", "contacts": ["c1", " "]}, "contacts[1]"),
        ({"name": "n"}, "from_report"),
        ({"name": "n", "contacts": ["c1"], "from_report": REPORT}, "contacts"),
        ({"name": "n", "contacts": ["c1", ""]}, "contacts[1]"),
        ({"name": "n", "contacts": ["c1", "two\nlines"]}, "contacts[1]"),
        ({"name": "n", "contacts": "c1"}, "contacts"),
        ({"name": "n", "contacts": [], "size": 1}, "size"),
        ({"name": "n", "from_report": {**REPORT, "from": "yesterday"}}, "from"),
        ({"name": "n", "from_report": {**REPORT, "campaign": ""}}, "campaign"),
        ({"name": "n", "from_report": {**REPORT, "channel": "?"}}, "channel"),
        ({"name": "n", "from_report": {"campaign": "a", "from": DAY}}, "from_report.to"),
    ],
)
def test_what_is_wrong_is_named(writing: Asker, body: dict[str, Any], field: str) -> None:
    answer = writing.ask("POST", "/v1/segments", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid"), answer.text
    assert [error["field"] for error in answer.json()["errors"]] == [field]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"name": 5, "contacts": []}, "is a whole number; give a text"),
        ({"name": None, "contacts": []}, "is null; give a text"),
        ({"name": "n", "contacts": "c1"}, "is a text; give a list"),
        ({"name": "n", "contacts": [True]}, "is true or false; give a text"),
        ({"name": "n", "from_report": [1.5]}, "is a list; give an object"),
        ({"name": "", "contacts": []}, "is too short; give at least 1 character"),
        ({"name": "n" * 129, "contacts": []}, "is too long; give at most 128 characters"),
        (["n"], "is a list; give an object"),
    ],
)
def test_what_is_wrong_is_said_in_the_words_of_json(writing: Asker, body: Any, message: str) -> None:
    errors = writing.ask("POST", "/v1/segments", json=body).json()["errors"]
    assert [error["message"] for error in errors] == [message]


def test_more_than_may_be(writing: Asker) -> None:
    assert make(writing, "many", contacts=[f"c{n}" for n in range(20_000)])["contacts"] == 20_000
    for too_many in ([f"c{n}" for n in range(20_001)], [f"{n:0100}" for n in range(9_000)]):
        assert make(writing, "more", 413, contacts=too_many)["code"] == "too_many"
    assert len(contacts(writing, "many")) == 20_000


def test_who_may_not(writing: Asker, api: Asker) -> None:
    for role in (Role.VIEWER, Role.INGEST):
        for method, path in (("GET", ""), ("POST", ""), ("GET", "/n"), ("DELETE", "/n")):
            answer = writing.ask(method, f"/v1/segments{path}", role, json={"name": "n", "contacts": []})
            assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert make(writing, "n", 403, contacts=[], account="other")["code"] == "forbidden"
    for method, path in (("GET", ""), ("POST", ""), ("GET", "/n"), ("DELETE", "/n")):
        answer = api.ask(method, f"/v1/segments{path}", json={"name": "n", "contacts": []})
        assert (answer.status_code, answer.json()["away"]) == (503, "no_kafka")


def test_a_broker_that_is_away_is_said(valkey_server: EmbeddedValkey, tmp_path: Path) -> None:
    """Of everything that is written, and of segments, which are read from it."""
    with asking(tmp_path, valkey_server.url, kafka="127.0.0.1:1") as api:
        for answer in (api.get("/v1/segments"), api.ask("PUT", "/v1/campaigns/sms/k", json={"name": "n"})):
            assert (answer.status_code, answer.json()["code"], answer.json()["away"]) == (503, "unavailable", "kafka")
            assert "Retry-After" in answer.headers
