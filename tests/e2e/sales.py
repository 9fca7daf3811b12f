"""One message and one purchase as each system sends them, and what the report has to show of both."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.reference.values import HOUR_MS, MINUTE_MS, moment_text

PUBLIC_URL: Final = "https://lasttouch.shop.example"
EMAIL: Final = "ann@shop.example"
PHONE: Final = "+380501234567"
CUSTOMER: Final = "9911"
CAMPAIGN: Final = "spring"
FORM: Final = {"Content-Type": "application/x-www-form-urlencoded"}
_KEY: Final = "hush"
_SENDGRID_KEY: Final = ec.generate_private_key(ec.SECP256R1())

SIGNING_KEYS: Final[Mapping[str, str]] = {
    "sendgrid": base64.b64encode(
        _SENDGRID_KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    ).decode(),
    **dict.fromkeys(("segment", "shopify", "woocommerce", "mailgun", "twilio"), _KEY),
}
"""Source → the key that its token carries."""


@dataclass(frozen=True)
class Post:
    """One request. Webhooks come with a token that is bound to their source, others with the account's own."""

    path: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def source(self) -> str | None:
        """Whose webhook it is."""
        return self.path.removeprefix("/v1/hooks/").partition("?")[0] if self.path.startswith("/v1/hooks/") else None


@dataclass(frozen=True)
class Sale:
    """What is sent, and what has to be shown of it."""

    posts: tuple[Post, ...]
    touched_at: str | None
    """None: when it was received."""
    ordered_at: str
    order: str = "6688"
    revenue: str = "258.30"
    channel: str = "email"
    event: str = "clicked"
    campaign: str = CAMPAIGN
    contact: str = "c42"
    email: str | None = EMAIL


def _post(path: str, payload: object, **headers: str) -> Post:
    return Post(path, json.dumps(payload).encode(), headers)


def twilio_callback() -> Post:
    """It says no time: it happens when it comes."""
    query = urlencode({"contact": "c42", "campaign": CAMPAIGN})
    form = {"MessageSid": "SM1", "MessageStatus": "delivered", "To": PHONE}
    return Post(f"/v1/hooks/twilio?{query}", urlencode(form).encode(), FORM)


def sendgrid_click(touched_ms: int) -> Post:
    """A click on a message of the campaign, and what is no touch."""
    told = {"email": EMAIL, "event": "click", "timestamp": touched_ms // 1_000, "sg_message_id": "m1.filter1"}
    return _post("/v1/hooks/sendgrid", [told | {"contact": "c42", "campaign": CAMPAIGN}, told | {"event": "bounce"}])


def yespo_part(order: str, part: str, ordered_ms: int) -> Post:
    """One of the events of an order: all but the one that made it name only what they change."""
    params: dict[str, Any] = {"externalOrderId": order}
    minutes, kind, version = _PARTS[part]
    match part:
        case "made":
            params |= {"status": "INITIALIZED", "totalCost": 100, "date": moment_text(ordered_ms), "email": EMAIL}
            params["firstName"] = "Ann"
        case "changed":
            params |= {"status": "IN_PROGRESS", "totalCost": "80.50"}
        case "named":
            params |= {"firstName": "Anna"}
    params["statusDate"] = moment_text(ordered_ms + minutes * MINUTE_MS)
    pairs = [{"name": name, "value": value} for name, value in params.items()]
    told = {"eventTypeKey": kind, "keyValue": EMAIL, "params": params if version == 3 else pairs}
    return _post(f"/api/v{version}/event", told)


_PARTS: Final = {
    "made": (0, "orderCreated", 1),
    "changed": (10, "orderUpdated", 2),
    "named": (20, "orderUpdated", 3),
    "delivered": (30, "orderDelivered", 1),
}
"""Part → minutes since the purchase, its event, and the version of the API that it is sent to."""


def sales(now_ms: int) -> dict[str, Sale]:
    """Source → a message of two hours ago, and a purchase of one hour ago that it earned."""
    touched_ms = (now_ms - 2 * HOUR_MS) // 1_000 * 1_000
    at = moment_text(touched_ms)
    ordered = moment_text(now_ms - HOUR_MS)
    click = _contract_click(at)
    sale = Sale((), at, ordered)
    made = {
        "events": replace(sale, posts=(_contract_events(click, ordered),)),
        "yespo-orders": replace(sale, posts=(_contract(click), _yespo_order(ordered, phone="380501234567"))),
        "yespo-event": replace(sale, posts=(_contract(click), *_yespo_events(ordered))),
        "yespo": replace(
            sale,
            posts=(_yespo_click(at), _yespo_order(ordered, externalCustomerId=CUSTOMER)),
            campaign="broadcast-7",
        ),
        "sendgrid": replace(sale, posts=(sendgrid_click(touched_ms), _yespo_order(ordered, email=" Ann@Shop.Example"))),
        "segment": replace(sale, posts=_segment(at, ordered)),
        "shopify": replace(sale, posts=(_contract(click), _shopify_order(ordered)), order="820982911946154508"),
        "woocommerce": replace(sale, posts=(_contract(click), *_woocommerce_order(ordered)), order="727"),
        "mailgun": replace(sale, posts=(_mailgun_click(touched_ms), _yespo_order(ordered, email=EMAIL)), contact=EMAIL),
        "postmark": replace(sale, posts=(_postmark_click(at), _yespo_order(ordered, email=EMAIL))),
        "ses": replace(sale, posts=(_ses_click(at), _yespo_order(ordered, email=EMAIL)), contact=EMAIL),
        "twilio": replace(
            sale,
            posts=(twilio_callback(), _yespo_order(moment_text(now_ms), phone=PHONE)),
            touched_at=None,
            ordered_at=moment_text(now_ms),
            channel="sms",
            event="delivered",
            email=None,
        ),
    }
    assert list(made) == list(SOURCES)
    return made


SOURCES: Final = (
    "events",
    "yespo-orders",
    "yespo-event",
    "yespo",
    "sendgrid",
    "segment",
    "shopify",
    "woocommerce",
    "mailgun",
    "postmark",
    "ses",
    "twilio",
)


def _contract_click(at: str) -> list[dict[str, Any]]:
    touch = {"channel": "email", "event": "clicked", "campaign": CAMPAIGN, "message": "m1"}
    declared = {"email": EMAIL, "phone": PHONE, "external_customer_id": CUSTOMER}
    return [
        {"type": "touch", "contact": "c42", "time": at, **touch},
        {"type": "contact", "contact": "c42", "time": at, **declared},
    ]


def _contract(events: list[dict[str, Any]]) -> Post:
    return _post("/v1/events", events, **{"Content-Type": "application/json"})


def _contract_events(click: list[dict[str, Any]], ordered: str) -> Post:
    order = {"status": "DELIVERED", "amount": "258.30", "currency": "EUR", "email": EMAIL}
    lines = [*click, {"type": "order", "order": "6688", "ordered_at": ordered, "time": ordered, **order}]
    return Post(
        "/v1/events", b"\n".join(json.dumps(line).encode() for line in lines), {"Content-Type": "application/x-ndjson"}
    )


def _yespo_order(ordered: str, **named: str) -> Post:
    order = {"externalOrderId": "6688", "totalCost": 258.30, "currency": "EUR", "status": "DELIVERED", "date": ordered}
    return _post("/api/v1/orders", {"orders": [order | named]})


def _yespo_events(ordered: str) -> tuple[Post, ...]:
    made = {"externalOrderId": 6688, "totalCost": "258.3", "status": "INITIALIZED", "date": ordered, "email": EMAIL}
    created = {"eventTypeKey": "orderCreated", "params": made}
    delivered = {"eventTypeKey": "orderDelivered", "params": [{"name": "externalOrderId", "value": "6688"}]}
    return _post("/api/v3/event", created), _post("/api/v1/event", delivered)


def _yespo_click(at: str) -> Post:
    told = {"contactId": "c42", "email": EMAIL, "externalCustomerId": CUSTOMER, "mediaType": "Email"}
    message = {"activityStatus": "CLICKED", "broadcastId": 7, "messageId": 8, "iid": "i-1", "activityDateTime": at[:23]}
    return _post("/v1/hooks/yespo", [told | message])


def _segment(at: str, ordered: str) -> tuple[Post, ...]:
    sent = {"campaign_id": CAMPAIGN, "message_id": "m1"}
    click = {"type": "track", "event": "Email Link Clicked", "userId": "c42", "timestamp": at, "properties": sent}
    bought = {"order_id": "6688", "total": 258.30, "currency": "EUR", "email": EMAIL}
    order = {"type": "track", "event": "Order Completed", "userId": "c42", "timestamp": ordered, "properties": bought}
    return _post("/v1/hooks/segment", {"batch": [click]}), _post("/v1/hooks/segment", order)


def _shopify_order(ordered: str) -> Post:
    order = {"id": 820982911946154508, "email": EMAIL, "currency": "EUR", "total_price": "258.30"}
    states = {"financial_status": "paid", "fulfillment_status": "fulfilled", "cancelled_at": None}
    times = {"processed_at": ordered, "created_at": ordered, "updated_at": ordered}
    return _post("/v1/hooks/shopify", order | states | times, **{"X-Shopify-Topic": "orders/fulfilled"})


def _woocommerce_order(ordered: str) -> tuple[Post, ...]:
    order = {"id": 727, "status": "completed", "currency": "EUR", "total": "258.30", "customer_id": 0}
    times = {"date_created_gmt": ordered[:23], "date_modified_gmt": ordered[:23]}
    ping = Post("/v1/hooks/woocommerce", b"webhook_id=5", FORM)
    topic = {"X-WC-Webhook-Topic": "order.updated"}
    return ping, _post("/v1/hooks/woocommerce", order | times | {"billing": {"email": EMAIL}}, **topic)


def _mailgun_click(touched_ms: int) -> Post:
    told = {"event": "clicked", "timestamp": touched_ms / 1_000, "recipient": EMAIL, "tags": [CAMPAIGN]}
    signed = {"timestamp": "1772357400", "token": "t1"}
    signature = hmac.new(_KEY.encode(), b"1772357400t1", "sha256").hexdigest()
    message = {"message": {"headers": {"message-id": "m1@shop.example"}}}
    return _post("/v1/hooks/mailgun", {"signature": signed | {"signature": signature}, "event-data": told | message})


def _postmark_click(at: str) -> Post:
    told = {"RecordType": "Click", "MessageID": "883953f4", "Recipient": EMAIL, "ReceivedAt": at}
    return _post("/v1/hooks/postmark", told | {"Metadata": {"contact": "c42", "campaign": CAMPAIGN}})


def _ses_click(at: str) -> Post:
    mail = {"timestamp": at, "messageId": "m1", "destination": [EMAIL], "tags": {"campaign": [CAMPAIGN]}}
    event = {"eventType": "Click", "mail": mail, "click": {"timestamp": at}}
    notification = {"Type": "Notification", "TopicArn": "arn", "Message": json.dumps(event)}
    return _post("/v1/hooks/ses", notification, **{"Content-Type": "text/plain"})


def signature_headers(post: Post, path: str) -> dict[str, str]:
    """What a sender proves with that the request is its own; `path`: as it is sent, with its query."""
    sign = _SIGNATURES.get(post.source or "")
    return {} if sign is None else sign(post.body, path)


def _sendgrid_signature(body: bytes, _path: str) -> dict[str, str]:
    signature = _SENDGRID_KEY.sign(b"1772357400" + body, ec.ECDSA(hashes.SHA256()))
    prefix = "X-Twilio-Email-Event-Webhook-"
    return {prefix + "Timestamp": "1772357400", prefix + "Signature": base64.b64encode(signature).decode()}


def _twilio_signature(body: bytes, path: str) -> dict[str, str]:
    form = "".join(name + value for name, value in sorted(parse_qsl(body.decode())))
    return {"X-Twilio-Signature": _base64_hmac(f"{PUBLIC_URL}{path}{form}".encode(), "sha1")}


def _base64_hmac(signed: bytes, digest: str) -> str:
    return base64.b64encode(hmac.new(_KEY.encode(), signed, digest).digest()).decode()


_SIGNATURES: Final[Mapping[str, Callable[[bytes, str], dict[str, str]]]] = {
    "sendgrid": _sendgrid_signature,
    "twilio": _twilio_signature,
    "segment": lambda body, _: {"X-Segment-Signature": hmac.new(_KEY.encode(), body, hashlib.sha1).hexdigest()},
    "shopify": lambda body, _: {"X-Shopify-Hmac-Sha256": _base64_hmac(body, "sha256")},
    "woocommerce": lambda body, _: {"X-WC-Webhook-Signature": _base64_hmac(body, "sha256")},
}
"""Mailgun's stands in the body, and those of the others are their tokens."""
