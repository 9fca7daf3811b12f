"""Shopify, webhooks of orders (intake.md §9)."""

from __future__ import annotations

from typing import Final

from api.intake.contract_json import OrderValues, order_event
from api.intake.elements import Accepted, Element, Ignored, map_each
from api.intake.fields import Fields, amount_of
from api.intake.json_body import one_object, read_json
from api.intake.json_text import items_text
from api.intake.request import Request
from api.intake.signatures import is_base64_hmac
from api.intake.touches import OTHER_EVENT

_ORDER_TOPICS: Final = frozenset(
    f"orders/{name}" for name in ("create", "updated", "paid", "cancelled", "fulfilled", "partially_fulfilled")
)
_DELETE_TOPIC: Final = "orders/delete"
_PAID: Final = ("paid", "partially_refunded", "refunded")
_BY_FULFILLMENT: Final = {"restocked": "CANCELLED", "fulfilled": "DELIVERED", "partial": "IN_PROGRESS"}
_TRANSACTIONS: Final = "refunds[].transactions[].amount"


def is_signed(request: Request, key: str) -> bool:
    """Whether the signature of the body is that of `key`."""
    return is_base64_hmac(request.headers.get("x-shopify-hmac-sha256"), key, request.body, "sha256")


def map_request(request: Request) -> list[Element]:
    """What comes of the one order. Raises `RequestRefused`."""
    values = one_object(read_json(request.body))
    return map_each(values, lambda fields: _mapped(fields, request), request.received_ms)


def _mapped(fields: Fields, request: Request) -> Accepted | Ignored:
    topic = request.headers.get("x-shopify-topic", "").strip().lower()
    if fields.value("test") is True:
        return Ignored("a test")
    if topic == _DELETE_TOPIC:
        return _deleted(fields, request)
    if topic in _ORDER_TOPICS or (not topic and "financial_status" in fields.members):
        return _order(fields, request)
    return Ignored(OTHER_EVENT)


def _deleted(fields: Fields, request: Request) -> Accepted:
    order = fields.needed_text("id")
    header = "X-Shopify-Triggered-At"
    triggered = Fields({header: request.headers.get(header.lower())}, request.received_ms).time(header)
    time = request.received_ms if triggered is None else triggered
    return Accepted((order_event(request.account.account, order, time, OrderValues(status="CANCELLED"), partial=True),))


def _order(fields: Fields, request: Request) -> Accepted:
    order = fields.needed_text("id")
    status = _status(fields, delivered_when_paid=request.delivered_when_paid)
    currency = fields.currency("currency")
    total = fields.needed_amount("total_price", currency)
    current = fields.amount("current_total_price", currency)
    given_back = _given_back(fields, currency, total, total if current is None else current)
    amount = total
    if status != "CANCELLED" and current is not None:
        # Edits of an order count, what was given back is not taken off (contract §1).
        amount = max(current, min(total, current + given_back))
    values = OrderValues(
        status=status,
        amount=amount,
        currency=currency,
        refunded=min(given_back, amount) or None,
        ordered_at=fields.needed_time("processed_at", "created_at"),
        external_customer_id=fields.text("customer.id"),
        email=fields.email("email", "contact_email", "customer.email"),
        phone=fields.phone("phone", "customer.phone", "billing_address.phone", "shipping_address.phone"),
        first_name=fields.text("customer.first_name", "billing_address.first_name"),
        last_name=fields.text("customer.last_name", "billing_address.last_name"),
        items=items_text(fields.value("line_items")),
    )
    return Accepted((order_event(request.account.account, order, fields.needed_time("updated_at"), values),))


def _status(fields: Fields, *, delivered_when_paid: bool) -> str:
    financial = fields.word("financial_status").lower()
    if fields.value("cancelled_at") is not None or financial == "voided":
        return "CANCELLED"
    if delivered_when_paid and financial in _PAID:
        return "DELIVERED"
    return _BY_FULFILLMENT.get(fields.word("fulfillment_status").lower(), "INITIALIZED")


def _given_back(fields: Fields, currency: str, total: int, current: int) -> int:
    """Minor units given back so far; reckoned from the totals where they were given back in another currency."""
    given_back = 0
    for refund in fields.objects("refunds"):
        for transaction in Fields(refund, 0).objects("transactions"):
            if transaction.get("kind") != "refund" or transaction.get("status") != "success":
                continue
            paid_in = transaction.get("currency")
            if isinstance(paid_in, str) and paid_in.strip() and paid_in.strip().upper() != currency:
                return max(0, total - current)
            given_back += amount_of(transaction.get("amount"), _TRANSACTIONS, currency)
    return given_back
