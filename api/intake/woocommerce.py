"""WooCommerce, webhooks of orders (intake.md §10)."""

from __future__ import annotations

import re
from typing import Final

from api.intake.contract_json import OrderValues, order_event
from api.intake.elements import Accepted, Element, Ignored, map_each
from api.intake.fields import Fields, amount_of, missing
from api.intake.json_body import one_object, read_json
from api.intake.json_text import items_text
from api.intake.request import Request
from api.intake.signatures import is_base64_hmac
from api.intake.touches import OTHER_EVENT

_RESTORED: Final = "order.restored"
_DELETED: Final = "order.deleted"
_ORDER_TOPICS: Final = frozenset({"order.created", "order.updated", _RESTORED})
_STATUSES: Final = {
    "processing": "IN_PROGRESS",
    "on-hold": "IN_PROGRESS",
    "completed": "DELIVERED",
    "cancelled": "CANCELLED",
    "failed": "CANCELLED",
    "refunded": "CANCELLED",
    "trash": "CANCELLED",
}
"""What is not in it is pending, or a status of the shop's own: the order is made, and no more is known."""
_NO_ORDER_YET: Final = frozenset({"checkout-draft", "auto-draft", "draft", "new"})
_PING: Final = re.compile(rb"webhook_id=\d+\s*")


def is_signed(request: Request, key: str) -> bool:
    """Whether the signature of the body is that of `key`; the ping at saving has none."""
    if _is_ping(request):
        return True
    return is_base64_hmac(request.headers.get("x-wc-webhook-signature"), key, request.body, "sha256")


def map_request(request: Request) -> list[Element]:
    """What comes of the one order. Raises `RequestRefused`."""
    if _is_ping(request):
        return [Ignored("a ping")]
    values = one_object(read_json(request.body))
    return map_each(values, lambda fields: _mapped(fields, request), request.received_ms)


def _is_ping(request: Request) -> bool:
    return bool(_PING.fullmatch(request.body))


def _mapped(fields: Fields, request: Request) -> Accepted | Ignored:
    topic = request.headers.get("x-wc-webhook-topic", "").strip().lower()
    if topic == _DELETED:
        order = fields.needed_text("id")
        values = OrderValues(status="CANCELLED")
        return Accepted((order_event(request.account.account, order, request.received_ms, values, partial=True),))
    is_order = not topic and "status" in fields.members and "currency" in fields.members
    if topic in _ORDER_TOPICS or is_order:
        return _order(fields, request, is_restored=topic == _RESTORED)
    return Ignored(OTHER_EVENT)


def _order(fields: Fields, request: Request, *, is_restored: bool) -> Accepted | Ignored:
    zone = request.account.time_zone
    status = fields.needed_text("status").lower().removeprefix("wc-")
    if status in _NO_ORDER_YET:
        return Ignored("no order yet")
    order = fields.needed_text("id")
    currency = fields.currency("currency")
    amount = fields.needed_amount("total", currency)
    ordered_at = _first(fields, "date_created_gmt", "date_created", zone)
    if ordered_at is None:
        raise missing("date_created_gmt")
    customer = fields.text("customer_id")
    values = OrderValues(
        status=_STATUSES.get(status, "INITIALIZED"),
        amount=amount,
        currency=currency,
        refunded=min(_given_back(fields, currency), amount) or None,
        ordered_at=ordered_at,
        external_customer_id=None if customer == "0" else customer,
        email=fields.email("billing.email"),
        phone=fields.phone("billing.phone"),
        first_name=fields.text("billing.first_name"),
        last_name=fields.text("billing.last_name"),
        items=items_text(fields.value("line_items")),
    )
    time = None if is_restored else _first(fields, "date_modified_gmt", "date_modified", zone)
    time = request.received_ms if time is None else time
    return Accepted((order_event(request.account.account, order, time, values),))


def _first(fields: Fields, in_utc: str, local: str, zone: str) -> int | None:
    """ms of a time that comes in UTC, or by the shop's clock."""
    time = fields.time(in_utc, zone="UTC")
    return fields.time(local, zone=zone) if time is None else time


def _given_back(fields: Fields, currency: str) -> int:
    """Minor units given back so far: the totals of refunds come with or without a minus."""
    totals = [Fields(refund, 0).value("total") for refund in fields.objects("refunds")]
    return sum(amount_of(total, "refunds[].total", currency, unsigned=True) for total in totals if total is not None)
