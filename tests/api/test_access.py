"""Who may ask: tokens, how they are given, and whose account they open."""

from __future__ import annotations

import base64

import pytest
import redis

from config.tokens_file import Role, create_token
from tests.api.asking import Asker
from tests.reports.shop import Shop
from tests.waiting import await_that


def test_me_says_whose_token_it_is(api: Asker, valkey: redis.Redis) -> None:
    Shop(valkey).known(currency="UAH", time_zone="Europe/Kyiv")
    for role in Role:
        assert api.get("/v1/me", role).json() == {
            "account": "acme",
            "role": role.value,
            "name": f"acme's {role.value}",
            "currency": "UAH",
            "time_zone": "Europe/Kyiv",
        }
    assert api.get("/v1/me", account="other").json()["currency"] == "EUR"


@pytest.mark.parametrize("user", [b"", b"whoever", "Олена".encode(), "José".encode("latin-1")])
def test_a_token_may_be_the_password_of_any_user(api: Asker, user: bytes) -> None:
    credentials = base64.b64encode(user + b":" + api.tokens["acme", Role.VIEWER].encode()).decode()
    answer = api.client.get("/v1/me", headers={"Authorization": f"Basic {credentials}"})

    assert answer.json()["role"] == "viewer"


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        "Bearer nonsense",
        "Bearer lt_" + "x" * 43,
        "Basic !!!",
        "Basic é",
        "Bearer é",
        "Basic " + base64.b64encode(b"\xff:\xff").decode(),
        "Basic " + base64.b64encode(b"nobody").decode(),
        "Digest username=x",
        "Bearer " + "x" * 10_000,
    ],
)
def test_without_a_known_token_nothing_is_answered(api: Asker, header: str | None) -> None:
    headers = [] if header is None else [(b"Authorization", header.encode("latin-1"))]
    answer = api.client.get("/v1/me", headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="lasttouch"'
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["request_id"] == answer.headers["X-Request-Id"]


def test_a_token_of_one_source_opens_its_webhook_only(api: Asker) -> None:
    path = api.folder / "tokens.toml"
    secret = create_token(path, account="acme", role=Role.INGEST, source="yespo")
    bound = {"Authorization": f"Bearer {secret}"}

    await_that(lambda: api.client.get("/v1/me", headers=bound).status_code != 401, "the new token")
    answer = api.client.get("/v1/me", headers=bound)
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


def test_another_account_is_forbidden(api: Asker) -> None:
    answer = api.get("/v1/reports/campaigns", params={"account": "other"})
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert api.get("/v1/reports/campaigns", params={"account": "acme"}).status_code == 200


def test_a_token_that_takes_in_shows_nothing(api: Asker) -> None:
    answer = api.get("/v1/reports/campaigns", Role.INGEST)
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
