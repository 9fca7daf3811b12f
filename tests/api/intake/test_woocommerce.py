"""WooCommerce's webhooks of orders."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any, Final

import pytest

from api.intake.refusals import RequestRefused
from api.intake.woocommerce import is_signed, map_request
from tests.api.intake.sending import ABSENT, IGNORED, NOW, Outcome, changed, outcome, outcomes, request

ORDER: Final[dict[str, Any]] = {
    "id": 727,
    "status": "processing",
    "currency": "USD",
    "total": "29.35",
    "date_created": "2026-03-01T11:30:00",
    "date_created_gmt": "2026-03-01T09:30:00",
    "date_modified": "2026-03-01T11:31:00",
    "date_modified_gmt": "2026-03-01T09:31:00",
    "customer_id": 26,
    "billing": {"first_name": "Ann", "last_name": "Smith", "email": "Ann@Shop.example", "phone": "380501234567"},
    "line_items": [{"name": "Socks"}],
    "refunds": [],
}
EVENT: Final[dict[str, Any]] = {
    "type": "order",
    "order": "727",
    "status": "IN_PROGRESS",
    "amount": "29.35",
    "currency": "USD",
    "ordered_at": "2026-03-01T09:30:00.000Z",
    "time": "2026-03-01T09:31:00.000Z",
    "external_customer_id": "26",
    "email": "ann@shop.example",
    "phone": "+380501234567",
    "first_name": "Ann",
    "last_name": "Smith",
    "items": [{"name": "Socks"}],
}


def sent(change: dict[str, Any], topic: str | None = "order.updated") -> Outcome:
    headers = {} if topic is None else {"X-WC-Webhook-Topic": topic}
    (element,) = map_request(request(changed(ORDER, change), headers))
    return outcome(element)


@pytest.mark.parametrize("topic", ["order.created", "order.updated", None])
def test_an_order_is_taken(topic: str | None) -> None:
    assert sent({}, topic) == [EVENT]


def test_an_order_that_is_restored_is_so_when_it_is_told() -> None:
    assert sent({}, "order.restored") == [changed(EVENT, {"time": NOW})]


@pytest.mark.parametrize(
    ("change", "topic"),
    [({}, "product.updated"), ({}, "coupon.created"), ({"status": ABSENT}, None), ({"currency": ABSENT}, None)],
    ids=str,
)
def test_what_is_no_order_is_ignored(change: dict[str, Any], topic: str | None) -> None:
    assert sent(change, topic) == IGNORED


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("pending", "INITIALIZED"),
        ("processing", "IN_PROGRESS"),
        ("wc-processing", "IN_PROGRESS"),
        ("on-hold", "IN_PROGRESS"),
        ("completed", "DELIVERED"),
        ("cancelled", "CANCELLED"),
        ("failed", "CANCELLED"),
        ("refunded", "CANCELLED"),
        ("trash", "CANCELLED"),
        ("packed", "INITIALIZED"),
        ("wc-packed", "INITIALIZED"),
    ],
)
def test_statuses_become_the_contracts_and_a_shops_own_says_that_it_was_made(status: str, expected: str) -> None:
    assert sent({"status": status}) == [changed(EVENT, {"status": expected})]


@pytest.mark.parametrize("status", ["checkout-draft", "auto-draft", "draft", "new", "wc-checkout-draft"])
def test_a_draft_is_no_order_yet(status: str) -> None:
    assert sent({"status": status, "total": ABSENT}) == IGNORED


@pytest.mark.parametrize(
    ("change", "event_change"),
    [
        ({"refunds": [{"total": "-10.00"}, {"total": "5"}]}, {"refunded": "15.00"}),
        ({"refunds": [{"total": "-100.00"}]}, {"refunded": "29.35"}),
        ({"refunds": [{"total": -10}, {"total": None}, 5]}, {"refunded": "10.00"}),
        ({"refunds": {"total": "-10.00"}}, {}),
        ({"date_created_gmt": None}, {}),
        ({"date_modified_gmt": ""}, {}),
        ({"date_created_gmt": "2026-03-01T09:30:00+00:00"}, {}),
        ({"date_modified_gmt": ABSENT, "date_modified": None}, {"time": NOW}),
        ({"customer_id": 0}, {"external_customer_id": ABSENT}),
        ({"customer_id": "0"}, {"external_customer_id": ABSENT}),
        (
            {"customer_id": 0, "billing": {}},
            dict.fromkeys(("external_customer_id", "email", "phone", "first_name", "last_name"), ABSENT),
        ),
        ({"billing": "none"}, dict.fromkeys(("email", "phone", "first_name", "last_name"), ABSENT)),
        ({"line_items": None}, {"items": ABSENT}),
        ({"total": 29.35}, {}),
    ],
    ids=str,
)
def test_what_an_order_says(change: dict[str, Any], event_change: dict[str, Any]) -> None:
    assert sent(change) == [changed(EVENT, event_change)]


def test_a_deleted_order_is_cancelled() -> None:
    headers = {"X-WC-Webhook-Topic": "order.deleted"}
    cancelled = {"type": "order", "partial": True, "order": "727", "status": "CANCELLED", "time": NOW}
    assert outcomes(map_request(request({"id": 727}, headers))) == [[cancelled]]
    assert outcomes(map_request(request({}, headers))) == [("missing", "id")]


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"id": ABSENT}, "missing", "id"),
        ({"status": ABSENT}, "missing", "status"),
        ({"status": {}}, "wrong_type", "status"),
        ({"currency": "EURO"}, "unknown_currency", "currency"),
        ({"total": ""}, "missing", "total"),
        ({"total": "29,35"}, "bad_amount", "total"),
        ({"refunds": [{"total": "--1"}]}, "bad_amount", "refunds[].total"),
        ({"date_created_gmt": ABSENT, "date_created": ABSENT}, "missing", "date_created_gmt"),
        ({"date_modified_gmt": "now"}, "bad_time", "date_modified_gmt"),
        ({"date_modified_gmt": "2026-03-05T09:31:00"}, "in_future", "date_modified_gmt"),
    ],
    ids=str,
)
def test_an_order_that_does_not_fit_says_why(change: dict[str, Any], code: str, field: str) -> None:
    assert sent(change) == (code, field)


def test_the_ping_at_saving_is_ignored_whatever_the_key() -> None:
    ping = request(b"webhook_id=5", {"Content-Type": "application/x-www-form-urlencoded"})
    assert is_signed(ping, "hush")
    assert outcomes(map_request(ping)) == [IGNORED]


@pytest.mark.parametrize("body", [b"webhook_id=x", b"[]", b"webhook_id=5&id=6", b""], ids=repr)
def test_another_body_is_refused_and_has_to_be_signed(body: bytes) -> None:
    assert not is_signed(request(body), "hush")
    with pytest.raises(RequestRefused) as refused:
        map_request(request(body))
    assert refused.value.code == "bad_json"


def test_the_signature_is_of_the_body() -> None:
    body = json.dumps(ORDER).encode()
    signature = base64.b64encode(hmac.digest(b"hush", body, hashlib.sha256)).decode()
    assert is_signed(request(body, {"X-WC-Webhook-Signature": signature}), "hush")
    assert not is_signed(request(body + b" ", {"X-WC-Webhook-Signature": signature}), "hush")
    assert not is_signed(request(body), "hush")
