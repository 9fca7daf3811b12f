"""How often somebody may ask."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.rates import KEYS_MAX, Rates
from config.http_limits import HttpLimits
from config.tokens_file import Role
from connectors.embedded.servers import EmbeddedValkey
from tests.api.asking import Asker, asking
from tests.waiting import await_that


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def limited(valkey_server: EmbeddedValkey, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asker]:
    """An application that few may ask."""
    limits = HttpLimits(requests_per_minute=3, wrong_tokens_per_second=2)
    with asking(tmp_path_factory.mktemp("limited"), valkey_server.url, limits=limits) as asker:
        yield asker


def test_a_burst_is_allowed_and_then_a_steady_rate() -> None:
    clock = Clock()
    rates = Rates(per_s=10, burst=600, now=clock)
    assert all(rates.take("a").is_allowed for _ in range(600))

    refused = rates.take("a")
    assert (refused.is_allowed, refused.remaining, refused.retry_after_s) == (False, 0, 1)
    assert refused.full_after_s == 60
    assert rates.take("b").is_allowed

    clock.now += 0.1
    assert rates.take("a").is_allowed
    assert not rates.take("a").is_allowed
    clock.now += 3_600
    assert rates.take("a").remaining == 599


@given(st.lists(st.floats(0, 100), max_size=60), st.integers(1, 20), st.integers(1, 20))
def test_never_more_than_a_burst_and_the_rate(waits: list[float], per_s: int, burst: int) -> None:
    clock = Clock()
    rates = Rates(per_s, burst, clock)
    allowed = 0
    for wait in waits:
        clock.now += wait
        allowed += rates.take("a").is_allowed
    assert allowed <= burst + clock.now * per_s + 1e-6
    assert allowed == len(waits) or allowed >= min(len(waits), burst)


def test_those_who_asked_longest_ago_are_forgotten_first() -> None:
    rates = Rates(per_s=1, burst=1, now=Clock())
    for key in range(KEYS_MAX + 1):
        rates.take(str(key))
    assert not rates.take(str(KEYS_MAX)).is_allowed
    assert rates.take("0").is_allowed


def test_a_token_that_asks_too_often_is_told_when_it_may(limited: Asker) -> None:
    answers = [limited.get("/v1/me", Role.VIEWER) for _ in range(4)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[0].headers["RateLimit-Policy"] == '"token";q=3;w=60'
    assert answers[0].headers["RateLimit"] == '"token";r=2;t=20'
    assert answers[3].json()["code"] == "rate_limited"
    assert 1 <= int(answers[3].headers["Retry-After"]) <= 20
    assert limited.get("/v1/me", Role.MARKETER).status_code == 200


def test_an_address_that_tries_tokens_is_held_up_and_its_right_token_is_not(limited: Asker) -> None:
    wrong = {"Authorization": "Bearer lt_wrong"}
    answers: list[httpx.Response] = []

    def is_refused() -> bool:
        answers.append(limited.client.get("/v1/me", headers=wrong))
        return answers[-1].status_code == 429

    await_that(is_refused, "an attempt that is one too many")
    assert [answer.status_code for answer in answers[:2]] == [401, 401]
    refused = answers[-1]
    assert (refused.json()["code"], refused.headers["Retry-After"]) == ("rate_limited", "1")
    assert limited.get("/v1/me", Role.ADMIN).status_code == 200


def test_signing_in_counts_as_trying(limited: Asker) -> None:
    def is_refused() -> bool:
        return limited.client.post("/v1/session", json={"token": "lt_wrong"}).status_code == 429

    await_that(is_refused, "an attempt that is one too many")
    assert limited.client.post("/v1/session", json={"token": limited.tokens["acme", Role.ADMIN]}).status_code == 204
