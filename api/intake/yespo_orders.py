"""Yespo / eSputnik, "Add orders": the states of orders (intake.md §4)."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from api.intake.contract_json import OrderValues, order_event
from api.intake.elements import Accepted, Element, Rejected, mapped
from api.intake.fields import Fields, missing
from api.intake.json_body import at_most, read_json
from api.intake.json_text import items_text
from api.intake.received import ReceivedTimes
from api.intake.refusals import RequestRefused
from api.intake.request import AccountValues, Request
from state.bad_events import BadEvent, shown
from state.events import STATUSES

ORDERS_MAX: Final = 1_000
"""Orders of one request (intake.md §1)."""


def map_request(request: Request) -> list[Element]:
    """What comes of each order. Raises `RequestRefused` for what holds no list of orders, and for too many."""
    body = read_json(request.body)
    orders = body.get("orders") if isinstance(body, dict) else None
    if not isinstance(orders, list):
        raise RequestRefused.bad_json('the body is no JSON object with a list "orders"')
    received = ReceivedTimes(request.received_ms)
    return [_element(value, request, received) for value in at_most(orders, ORDERS_MAX, "orders")]


def _element(value: object, request: Request, received: ReceivedTimes) -> Element:
    def map_one(fields: Fields) -> Accepted:
        return _order(fields, request.account, received)

    element = mapped(value, map_one, request.received_ms, null_text=True)
    return replace(element, id=_readable_id(value, request.received_ms)) if isinstance(element, Rejected) else element


def _readable_id(value: object, now_ms: int) -> str | None:
    if not isinstance(value, dict):
        return None
    try:
        return Fields(value, now_ms, null_text=True).text("externalOrderId")
    except BadEvent:
        return None


def _order(fields: Fields, account: AccountValues, received: ReceivedTimes) -> Accepted:
    order = fields.needed_text("externalOrderId")
    received_ms = received.next_of(order)
    status = one_status(fields, "status")
    if fields.value("totalCost") is None:
        raise missing("totalCost")
    currency = fields.currency("currency")
    values = OrderValues(
        status=status,
        amount=fields.needed_amount("totalCost", currency),
        currency=currency,
        ordered_at=fields.needed_time("date", zone=account.time_zone),
        external_customer_id=fields.text("externalCustomerId"),
        email=fields.email("email"),
        phone=fields.phone("phone"),
        first_name=fields.text("firstName"),
        last_name=fields.text("lastName"),
        items=items_text(fields.value("items")),
    )
    if not (values.external_customer_id or values.email or values.phone):
        raise missing("externalCustomerId")
    time = fields.time("statusDate", zone=account.time_zone)
    return Accepted((order_event(account.account, order, received_ms if time is None else time, values),))


def one_status(fields: Fields, path: str) -> str:
    """A status in the contract's own words. Raises `BadEvent`."""
    status = fields.needed_text(path)
    if status not in STATUSES:
        raise BadEvent("not_allowed", path, f"{shown(status)} is not one of {', '.join(STATUSES)}")
    return status
