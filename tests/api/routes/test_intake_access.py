"""Who may send events, and which requests are refused whole."""

from __future__ import annotations

import base64
import gzip
import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from config.http_limits import HttpLimits
from config.tokens_file import Role
from connectors.embedded.servers import EmbeddedValkey
from connectors.kafka.topics import TopicNames
from tests.api.asking import UNLIMITED, asking
from tests.api.senders import ROUTES, TOUCH, WOO_ORDER, Intake
from tests.waiting import await_that

pytestmark = pytest.mark.kafka


def test_whoever_asks_hears_that_a_webhook_is_there(intake: Intake) -> None:
    answer = intake.asker.client.get("/v1/hooks/yespo?anything=1")
    assert (answer.status_code, answer.json()) == (200, {"source": "yespo", "ready": True})
    answer = intake.asker.client.get("/v1/hooks/nobody")
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_source")
    assert intake.post("/v1/hooks/nobody", []).json()["code"] == "unknown_source"


@pytest.mark.parametrize("path", ROUTES)
def test_without_a_token_basic_is_asked_for(intake: Intake, path: str) -> None:
    for headers in ({"Authorization": None}, {"Authorization": "Bearer lt_unknown"}):
        answer = intake.post(path, [], headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")
        assert answer.headers["WWW-Authenticate"] == 'Basic realm="lasttouch"'
        assert ("message" in answer.json()) == path.startswith("/api/")


@pytest.mark.parametrize("path", ROUTES)
def test_a_token_is_the_password_of_basic_and_in_the_address_for_webhooks_only(intake: Intake, path: str) -> None:
    token = intake.asker.tokens["acme", Role.INGEST]
    payload: Any = {"orders": []} if path.endswith("orders") else {"eventTypeKey": "x"} if "event" in path else []
    payload = [] if path == "/v1/events" else payload
    basic = "Basic " + base64.b64encode(f"any:{token}".encode()).decode()
    assert intake.post(path, payload, headers={"Authorization": basic}).status_code == 200
    in_address = intake.post(f"{path}?token={token}", payload, headers={"Authorization": None})
    assert in_address.status_code == (200 if "hooks" in path else 401)


@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize("role", [Role.VIEWER, Role.MARKETER])
def test_other_roles_may_not_send(intake: Intake, path: str, role: Role) -> None:
    answer = intake.post(path, [], intake.asker.tokens["acme", role])
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


def test_a_token_that_is_bound_to_a_source_opens_that_webhook_only(intake: Intake) -> None:
    token = intake.token(source="woocommerce")
    assert intake.post("/v1/hooks/woocommerce", b"webhook_id=5", token).status_code == 200
    for path in (*ROUTES, "/v1/hooks/nobody"):
        assert intake.post(path, [], token).json()["code"] in {"forbidden", "unknown_source"}
    assert intake.asker.client.get("/v1/me", headers={"Authorization": f"Bearer {token}"}).status_code == 403


def test_what_is_not_signed_with_the_tokens_key_is_refused_and_writes_nothing(intake: Intake) -> None:
    token = intake.token(source="woocommerce", signing_key="hush")
    body = json.dumps(WOO_ORDER).encode()
    signature = base64.b64encode(hmac.digest(b"hush", body, hashlib.sha256)).decode()
    for headers in ({}, {"X-WC-Webhook-Signature": "?"}):
        answer = intake.post("/v1/hooks/woocommerce", body, token, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")
        assert answer.headers["WWW-Authenticate"] == 'Basic realm="lasttouch"'
    assert intake.post("/v1/hooks/woocommerce", b"webhook_id=5", token).status_code == 200
    answer = intake.post("/v1/hooks/woocommerce", body, token, headers={"X-WC-Webhook-Signature": signature})
    assert answer.json()["summary"]["accepted"] == 1
    assert [order["order"] for order in intake.written(intake.topics.orders, 1)] == ["727"]


def test_twilio_signs_the_public_address(intake: Intake) -> None:
    token = intake.token(source="twilio", signing_key="hush")
    path = f"/v1/hooks/twilio?token={token}&campaign=spring"
    signed = f"https://lasttouch.shop.example{path}MessageSidSM1MessageStatusdeliveredTo+380501234567"
    signature = base64.b64encode(hmac.digest(b"hush", signed.encode(), hashlib.sha1)).decode()
    form = b"MessageSid=SM1&MessageStatus=delivered&To=%2B380501234567"
    headers = {"Authorization": None, "Content-Type": "application/x-www-form-urlencoded"}
    answer = intake.post(path, form, headers={**headers, "X-Twilio-Signature": signature})
    assert answer.json()["summary"]["accepted"] == 1
    intake.written(intake.topics.touches, 1)
    intake.written(intake.topics.profiles, 1)


def test_a_body_may_come_as_gzip(intake: Intake) -> None:
    packed = gzip.compress(json.dumps(TOUCH).encode())
    answer = intake.post("/v1/events", packed, headers={"Content-Encoding": "gzip"})
    assert answer.json()["summary"]["accepted"] == 1
    answer = intake.post("/v1/events", gzip.compress(b"[") + gzip.compress(b"]"), headers={"Content-Encoding": "gzip"})
    assert answer.json()["summary"]["received"] == 0
    intake.written(intake.topics.touches, 1)


@pytest.mark.parametrize(
    ("path", "body", "headers", "status", "code"),
    [
        ("/v1/events", b"{", {}, 400, "bad_json"),
        ("/v1/events", b"5", {}, 400, "bad_json"),
        ("/v1/events", b"\xff", {}, 400, "bad_json"),
        ("/v1/events", b"{}", {"Content-Type": "text/plain"}, 415, "unsupported_media_type"),
        ("/v1/events", json.dumps([5] * 5_001).encode(), {}, 413, "too_many"),
        ("/api/v1/orders", b"[]", {}, 400, "bad_json"),
        ("/api/v1/orders", json.dumps({"orders": [5] * 1_001}).encode(), {}, 413, "too_many"),
        ("/api/v1/event", b"[]", {}, 400, "bad_json"),
        ("/v1/hooks/sendgrid", b"[" * 100_000, {}, 400, "bad_json"),
        ("/v1/hooks/sendgrid", json.dumps([5] * 5_001).encode(), {}, 413, "too_many"),
        ("/v1/hooks/shopify", b"[]", {}, 400, "bad_json"),
        ("/v1/events", b" " * (8 * 1_048_576 + 1), {}, 413, "too_large"),
        (
            "/v1/events",
            gzip.compress(b" " * (8 * 1_048_576 + 1), mtime=0),
            {"Content-Encoding": "gzip"},
            413,
            "too_large",
        ),
        ("/v1/events", b"{}", {"Content-Encoding": "gzip"}, 400, "bad_json"),
        ("/v1/events", gzip.compress(b"{}" * 99, mtime=0)[:-9], {"Content-Encoding": "gzip"}, 400, "bad_json"),
        ("/v1/events", b"{}", {"Content-Encoding": "br"}, 415, "unsupported_media_type"),
        ("/v1/hooks/sendgrid", b"[]", {"Content-Encoding": "br"}, 400, "bad_json"),
        ("/api/v1/orders", b"[]", {"Content-Encoding": "br"}, 400, "bad_json"),
        ("/api/v3/event", b"{}", {"Content-Encoding": "br"}, 400, "bad_json"),
    ],
    ids=lambda value: repr(value)[:40] if isinstance(value, bytes | dict) else str(value),
)
def test_a_request_that_is_refused_whole(
    intake: Intake, path: str, body: bytes, headers: dict[str, str], status: int, code: str
) -> None:
    answer = intake.post(path, body, headers=headers)
    told = answer.json()
    assert (answer.status_code, told["status"], told["code"]) == (status, status, code)
    media_type = "application/json" if path.startswith("/api/") else "application/problem+json"
    assert answer.headers["Content-Type"] == media_type
    assert told["request_id"] == answer.headers["X-Request-Id"]
    assert ("message" in told) == path.startswith("/api/")


def test_eight_mebibytes_are_taken(intake: Intake) -> None:
    body = b" " * (8 * 1_048_576 - 2) + b"[]"
    assert intake.post("/v1/events", body).status_code == 200
    assert intake.post("/v1/events", gzip.compress(body), headers={"Content-Encoding": "gzip"}).status_code == 200


def test_a_token_above_its_rate_is_told_when_to_come_back(
    kafka_bootstrap: str, valkey_server: EmbeddedValkey, tmp_path: Path, topics: TopicNames
) -> None:
    limits = HttpLimits(requests_per_minute=1, intake_burst=3, intake_requests_per_second=1)
    with asking(tmp_path, valkey_server.url, kafka=kafka_bootstrap, topics=topics, limits=limits) as asker:
        answers: list[httpx.Response] = []

        def is_refused() -> bool:
            answers.append(asker.ask("POST", "/v1/hooks/yespo", Role.INGEST, json=[]))
            return answers[-1].status_code == 429

        await_that(is_refused, "a request that is one too many")
        assert [answer.status_code for answer in answers[:3]] == [200] * 3
        assert answers[0].headers["RateLimit-Policy"] == '"token";q=3;w=3'
        assert answers[-1].json()["code"] == "rate_limited"
        assert int(answers[-1].headers["Retry-After"]) >= 1


def test_a_server_without_kafka_takes_nothing(valkey_server: EmbeddedValkey, tmp_path: Path) -> None:
    with asking(tmp_path, valkey_server.url, limits=UNLIMITED) as asker:
        answer = asker.ask("POST", "/v1/events", Role.INGEST, json=[])
        assert (answer.status_code, answer.json()["code"], answer.json()["away"]) == (503, "unavailable", "no_kafka")
        assert answer.headers["Retry-After"] == "5"
        answer = asker.ask("POST", "/api/v1/orders", Role.INGEST, json={"orders": []})
        assert (answer.status_code, answer.json()["code"]) == (429, "unavailable")
        assert answer.headers["Retry-After"] == "60"
