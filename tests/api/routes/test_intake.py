"""Events come in from other systems: what is answered, and what the broker has by then."""

from __future__ import annotations

import json
from typing import Any

import pytest
import redis

from api import account_values
from config.tokens_file import Role
from connectors.view.layout import account_key
from tests.api.senders import AT, ROUTES, SENDGRID, TOUCH, YESPO_ORDER, Intake
from tests.waiting import PATIENCE_S, await_that

pytestmark = pytest.mark.kafka


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


def test_what_comes_in_after_a_change_of_settings_was_answered_is_read_by_them(
    intake: Intake, valkey: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(account_values, "FRESH_S", 3_600.0)
    monkeypatch.setattr(account_values, "_WAIT_S", PATIENCE_S)
    order = {"orders": [{**YESPO_ORDER, "date": "2026-01-05T12:00:00"}]}

    def ordered_at() -> str:
        intake.post("/api/v1/orders", order, sender)
        (written,) = intake.written(intake.topics.orders, 1)
        return str(written["ordered_at"])

    admin, sender = (intake.token(role, account="moving") for role in (Role.ADMIN, Role.INGEST))
    assert ordered_at() == "2026-01-05T12:00:00.000Z"
    # As the dataflow would show it.
    valkey.hset(account_key("moving"), mapping={"currency": "EUR", "time_zone": "Asia/Tokyo"})
    body = {"settings": {"time_zone": "Asia/Tokyo"}}
    changed = intake.asker.client.put("/v1/settings", json=body, headers={"Authorization": f"Bearer {admin}"})
    assert changed.status_code == 202
    intake.written(intake.topics.profiles, 1)
    assert ordered_at() == "2026-01-05T03:00:00.000Z"


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


def test_what_came_of_each_source_is_shown(intake: Intake) -> None:
    # A shop of its own: what other tests sent may be counted only after this one has begun.
    sender, viewer = (intake.token(role, account="counted") for role in (Role.INGEST, Role.VIEWER))
    intake.post("/v1/hooks/sendgrid", [SENDGRID, {"event": "bounce"}, {**SENDGRID, "campaign": ""}], sender)
    intake.post("/v1/events", [{**TOUCH, "contact": 380501234567}], sender)
    intake.post("/v1/hooks/shopify", b"{", sender)

    def shown() -> Any:
        return intake.asker.client.get("/v1/intake", headers={"Authorization": f"Bearer {viewer}"}).json()

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
