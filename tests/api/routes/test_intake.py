"""Events come in from other systems: what is answered, and what the broker has by then."""

from __future__ import annotations

import base64
import gzip
import hashlib
import hmac
import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
import redis

from api.doors import wall_clock_ms
from config.http_limits import HttpLimits
from config.settings_file import load_settings_file
from config.tokens_file import Role, create_token
from connectors.embedded.servers import EmbeddedValkey
from connectors.kafka.topics import TopicNames
from connectors.view.layout import account_key
from state.times import format_time
from tests.api.asking import UNLIMITED, Asker, asking
from tests.connectors.kafka.kafka_topics import read_back
from tests.waiting import await_that

pytestmark = pytest.mark.kafka

ROUTES: Final = ("/v1/events", "/api/v1/orders", "/api/v1/event", "/api/v2/event", "/api/v3/event", "/v1/hooks/yespo")
AT: Final = format_time(wall_clock_ms() // 1_000 * 1_000 - 60_000)
TOUCH: Final = {
    "type": "touch",
    "contact": "c1",
    "channel": "email",
    "event": "clicked",
    "campaign": "spring",
    "message": "m1",
    "time": AT,
}
YESPO_ORDER: Final = {
    "externalOrderId": "6688",
    "externalCustomerId": "9911",
    "totalCost": 258.30,
    "status": "DELIVERED",
    "currency": "UAH",
    "date": AT,
}
WOO_ORDER: Final = {"id": 727, "status": "completed", "currency": "USD", "total": "29.35", "date_created_gmt": AT[:19]}
SENDGRID: Final = {
    "email": "ann@shop.example",
    "event": "click",
    "timestamp": 1772357400,
    "sg_message_id": "m1.filter1",
    "contact": "c1",
    "campaign": "spring",
}


class Intake:
    """A shop's senders, and what the broker has of them."""

    def __init__(self, asker: Asker, folder: Path, bootstrap: str, topics: TopicNames) -> None:
        self.asker = asker
        self._tokens_file = folder / "tokens.toml"
        self._bootstrap = bootstrap
        self.topics = topics
        self.read: dict[str, int] = dict.fromkeys((*topics.inputs, topics.dead_letters), 0)

    def token(self, role: Role = Role.INGEST, **more: Any) -> str:
        """A new token, which the server finds in its file."""
        token = create_token(self._tokens_file, account="acme", role=role, **more)
        await_that(lambda: self.asker.doors.tokens.find(token) is not None, "the token found")
        return token

    def post(self, path: str, payload: object, token: str | None = None, **more: Any) -> httpx.Response:
        token = token or self.asker.tokens["acme", Role.INGEST]
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json", **more.pop("headers", {})}
        headers = {name: value for name, value in headers.items() if value is not None}
        return self.asker.client.post(path, content=body, headers=headers, **more)

    def written(self, topic: str, count: int) -> list[dict[str, Any]]:
        """The newest records of a topic, as many as are expected: not one more is there."""
        self.read[topic] += count
        records = read_back(self._bootstrap, topic, self.read[topic])
        return [json.loads(record.value() or b"") for record in records[len(records) - count :]]


@pytest.fixture(scope="module")
def _intake(
    kafka_bootstrap: str, valkey_server: EmbeddedValkey, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Intake]:
    folder = tmp_path_factory.mktemp("intake")
    settings = folder / "settings.toml"
    settings.write_text('[accounts.acme]\ncurrency = "UAH"\ntime_zone = "Europe/Kyiv"\n')
    topics = TopicNames(*(f"{name}-{uuid.uuid4().hex[:8]}" for name in ("t", "o", "p", "a", "d", "s")))
    with asking(
        folder,
        valkey_server.url,
        kafka=kafka_bootstrap,
        topics=topics,
        settings=load_settings_file(settings),
        public_url="https://lasttouch.shop.example/",
    ) as asker:
        intake = Intake(asker, folder, kafka_bootstrap, topics)
        await_that(lambda: intake.post("/v1/events", []).status_code == 200, "topics made")
        yield intake


@pytest.fixture
def intake(_intake: Intake, valkey: redis.Redis) -> Intake:
    """Over a view that holds nothing yet."""
    return _intake


def test_contract_events_are_in_their_topics_when_they_are_answered(intake: Intake) -> None:
    erase = {"type": "erase", "contact": "c1", "time": AT}
    answer = intake.post("/v1/events", [TOUCH, {**TOUCH, "event": "read"}, erase, {**TOUCH, "account": "other"}])
    assert answer.status_code == 207
    body = answer.json()
    assert body["request_id"] == answer.headers["X-Request-Id"]
    assert body["summary"] == {"received": 4, "accepted": 2, "rejected": 2}
    assert [(one["index"], one["code"], one["field"]) for one in body["rejected"]] == [
        (1, "not_allowed", "event"),
        (2, "forbidden", "type"),
    ]
    assert intake.written(intake.topics.touches, 2) == [{**TOUCH, "account": "acme"}] * 2


@pytest.mark.parametrize(
    ("body", "media_type", "received"),
    [(b"[]", "application/json", 0), (b"", "application/x-ndjson", 0), (b"", "application/jsonl; charset=utf-8", 0)],
)
def test_no_event_is_answered_with_zeros(intake: Intake, body: bytes, media_type: str, received: int) -> None:
    answer = intake.post("/v1/events", body, headers={"Content-Type": media_type})
    assert (answer.status_code, answer.json()["summary"]["received"]) == (200, received)


def test_an_admin_erases(intake: Intake) -> None:
    erase = {"type": "erase", "account": "acme", "contact": "c1", "time": AT}
    answer = intake.post("/v1/events", erase, intake.asker.tokens["acme", Role.ADMIN])
    assert (answer.status_code, answer.json()["summary"]["accepted"]) == (200, 1)
    assert intake.written(intake.topics.profiles, 1) == [erase]


def test_orders_that_were_all_taken_are_answered_with_nothing(intake: Intake) -> None:
    answer = intake.post("/api/v1/orders", {"orders": [YESPO_ORDER]}, headers={"Content-Type": None})
    assert (answer.status_code, answer.content) == (200, b"")
    (order,) = intake.written(intake.topics.orders, 1)
    assert (order["order"], order["amount"], order["account"]) == ("6688", "258.30", "acme")


def test_an_order_that_does_not_fit_is_named_and_dead_lettered(intake: Intake) -> None:
    answer = intake.post("/api/v1/orders", {"orders": [YESPO_ORDER, {**YESPO_ORDER, "status": "NEW"}]})
    assert answer.status_code == 200
    body = answer.json()
    assert body["asyncSessionId"] == answer.headers["X-Request-Id"]
    assert [(one["externalOrderId"], one["index"], one["code"]) for one in body["failedOrders"]] == [
        ("6688", 1, "not_allowed")
    ]
    (letter,) = intake.written(intake.topics.dead_letters, 1)
    assert json.loads(letter.pop("raw")) == {**YESPO_ORDER, "status": "NEW"}
    assert letter.pop("reason").startswith("status: ")
    assert letter == {"code": "not_allowed", "topic": "api:orders", "line": 2}
    assert len(intake.written(intake.topics.orders, 1)) == 1


def test_an_event_of_an_order_is_taken_or_refused_with_a_message(intake: Intake) -> None:
    delivered = {"eventTypeKey": "orderDelivered", "keyValue": "6688", "params": []}
    for version in ("v1", "v2", "v3"):
        answer = intake.post(f"/api/{version}/event", delivered)
        assert (answer.status_code, answer.content) == (200, b"")
    assert [order["partial"] for order in intake.written(intake.topics.orders, 3)] == [True] * 3
    assert intake.post("/api/v1/event", {"eventTypeKey": "basketChanged"}).status_code == 200
    answer = intake.post("/api/v1/event", {"eventTypeKey": "orderDelivered"})
    body = answer.json()
    assert (answer.status_code, answer.headers["Content-Type"]) == (400, "application/json")
    assert (body["code"], body["field"], body["message"]) == ("missing", "externalOrderId", body["detail"])
    assert intake.written(intake.topics.dead_letters, 1)[0]["topic"] == "api:event"


def test_a_webhook_is_answered_with_what_came_of_its_elements(intake: Intake) -> None:
    payload = [SENDGRID, {"event": "bounce"}, {**SENDGRID, "campaign": ""}, 5]
    answer = intake.post("/v1/hooks/sendgrid", payload)
    body = answer.json()
    assert answer.status_code == 200
    assert body["summary"] == {"received": 4, "accepted": 1, "ignored": 1, "rejected": 2}
    assert [(one["index"], one["code"], one["field"]) for one in body["rejected"]] == [
        (2, "missing", "campaign"),
        (3, "not_an_object", None),
    ]
    assert [touch["contact"] for touch in intake.written(intake.topics.touches, 1)] == ["c1"]
    assert [contact["email"] for contact in intake.written(intake.topics.profiles, 1)] == ["ann@shop.example"]
    assert [(one["topic"], one["line"]) for one in intake.written(intake.topics.dead_letters, 2)] == [
        ("hook:sendgrid", 3),
        ("hook:sendgrid", 4),
    ]


def test_a_shops_times_and_currency_are_those_that_its_reports_show(intake: Intake, valkey: redis.Redis) -> None:
    """Without the view, those of the settings file."""
    created = {
        "eventTypeKey": "orderCreated",
        "keyValue": "ann@shop.example",
        "params": {"externalOrderId": "1", "totalCost": 1, "status": "INITIALIZED", "date": "2026-01-05T12:00:00"},
    }
    intake.post("/api/v3/event", created)
    (order,) = intake.written(intake.topics.orders, 1)
    assert (order["currency"], order["ordered_at"]) == ("UAH", "2026-01-05T10:00:00.000Z")
    valkey.hset(account_key("acme"), mapping={"currency": "JPY", "time_zone": "Asia/Tokyo"})

    def is_seen() -> bool:
        intake.post("/api/v3/event", created)
        (order,) = intake.written(intake.topics.orders, 1)
        return (order["currency"], order["ordered_at"]) == ("JPY", "2026-01-05T03:00:00.000Z")

    await_that(is_seen, "the settings in force")


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


def test_orders_of_a_token_that_says_so_are_delivered_when_they_are_paid(intake: Intake) -> None:
    order = {
        "id": 5,
        "currency": "EUR",
        "total_price": "1.00",
        "financial_status": "paid",
        "created_at": AT,
        "updated_at": AT,
    }
    intake.post("/v1/hooks/shopify", order, intake.token(source="shopify", delivered_when="paid"))
    intake.post("/v1/hooks/shopify", order)
    assert [one["status"] for one in intake.written(intake.topics.orders, 2)] == ["DELIVERED", "INITIALIZED"]


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
        answers = [asker.ask("POST", "/v1/hooks/yespo", Role.INGEST, json=[]) for _ in range(5)]
        assert answers[0].headers["RateLimit-Policy"] == '"token";q=3;w=3'
        refused = [answer for answer in answers if answer.status_code == 429]
        assert refused
        assert {answer.json()["code"] for answer in refused} == {"rate_limited"}
        assert all(int(answer.headers["Retry-After"]) >= 1 for answer in refused)


def test_a_server_without_kafka_takes_nothing(valkey_server: EmbeddedValkey, tmp_path: Path) -> None:
    with asking(tmp_path, valkey_server.url, limits=UNLIMITED) as asker:
        answer = asker.ask("POST", "/v1/events", Role.INGEST, json=[])
        assert (answer.status_code, answer.json()["code"], answer.json()["away"]) == (503, "unavailable", "no_kafka")
        assert answer.headers["Retry-After"] == "5"
        answer = asker.ask("POST", "/api/v1/orders", Role.INGEST, json={"orders": []})
        assert (answer.status_code, answer.json()["code"]) == (429, "unavailable")
        assert answer.headers["Retry-After"] == "60"


def test_what_came_of_each_source_is_shown(intake: Intake) -> None:
    intake.post("/v1/hooks/sendgrid", [SENDGRID, {"event": "bounce"}, {**SENDGRID, "campaign": ""}])
    intake.post("/v1/events", [{**TOUCH, "contact": 380501234567}])
    intake.post("/v1/hooks/shopify", b"{")

    def shown() -> Any:
        return intake.asker.get("/v1/intake", Role.VIEWER).json()

    await_that(lambda: len(shown()["sources"]) == 3, "all sources shown")
    counts = {one["source"]: (one["accepted"], one["ignored"], one["rejected"]) for one in shown()["sources"]}
    assert counts == {"events": (0, 0, 1), "sendgrid": (1, 1, 1), "shopify": (0, 0, 0)}
    latest = [(one["source"], one["code"], one["field"]) for one in shown()["rejections"]]
    assert latest == [
        ("shopify", "bad_json", None),
        ("events", "wrong_type", "contact"),
        ("sendgrid", "missing", "campaign"),
    ]
    assert "380501234567" not in json.dumps(shown())
    assert intake.asker.get("/v1/intake", account="other").json() == {"sources": [], "rejections": []}
    assert intake.asker.get("/v1/intake", Role.INGEST).status_code == 403
    for topic in (intake.topics.touches, intake.topics.profiles, intake.topics.dead_letters):
        intake.written(topic, 1)


def test_all_ways_in_are_described(intake: Intake) -> None:
    paths = intake.asker.client.get("/openapi.json").json()["paths"]
    for path in (*ROUTES[:-1], "/v1/hooks/{source}", "/v1/intake"):
        assert path in paths
    assert paths["/v1/hooks/{source}"]["get"]["security"] == []
