"""Segment's messages: mails, orders and people."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any, Final

import pytest

from api.intake.refusals import RequestRefused
from api.intake.segment import is_signed, map_request
from tests.api.intake.sending import ABSENT, IGNORED, NOW, Outcome, changed, outcome, outcomes, request, written

AT: Final = "2026-03-01T09:30:00.000Z"
MAIL: Final[dict[str, Any]] = {
    "type": "track",
    "event": "Email Link Clicked",
    "userId": "42",
    "context": {"traits": {"email": "Ann@Shop.example"}},
    "properties": {"campaign_id": "spring", "campaign_name": "Spring", "message_id": "m-1", "tags": ["vip"]},
    "timestamp": AT,
}
TOUCH: Final[dict[str, Any]] = {
    "type": "touch",
    "contact": "42",
    "channel": "email",
    "event": "clicked",
    "campaign": "spring",
    "message": "m-1",
    "tags": ["vip"],
    "time": AT,
}
CONTACT: Final = {"type": "contact", "contact": "42", "email": "ann@shop.example", "time": AT}
BOUGHT: Final[dict[str, Any]] = {
    "type": "track",
    "event": "Order Completed",
    "userId": "42",
    "properties": {
        "order_id": "17",
        "total": 27.5,
        "revenue": 25,
        "value": 24,
        "currency": "USD",
        "email": "Ann@Shop.example",
        "products": [{"sku": "A"}],
    },
    "timestamp": AT,
}
ORDER: Final[dict[str, Any]] = {
    "type": "order",
    "order": "17",
    "contact": "42",
    "status": "DELIVERED",
    "amount": "27.50",
    "currency": "USD",
    "ordered_at": AT,
    "time": AT,
    "email": "ann@shop.example",
    "items": [{"sku": "A"}],
}
PARTIAL: Final[dict[str, Any]] = {"type": "order", "partial": True, "order": "17", "time": AT}


def sent(base: dict[str, Any], change: dict[str, Any]) -> Outcome:
    (element,) = map_request(request(changed(base, change)))
    return outcome(element)


@pytest.mark.parametrize(
    ("change", "touch_change"),
    [
        ({}, {}),
        ({"event": "Email Sent"}, {"event": "sent"}),
        ({"event": "email delivered"}, {"event": "delivered"}),
        ({"event": "EMAIL OPENED", "properties.machine_open": True}, {"event": "opened", "automated": True}),
        ({"event": "Email Opened", "properties.machine_open": "true"}, {"event": "opened"}),
        ({"userId": None, "user_id": 42}, {}),
        ({"properties.campaign_id": ABSENT}, {"campaign": "Spring"}),
        ({"properties.message_id": ABSENT, "properties.email_id": "e-1"}, {"message": "e-1"}),
        ({"properties.message_id": ABSENT}, {"message": "spring"}),
        ({"properties.tags": "vip, gold"}, {"tags": ["vip", "gold"]}),
        ({"timestamp": ABSENT, "originalTimestamp": AT}, {}),
        ({"timestamp": None, "sentAt": AT, "receivedAt": NOW}, {}),
    ],
    ids=str,
)
def test_a_mail_event_is_a_touch(change: dict[str, Any], touch_change: dict[str, Any]) -> None:
    assert sent(MAIL, change) == [changed(TOUCH, touch_change), CONTACT]


def test_an_event_without_a_time_happened_when_it_came() -> None:
    now = {"time": NOW}
    assert sent(MAIL, {"timestamp": ABSENT}) == [changed(TOUCH, now), changed(CONTACT, now)]


def test_without_a_user_the_address_is_the_contact() -> None:
    address = {"contact": "ann@shop.example"}
    assert sent(MAIL, {"userId": ABSENT}) == [changed(TOUCH, address), changed(CONTACT, address)]
    without = {"userId": ABSENT, "context": ABSENT}
    assert sent(MAIL, {**without, "properties.email": "Ann@Shop.example"}) == sent(MAIL, {"userId": ABSENT})
    assert sent(MAIL, {**without, "traits": {"email": "Ann@Shop.example"}}) == sent(MAIL, {"userId": ABSENT})
    assert sent(MAIL, {"context": ABSENT}) == [TOUCH]


@pytest.mark.parametrize(
    ("change", "order_change"),
    [
        ({}, {}),
        ({"event": "order completed"}, {}),
        ({"properties.total": ABSENT}, {"amount": "25.00"}),
        ({"properties.total": None, "properties.revenue": ""}, {"amount": "24.00"}),
        ({"properties.currency": ABSENT}, {"currency": "UAH"}),
        ({"userId": ABSENT}, {"contact": ABSENT}),
        ({"properties.email": ABSENT}, {"email": ABSENT}),
        ({"properties.products": "A"}, {"items": ABSENT}),
        ({"timestamp": ABSENT}, {"ordered_at": NOW, "time": NOW}),
    ],
    ids=str,
)
def test_an_order_completed_is_delivered(change: dict[str, Any], order_change: dict[str, Any]) -> None:
    assert sent(BOUGHT, change) == [changed(ORDER, order_change)]


@pytest.mark.parametrize(
    ("event", "change", "expected"),
    [
        ("Order Updated", {}, {"amount": "27.50", "currency": "USD", "items": [{"sku": "A"}]}),
        (
            "Order Updated",
            dict.fromkeys(("properties.total", "properties.revenue", "properties.value"), ABSENT),
            {"items": [{"sku": "A"}]},
        ),
        ("Order Cancelled", {"properties.total": "x"}, {"status": "CANCELLED"}),
        ("Order Refunded", {}, {"refunded": "27.50", "currency": "USD"}),
        ("Order Refunded", {"properties.currency": ABSENT}, {"refunded": "27.50", "currency": "UAH"}),
        ("Order Refunded", {"properties.total": ABSENT}, {"status": "CANCELLED"}),
    ],
    ids=str,
)
def test_later_events_of_an_order_name_only_what_they_change(
    event: str, change: dict[str, Any], expected: dict[str, Any]
) -> None:
    assert sent(BOUGHT, {"event": event, **change}) == [{**PARTIAL, **expected}]


@pytest.mark.parametrize(
    ("change", "contact_change"),
    [
        ({}, {}),
        ({"traits.firstName": ABSENT, "traits.first_name": "Anna"}, {"first_name": "Anna"}),
        ({"traits.email": None, "traits.phone": None}, {"email": ABSENT, "phone": ABSENT}),
        ({"type": "Identify"}, {}),
    ],
    ids=str,
)
def test_identify_declares_a_contact(change: dict[str, Any], contact_change: dict[str, Any]) -> None:
    traits = {"email": "Ann@Shop.example", "phone": "380501234567", "firstName": "Ann", "last_name": "Smith"}
    told = {"type": "identify", "userId": "42", "traits": traits, "timestamp": AT}
    person = {"phone": "+380501234567", "first_name": "Ann", "last_name": "Smith"}
    assert sent(told, change) == [changed({**CONTACT, **person}, contact_change)]


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"type": "identify", "traits": {"email": "ann@shop.example"}},
        {"type": "page"},
        {"type": "track", "event": "Product Viewed"},
        {"type": "track"},
        {"type": "group", "event": "Order Completed"},
        {"type": 5, "event": "Order Completed"},
    ],
    ids=str,
)
def test_anything_else_is_ignored(told: dict[str, Any]) -> None:
    assert sent(told, {}) == IGNORED


@pytest.mark.parametrize(
    ("base", "change", "expected"),
    [
        (MAIL, {"userId": ABSENT, "context": ABSENT}, ("missing", "userId")),
        (MAIL, {"properties.campaign_id": ABSENT, "properties.campaign_name": ABSENT}, ("missing", "campaign")),
        (MAIL, {"timestamp": "2026-03-01T09:30:00"}, ("bad_time", "timestamp")),
        (MAIL, {"timestamp": 5}, ("bad_time", "timestamp")),
        (MAIL, {"timestamp": ABSENT, "sentAt": "2027-01-01T00:00:00Z"}, ("in_future", "sentAt")),
        (BOUGHT, {"properties.order_id": ABSENT}, ("missing", "properties.order_id")),
        (BOUGHT, {"properties": ABSENT}, ("missing", "properties.order_id")),
        (BOUGHT, {"userId": ABSENT, "properties.email": ABSENT}, ("missing", "userId")),
        (
            BOUGHT,
            dict.fromkeys(("properties.total", "properties.revenue", "properties.value"), ABSENT),
            ("missing", "properties.total"),
        ),
        (BOUGHT, {"properties.total": -5}, ("bad_amount", "properties.total")),
        (BOUGHT, {"properties.currency": "dollars"}, ("unknown_currency", "properties.currency")),
        (BOUGHT, {"event": "Order Cancelled", "properties.order_id": ""}, ("missing", "properties.order_id")),
        (BOUGHT, {"event": "Order Refunded", "properties.total": "all"}, ("bad_amount", "properties.total")),
    ],
    ids=str,
)
def test_what_lacks_something_is_told(base: dict[str, Any], change: dict[str, Any], expected: Outcome) -> None:
    assert sent(base, change) == expected


def test_messages_come_alone_in_a_list_or_in_a_batch() -> None:
    assert outcomes(map_request(request([MAIL, 5, {}]))) == [[TOUCH, CONTACT], ("not_an_object", None), IGNORED]
    assert outcomes(map_request(request({"batch": [MAIL, {}]}))) == [[TOUCH, CONTACT], IGNORED]
    with pytest.raises(RequestRefused) as refused:
        map_request(request({"batch": [5] * 5_001}))
    assert (refused.value.status, refused.value.code) == (413, "too_many")


def test_of_several_events_of_an_order_without_a_time_the_last_is_the_latest() -> None:
    told = [changed(BOUGHT, {"timestamp": ABSENT, "event": event}) for event in ("Order Completed", "Order Cancelled")]
    assert [event["time"] for event in written(map_request(request(told)))] == [NOW, NOW.replace(".000", ".001")]


def signature(signed: bytes) -> str:
    return hmac.digest(b"hush", signed, hashlib.sha1).hex()


def test_the_signature_is_of_the_body_or_of_a_lists_first_element() -> None:
    one, other = json.dumps(MAIL).encode(), json.dumps(BOUGHT).encode()
    body = b"[" + one + b" , " + other + b"]"
    for name in ("X-Segment-Signature", "X-Signature"):
        assert is_signed(request(body, {name: signature(body)}), "hush")
        assert is_signed(request(one, {name: signature(one)}), "hush")
        assert not is_signed(request(body, {name: signature(body)}), "other")
        assert not is_signed(request(body, {name: signature(other)}), "hush")
    assert is_signed(request(body, {"X-Signature": signature(one)}), "hush")
    assert is_signed(request(body, {"X-Signature": signature(one), "X-Segment-Signature": "?"}), "hush")
    assert is_signed(request(body, {"X-Signature": "?", "X-Segment-Signature": signature(body)}), "hush")
    assert not is_signed(request(body, {"X-Segment-Signature": signature(one)}), "hush")


@pytest.mark.parametrize("body", [b"", b"[", b"[]", b"{}", b"\xff", b"[" * 100_000], ids=lambda body: repr(body[:5]))
def test_a_body_without_a_signature_is_not_signed(body: bytes) -> None:
    assert not is_signed(request(body), "hush")
    assert not is_signed(request(body, {"X-Signature": "?"}), "hush")
