"""Signing in on the page."""

from __future__ import annotations

from pathlib import Path

import pytest
import redis

from api.sign_in_links import make_link
from config.tokens_file import Role
from connectors.embedded.servers import EmbeddedValkey
from tests.api.asking import Asker, asking

FROM_PAGE = {"X-Requested-With": "lasttouch"}


def sign_in(api: Asker, role: Role = Role.VIEWER) -> str:
    answer = api.client.post("/v1/session", json={"token": api.tokens["acme", role]})
    assert answer.status_code == 204
    return answer.headers["Set-Cookie"]


def test_the_cookie_stands_for_the_token(api: Asker) -> None:
    cookie = sign_in(api)

    assert api.client.get("/v1/me").json()["role"] == "viewer"
    words = {word.strip() for word in cookie.split(";")}
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= words
    assert "Secure" not in words


def test_it_is_secure_where_the_server_is_reached_by_https(valkey_server: EmbeddedValkey, tmp_path: Path) -> None:
    with asking(tmp_path, valkey_server.url, public_url="https://shop.example.org/lt") as api:
        assert "; Secure" in sign_in(api)


def test_signing_out_removes_it(api: Asker) -> None:
    sign_in(api)

    answer = api.client.delete("/v1/session", headers=FROM_PAGE)

    assert answer.status_code == 204
    assert "; Max-Age=0" in answer.headers["Set-Cookie"]
    assert api.client.get("/v1/me").status_code == 401


def test_another_site_changes_nothing_by_cookie(api: Asker) -> None:
    sign_in(api)

    answer = api.client.delete("/v1/session")

    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert api.client.get("/v1/me").status_code == 200


def test_a_header_goes_before_the_cookie(api: Asker) -> None:
    sign_in(api)

    assert api.get("/v1/me", Role.ADMIN).json()["role"] == "admin"
    assert api.client.get("/v1/me", headers={"Authorization": "Bearer lt_wrong"}).status_code == 401


def test_an_unknown_token_signs_nobody_in(api: Asker) -> None:
    answer = api.client.post("/v1/session", json={"token": "lt_wrong"})

    assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(
    ("body", "status", "code", "field"),
    [
        (b"", 400, "bad_json", None),
        (b"{", 400, "bad_json", None),
        (b'{"token":"\xff"}', 400, "bad_json", None),
        (b"[" * 200_000, 400, "bad_json", None),
        (b'{"token":' * 100_000, 400, "bad_json", None),
        (b"{}", 422, "invalid", "token"),
        (b'{"token":null}', 422, "invalid", "token"),
        (b'{"token":7}', 422, "invalid", "token"),
        (b"[]", 422, "invalid", "body"),
        (b"null", 422, "invalid", "body"),
        (b'"' + b"x" * 9_000_000 + b'"', 413, "too_large", None),
        (b'{"token":"\\ud800"}', 400, "bad_json", None),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_a_wrong_body_is_the_senders_fault(api: Asker, body: bytes, status: int, code: str, field: str | None) -> None:
    answer = api.client.post("/v1/session", content=body, headers={"Content-Type": "application/json"})

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert [error["field"] for error in answer.json().get("errors", [])] == ([] if field is None else [field])


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "application/json; charset=utf-16"},
        {"Content-Type": "application/json", "Content-Encoding": "gzip"},
        {"Content-Type": "nonsense"},
    ],
)
def test_another_media_type_is_not_taken(api: Asker, headers: dict[str, str]) -> None:
    answer = api.client.post("/v1/session", content=b'{"token":"x"}', headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


def test_a_link_signs_in_once(api: Asker, valkey: redis.Redis) -> None:
    token = api.tokens["acme", Role.MARKETER]
    link = make_link(valkey, "http://page", token)
    code = link.removeprefix("http://page/#/sign-in/")

    kept = repr([(key, valkey.get(key)) for key in valkey.keys("lasttouch:sign-in:*")])
    assert token not in kept
    assert code not in kept
    assert api.client.post("/v1/session", json={"link": code}).status_code == 204
    assert api.client.get("/v1/me").json()["role"] == "marketer"
    again = api.client.post("/v1/session", json={"link": code})
    assert (again.status_code, again.json()["code"]) == (401, "unauthorized")
    assert not valkey.keys("lasttouch:sign-in:*")


def test_a_link_is_good_for_an_hour_at_most(valkey: redis.Redis) -> None:
    make_link(valkey, "http://page", "lt_x")

    assert [0 < valkey.ttl(key) <= 3_600 for key in valkey.keys("lasttouch:sign-in:*")] == [True]


@pytest.mark.parametrize("body", [{}, {"token": "lt_a", "link": "b"}])
def test_either_a_token_or_a_link_is_asked_for(api: Asker, body: dict[str, str]) -> None:
    answer = api.client.post("/v1/session", json=body)

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "token")
