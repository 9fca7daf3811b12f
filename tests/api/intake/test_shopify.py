"""Shopify's webhooks of orders."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any, Final

import pytest

from api.intake.refusals import RequestRefused
from api.intake.shopify import is_signed, map_request
from tests.api.intake.sending import ABSENT, IGNORED, NOW, Outcome, changed, outcome, request

ORDER: Final[dict[str, Any]] = {
    "id": 820982911946154508,
    "email": "Ann@Shop.example",
    "phone": None,
    "currency": "EUR",
    "presentment_currency": "USD",
    "total_price": "100.00",
    "current_total_price": "100.00",
    "financial_status": "paid",
    "fulfillment_status": "fulfilled",
    "cancelled_at": None,
    "processed_at": "2026-03-01T09:30:00+02:00",
    "created_at": "2026-03-01T09:31:00+02:00",
    "updated_at": "2026-03-01T09:32:00+02:00",
    "test": False,
    "customer": {"id": 207119551, "first_name": "Ann", "last_name": None, "phone": "+380501234567"},
    "billing_address": {"first_name": "Anna", "last_name": "Smith", "phone": "+380671112233"},
    "line_items": [{"title": "Socks", "price": "100.00"}],
    "refunds": [],
}
EVENT: Final[dict[str, Any]] = {
    "type": "order",
    "order": "820982911946154508",
    "status": "DELIVERED",
    "amount": "100.00",
    "currency": "EUR",
    "ordered_at": "2026-03-01T07:30:00.000Z",
    "time": "2026-03-01T07:32:00.000Z",
    "email": "ann@shop.example",
    "phone": "+380501234567",
    "external_customer_id": "207119551",
    "first_name": "Ann",
    "last_name": "Smith",
    "items": ORDER["line_items"],
}


def given_back(*amounts: str, **change: str) -> dict[str, Any]:
    transactions = [{"kind": "refund", "status": "success", "amount": amount, **change} for amount in amounts]
    return {"refunds": [{"transactions": transactions}]}


def sent(change: dict[str, Any], topic: str | None = "orders/updated", *, delivered_when_paid: bool = False) -> Outcome:
    headers = {} if topic is None else {"X-Shopify-Topic": topic}
    (element,) = map_request(request(changed(ORDER, change), headers, delivered_when_paid=delivered_when_paid))
    return outcome(element)


@pytest.mark.parametrize(
    "topic",
    [f"orders/{name}" for name in ("create", "updated", "paid", "cancelled", "fulfilled", "partially_fulfilled")]
    + [None],
)
def test_an_order_is_taken(topic: str | None) -> None:
    assert sent({}, topic) == [EVENT]


@pytest.mark.parametrize("topic", ["orders/edited", "products/create", "customers/create"])
def test_other_topics_are_ignored(topic: str) -> None:
    assert sent({}, topic) == IGNORED


def test_a_test_and_a_body_of_something_else_are_ignored() -> None:
    assert sent({"test": True}) == IGNORED
    assert sent({"financial_status": ABSENT}, None) == IGNORED


@pytest.mark.parametrize(
    ("financial", "fulfillment", "cancelled_at", "status", "status_when_paid"),
    [
        ("paid", None, None, "INITIALIZED", "DELIVERED"),
        ("pending", None, None, "INITIALIZED", "INITIALIZED"),
        ("paid", "partial", None, "IN_PROGRESS", "DELIVERED"),
        ("pending", "partial", None, "IN_PROGRESS", "IN_PROGRESS"),
        ("paid", "fulfilled", None, "DELIVERED", "DELIVERED"),
        ("partially_refunded", None, None, "INITIALIZED", "DELIVERED"),
        ("refunded", "restocked", None, "CANCELLED", "DELIVERED"),
        ("pending", "restocked", None, "CANCELLED", "CANCELLED"),
        ("voided", "fulfilled", None, "CANCELLED", "CANCELLED"),
        ("paid", "fulfilled", "2026-03-01T09:32:00+02:00", "CANCELLED", "CANCELLED"),
        (None, None, None, "INITIALIZED", "INITIALIZED"),
    ],
)
def test_an_order_is_delivered_when_it_is_fulfilled_or_where_the_shop_says_so_paid(
    financial: str | None, fulfillment: str | None, cancelled_at: str | None, status: str, status_when_paid: str
) -> None:
    change = {"financial_status": financial, "fulfillment_status": fulfillment, "cancelled_at": cancelled_at}
    assert sent(change) == [changed(EVENT, {"status": status})]
    assert sent(change, delivered_when_paid=True) == [changed(EVENT, {"status": status_when_paid})]


@pytest.mark.parametrize(
    ("change", "amount", "refunded"),
    [
        # Given back in part: the amount stays.
        ({"current_total_price": "60.00", **given_back("40.00")}, "100.00", "40.00"),
        ({"current_total_price": "60.00", **given_back("10.00", "30.00")}, "100.00", "40.00"),
        # An article taken off before it was paid: nothing was given back.
        ({"current_total_price": "60.00"}, "60.00", ABSENT),
        # Taken off, and a part of the rest given back.
        ({"current_total_price": "60.00", **given_back("10.00")}, "70.00", "10.00"),
        # An article added.
        ({"current_total_price": "120.00", **given_back("10.00")}, "120.00", "10.00"),
        ({"current_total_price": ABSENT, **given_back("10.00")}, "100.00", "10.00"),
        # More than the order: shipping that was given back twice.
        ({"current_total_price": "0.00", **given_back("130.00")}, "100.00", "100.00"),
        # In the buyer's currency: by the totals.
        ({"current_total_price": "60.00", **given_back("44.00", currency="USD")}, "100.00", "40.00"),
        ({"current_total_price": ABSENT, **given_back("44.00", currency="USD")}, "100.00", ABSENT),
        ({"current_total_price": "60.00", **given_back("40.00", currency="eur")}, "100.00", "40.00"),
        ({"current_total_price": "60.00", **given_back("40.00", status="failure")}, "60.00", ABSENT),
        ({"current_total_price": "60.00", **given_back("40.00", kind="void")}, "60.00", ABSENT),
        ({"refunds": "none"}, "100.00", ABSENT),
        ({"refunds": [5, {"transactions": [5]}, {"transactions": 5}]}, "100.00", ABSENT),
    ],
    ids=str,
)
def test_edits_of_an_order_count_and_what_was_given_back_stands_apart(
    change: dict[str, Any], amount: str, refunded: object
) -> None:
    assert sent(change) == [changed(EVENT, {"amount": amount, "refunded": refunded})]


def test_a_cancelled_order_keeps_its_total() -> None:
    change = {"cancelled_at": NOW, "current_total_price": "0.00", **given_back("100.00")}
    assert sent(change) == [changed(EVENT, {"status": "CANCELLED", "refunded": "100.00"})]


@pytest.mark.parametrize(
    ("change", "event_change"),
    [
        (
            {"currency": "JPY", "total_price": "1980.00", "current_total_price": "1980"},
            {"currency": "JPY", "amount": "1980"},
        ),
        ({"processed_at": None}, {"ordered_at": "2026-03-01T07:31:00.000Z"}),
        ({"email": "", "contact_email": "bob@x.example"}, {"email": "bob@x.example"}),
        ({"email": None, "customer.email": "bob@x.example"}, {"email": "bob@x.example"}),
        ({"phone": "+380631112233"}, {"phone": "+380631112233"}),
        ({"customer.phone": None}, {"phone": "+380671112233"}),
        (
            {"customer": None, "billing_address": None, "email": None},
            dict.fromkeys(("external_customer_id", "email", "phone", "first_name", "last_name"), ABSENT),
        ),
        ({"customer": None}, {"external_customer_id": ABSENT, "phone": "+380671112233", "first_name": "Anna"}),
        (
            {"billing_address": ABSENT, "shipping_address": {"phone": "0044 20 7946 0000"}, "customer.phone": None},
            {"phone": "+442079460000", "last_name": ABSENT},
        ),
    ],
    ids=lambda value: str(value)[:70],
)
def test_whose_an_order_is(change: dict[str, Any], event_change: dict[str, Any]) -> None:
    assert sent(change) == [changed(EVENT, event_change)]


def test_a_deleted_order_is_cancelled() -> None:
    headers = {"X-Shopify-Topic": "orders/delete"}
    cancelled = {"type": "order", "partial": True, "order": "5", "status": "CANCELLED", "time": NOW}
    triggered = {"X-Shopify-Triggered-At": "2026-03-01T09:30:00.123456789Z"}
    assert outcome(map_request(request({"id": 5}, headers))[0]) == [cancelled]
    assert outcome(map_request(request({"id": 5}, headers | triggered))[0]) == [
        changed(cancelled, {"time": "2026-03-01T09:30:00.123Z"})
    ]
    assert outcome(map_request(request({}, headers))[0]) == ("missing", "id")


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"id": ABSENT}, "missing", "id"),
        ({"id": {}}, "wrong_type", "id"),
        ({"currency": ABSENT}, "missing", "currency"),
        ({"total_price": ABSENT}, "missing", "total_price"),
        ({"total_price": "1.000,00"}, "bad_amount", "total_price"),
        ({"current_total_price": "-1.00"}, "bad_amount", "current_total_price"),
        (given_back("-1.00"), "bad_amount", "refunds[].transactions[].amount"),
        ({"processed_at": ABSENT, "created_at": ABSENT}, "missing", "processed_at"),
        ({"processed_at": "2026-03-01T09:30:00"}, "bad_time", "processed_at"),
        ({"updated_at": ABSENT}, "missing", "updated_at"),
        ({"updated_at": "2027-03-01T09:30:00Z"}, "in_future", "updated_at"),
        ({"customer.id": "x" * 257}, "too_long", "customer.id"),
    ],
    ids=str,
)
def test_an_order_that_does_not_fit_says_why(change: dict[str, Any], code: str, field: str) -> None:
    assert sent(change) == (code, field)


def test_a_list_is_no_order() -> None:
    with pytest.raises(RequestRefused) as refused:
        map_request(request([ORDER]))
    assert refused.value.code == "bad_json"


def test_the_signature_is_of_the_body() -> None:
    body = json.dumps(ORDER).encode()
    signature = base64.b64encode(hmac.digest(b"hush", body, hashlib.sha256)).decode()
    assert is_signed(request(body, {"X-Shopify-Hmac-Sha256": signature}), "hush")
    assert not is_signed(request(body + b" ", {"X-Shopify-Hmac-Sha256": signature}), "hush")
    assert not is_signed(request(body, {"X-Shopify-Hmac-Sha256": signature}), "other")
    assert not is_signed(request(body, {"X-Shopify-Hmac-Sha256": "ї"}), "hush")
    assert not is_signed(request(body), "hush")
