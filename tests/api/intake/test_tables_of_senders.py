"""The tables of intake.md §4–§11, row by row, read off the text and not off the mappings.

Each case changes one complete payload, and says what of the first event it changes, or why nothing comes of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final
from urllib.parse import urlencode

import pytest

from api.intake import yespo_events, yespo_orders
from api.intake.sources import HOOKS
from state.times import parse_time
from tests.api.intake.sending import ABSENT, IGNORED, NOW, Map, Outcome, changed, outcome, request

PAYLOADS: Final[Mapping[str, dict[str, Any]]] = {
    "orders": {
        "externalOrderId": "17",
        "status": "DELIVERED",
        "totalCost": "10.50",
        "currency": "UAH",
        "email": "a@b.c",
        "date": "2026-03-01T09:30:00+02:00",
    },
    "yespo": {
        "contactId": 101,
        "mediaType": "Email",
        "activityStatus": "SENT",
        "broadcastId": 55,
        "messageId": 9,
        "iid": "i1",
        "activityDateTime": "2026-03-01T09:30:00",
    },
    "sendgrid": {
        "event": "delivered",
        "email": "Ann@B.c",
        "contact": "c1",
        "campaign": "k1",
        "message": "m1",
        "category": ["x", "y"],
        "sg_message_id": "abc.filter0001.1-0",
        "smtp-id": "<q@w>",
        "timestamp": 1772357400,
    },
    "segment": {
        "type": "track",
        "event": "Order Completed",
        "userId": "u1",
        "timestamp": "2026-03-01T09:30:00Z",
        "properties": {"order_id": 17, "total": 99.9, "revenue": 80, "value": 70, "currency": "eur", "email": "P@x.y"},
    },
    "shopify": {
        "id": 820982911946154508,
        "currency": "EUR",
        "total_price": "100.00",
        "current_total_price": "100.00",
        "financial_status": "pending",
        "fulfillment_status": None,
        "updated_at": "2026-03-01T09:32:00+02:00",
        "processed_at": "2026-03-01T09:30:00+02:00",
        "created_at": "2026-03-01T09:31:00+02:00",
    },
    "woocommerce": {
        "id": 17,
        "status": "processing",
        "total": "100.00",
        "currency": "EUR",
        "customer_id": 5,
        "date_created_gmt": "2026-03-01T09:30:00",
        "date_created": "2026-03-01T11:30:00",
        "date_modified_gmt": "2026-03-01T10:30:00",
        "date_modified": "2026-03-01T12:30:00",
    },
    "mailgun": {
        "event": "opened",
        "recipient": "A@b.c",
        "timestamp": 1772357400.5,
        "tags": ["t1"],
        "user-variables": {"contact": "c", "campaign": "k", "message": "m"},
        "message": {"headers": {"message-id": "mid"}},
    },
    "postmark": {
        "RecordType": "Delivery",
        "Recipient": "A@b.c",
        "Tag": "tg",
        "MessageID": "mid",
        "DeliveredAt": "2026-03-01T09:30:00.1234567Z",
        "Metadata": {"contact": "c", "campaign": "k"},
    },
    "ses": {
        "eventType": "Delivery",
        "mail": {
            "timestamp": "2026-03-01T09:00:00Z",
            "messageId": "mid",
            "destination": ["A@b.c", "d@e.f"],
            "tags": {"campaign": ["k"]},
        },
        "delivery": {"timestamp": "2026-03-01T09:30:00Z", "recipients": ["A@b.c"]},
        "open": {"timestamp": "2026-03-01T10:00:00Z"},
    },
    "twilio": {"MessageStatus": "delivered", "To": "+380501234567", "MessageSid": "SM1"},
}
HEADERS: Final = {
    "shopify": {"X-Shopify-Topic": "orders/updated"},
    "woocommerce": {"X-WC-Webhook-Topic": "order.updated"},
    "twilio": {"Content-Type": "application/x-www-form-urlencoded"},
}
MAPS: Final[Mapping[str, Map]] = {
    **{name: source.map_request for name, source in HOOKS.items()},
    "orders": yespo_orders.map_request,
    "event": yespo_events.map_request,
}


def given_back(amount: str, currency: str = "EUR") -> list[dict[str, Any]]:
    transaction = {"kind": "refund", "status": "success", "amount": amount, "currency": currency}
    failed = {**transaction, "status": "failure", "currency": "USD"}
    return [{"transactions": [failed, transaction, {**transaction, "kind": "sale"}]}]


def sent(source: str, change: Mapping[str, Any]) -> Outcome:
    payload: Any = changed(PAYLOADS[source], change)
    query = ""
    match source:
        case "orders":
            payload = {"orders": [payload]}
        case "mailgun":
            payload = {"event-data": payload}
        case "twilio":
            query = urlencode({"campaign": payload.pop("campaign", "k")})
            payload = urlencode(payload).encode()
    (element,) = MAPS[source](request(payload, HEADERS.get(source), query=query))
    return outcome(element)


def comparable(field: str, value: Any) -> Any:
    if value is ABSENT or value is None:
        return ABSENT
    if field in ("time", "ordered_at"):
        return parse_time(value)
    return Decimal(value) if field in ("amount", "refunded") else value


@pytest.mark.parametrize(
    ("source", "change", "becomes"),
    [
        ("orders", {}, {"ordered_at": "2026-03-01T07:30:00Z", "time": NOW, "contact": ABSENT, "partial": ABSENT}),
        ("orders", {"date": "2025-10-26T03:30:00"}, {"ordered_at": "2025-10-26T00:30:00Z"}),
        ("orders", {"date": "2025-03-30T03:30:00"}, {"ordered_at": "2025-03-30T01:30:00Z"}),
        ("orders", {"date": "2026-03-01 09:30+02"}, {"ordered_at": "2026-03-01T07:30:00Z"}),
        ("orders", {"totalCost": "12.3456", "currency": "kwd"}, {"amount": "12.346", "currency": "KWD"}),
        ("orders", {"totalCost": "1980.5", "currency": "JPY"}, {"amount": "1981"}),
        ("orders", {"totalCost": "0.005"}, {"amount": "0.01"}),
        ("orders", {"externalOrderId": 820982911946154508}, {"order": "820982911946154508"}),
        ("orders", {"phone": "+38 (050) 123-45.67"}, {"phone": "+380501234567"}),
        ("orders", {"phone": "00380501234567"}, {"phone": "+380501234567"}),
        ("orders", {"phone": "0501234567"}, {"phone": "0501234567"}),
        ("orders", {"statusDate": "2026-03-03T12:00:00.000Z"}, {"time": "2026-03-03T12:00:00Z"}),
        ("yespo", {}, {"campaign": "broadcast-55", "message": "i1", "time": "2026-03-01T09:30:00Z"}),
        ("yespo", {"broadcastId": "null"}, {"campaign": "message-9"}),
        ("yespo", {"mediaType": "In-App"}, {"channel": "inapp"}),
        ("yespo", {"mediaType": "Mobile Push", "activityStatus": "READ"}, {"channel": "mobilepush", "event": "opened"}),
        ("yespo", {"iid": "", "messageInstanceId": 77}, {"message": "77"}),
        ("sendgrid", {}, {"contact": "c1", "campaign": "k1", "message": "m1", "tags": ["x", "y"]}),
        ("sendgrid", {"contact": {}, "campaign": "", "message": None}, {"contact": "ann@b.c", "campaign": "x"}),
        ("sendgrid", {"message": ABSENT}, {"message": "abc"}),
        ("sendgrid", {"message": ABSENT, "sg_message_id": "abc.recvd-1.2"}, {"message": "abc"}),
        ("sendgrid", {"message": ABSENT, "sg_message_id": ABSENT}, {"message": "q@w"}),
        ("sendgrid", {"campaign": ABSENT, "marketing_campaign_id": 5}, {"campaign": "5"}),
        ("sendgrid", {"category": "a,b", "campaign": ABSENT}, {"campaign": "a,b", "tags": ["a,b"]}),
        ("sendgrid", {"event": "open", "sg_machine_open": "true"}, {"event": "opened", "automated": True}),
        ("sendgrid", {"event": "click", "sg_machine_open": True}, {"event": "clicked", "automated": ABSENT}),
        ("segment", {}, {"status": "DELIVERED", "amount": "99.9", "currency": "EUR", "email": "p@x.y"}),
        ("segment", {"properties.total": None}, {"amount": "80"}),
        ("segment", {"properties.currency": ABSENT}, {"currency": "UAH"}),
        ("segment", {"event": "ORDER UPDATED"}, {"partial": True, "amount": "99.9", "contact": ABSENT}),
        ("segment", {"event": "Order Cancelled", "properties.total": "?"}, {"status": "CANCELLED", "amount": ABSENT}),
        ("segment", {"event": "Order Refunded"}, {"refunded": "99.9", "currency": "EUR", "status": ABSENT}),
        ("segment", {"event": "Order Refunded", "properties.total": ABSENT}, {"status": "CANCELLED"}),
        ("segment", {"timestamp": "", "sentAt": "2026-03-01T02:00:00Z"}, {"time": "2026-03-01T02:00:00Z"}),
        ("shopify", {}, {"order": "820982911946154508", "status": "INITIALIZED", "refunded": ABSENT}),
        ("shopify", {"cancelled_at": NOW, "fulfillment_status": "fulfilled"}, {"status": "CANCELLED"}),
        ("shopify", {"financial_status": "voided", "fulfillment_status": "partial"}, {"status": "CANCELLED"}),
        ("shopify", {"financial_status": "paid", "fulfillment_status": "restocked"}, {"status": "CANCELLED"}),
        ("shopify", {"current_total_price": "50", "refunds": given_back("30")}, {"amount": "80", "refunded": "30"}),
        ("shopify", {"current_total_price": "120"}, {"amount": "120", "refunded": ABSENT}),
        ("shopify", {"current_total_price": "70", "refunds": given_back("9", "USD")}, {"refunded": "30"}),
        ("shopify", {"current_total_price": "170", "refunds": given_back("9", "USD")}, {"refunded": ABSENT}),
        ("shopify", {"cancelled_at": NOW, "current_total_price": "0"}, {"amount": "100"}),
        ("shopify", {"processed_at": None}, {"ordered_at": "2026-03-01T07:31:00Z"}),
        ("woocommerce", {}, {"ordered_at": "2026-03-01T09:30:00Z", "time": "2026-03-01T10:30:00Z"}),
        ("woocommerce", {"date_created_gmt": None}, {"ordered_at": "2026-03-01T09:30:00Z"}),
        ("woocommerce", {"date_modified_gmt": ABSENT, "date_modified": ABSENT}, {"time": NOW}),
        ("woocommerce", {"status": "wc-on-hold", "customer_id": 0}, {"external_customer_id": ABSENT}),
        ("woocommerce", {"status": "shipped-by-owl"}, {"status": "INITIALIZED"}),
        ("woocommerce", {"refunds": [{"total": "-10.00"}, {"total": "5.5"}]}, {"refunded": "15.5"}),
        ("woocommerce", {"refunds": [{"total": "-1000"}]}, {"refunded": "100"}),
        ("mailgun", {"client-info": {"bot": "apple"}}, {"automated": True, "time": "2026-03-01T09:30:00.500Z"}),
        ("mailgun", {"event": "accepted", "client-info": {"bot": "x"}}, {"event": "sent", "automated": ABSENT}),
        ("mailgun", {"user-variables": []}, {"contact": "a@b.c", "campaign": "t1", "message": "mid"}),
        ("postmark", {"Metadata": None}, {"contact": "a@b.c", "campaign": "tg", "time": "2026-03-01T09:30:00.123Z"}),
        ("ses", {}, {"contact": "a@b.c", "campaign": "k", "message": "mid", "time": "2026-03-01T09:30:00Z"}),
        ("ses", {"eventType": "Open", "mail.tags.contact": ["c"]}, {"contact": "c", "time": "2026-03-01T10:00:00Z"}),
        ("twilio", {}, {"contact": "+380501234567", "channel": "sms", "message": "SM1", "time": NOW}),
        ("twilio", {"To": "whatsapp:+380501234567"}, {"contact": "+380501234567", "channel": "whatsapp"}),
        ("twilio", {"MessageStatus": "", "SmsStatus": "read"}, {"event": "opened"}),
    ],
    ids=str,
)
def test_a_field_becomes_what_its_table_says(source: str, change: dict[str, Any], becomes: dict[str, Any]) -> None:
    came = sent(source, change)
    assert isinstance(came, list), came
    first = {field: comparable(field, came[0].get(field)) for field in becomes}
    assert first == {field: comparable(field, value) for field, value in becomes.items()}


@pytest.mark.parametrize(
    ("source", "change", "refused"),
    [
        ("orders", {"externalOrderId": "null"}, ("missing", "externalOrderId")),
        ("orders", {"email": "null"}, ("missing", "externalCustomerId")),
        ("orders", {"status": "Delivered"}, ("not_allowed", "status")),
        ("orders", {"totalCost": "1e3"}, ("bad_amount", "totalCost")),
        ("orders", {"date": 1772357400}, ("bad_time", "date")),
        ("orders", {"statusDate": "2026-03-03T12:00:00.001Z"}, ("in_future", "statusDate")),
        ("yespo", {"iid": ABSENT}, ("missing", "iid")),
        ("yespo", {"broadcastId": ABSENT, "messageId": ABSENT}, ("missing", "campaign")),
        ("yespo", {"activityStatus": "UNSUBSCRIBED", "contactId": ABSENT}, IGNORED),
        ("sendgrid", {"contact": ABSENT, "email": ABSENT}, ("missing", "email")),
        ("sendgrid", {"message": ABSENT, "sg_message_id": ABSENT, "smtp-id": ABSENT}, ("missing", "sg_message_id")),
        ("sendgrid", {"campaign": ABSENT, "category": []}, ("missing", "campaign")),
        ("sendgrid", {"timestamp": "177235740000"}, ("bad_time", "timestamp")),
        ("sendgrid", {"timestamp": 1772357400.5}, ("bad_time", "timestamp")),
        ("sendgrid", {"event": "bounce", "email": ABSENT, "timestamp": "?"}, IGNORED),
        ("segment", {"userId": ABSENT, "properties.email": ABSENT}, ("missing", "userId")),
        ("segment", {"properties.order_id": ""}, ("missing", "properties.order_id")),
        ("segment", {"timestamp": "2026-03-01T09:30:00"}, ("bad_time", "timestamp")),
        ("segment", {"type": "identify", "userId": ABSENT}, IGNORED),
        ("shopify", {"updated_at": ABSENT}, ("missing", "updated_at")),
        ("shopify", {"total_price": "12,50"}, ("bad_amount", "total_price")),
        ("shopify", {"test": True, "id": ABSENT}, IGNORED),
        ("woocommerce", {"status": "wc-checkout-draft"}, IGNORED),
        ("woocommerce", {"date_created_gmt": "", "date_created": ""}, ("missing", "date_created_gmt")),
        ("mailgun", {"user-variables": {}, "recipient": ABSENT}, ("missing", "recipient")),
        ("mailgun", {"event": "failed", "timestamp": "?"}, IGNORED),
        ("postmark", {"Metadata": {}, "Tag": ""}, ("missing", "campaign")),
        ("postmark", {"DeliveredAt": ABSENT}, ("missing", "DeliveredAt")),
        ("ses", {"eventType": "Open"}, ("ambiguous", "mail.destination")),
        ("ses", {"mail.tags": ABSENT}, ("missing", "campaign")),
        ("twilio", {"To": ""}, ("missing", "To")),
        ("twilio", {"campaign": ""}, ("missing", "campaign")),
        ("twilio", {"MessageStatus": "queued"}, IGNORED),
    ],
    ids=str,
)
def test_what_nothing_comes_of_says_why(source: str, change: dict[str, Any], refused: Outcome) -> None:
    assert sent(source, change) == refused
