"""Yespo / eSputnik, "Generate event": an order made, changed, delivered or cancelled (intake.md §5)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import msgspec

from api.intake.contract_json import OrderValues, order_event
from api.intake.elements import Accepted, Element, Ignored, rejected
from api.intake.fields import Fields, missing
from api.intake.json_body import parse_json, read_json
from api.intake.json_text import items_text
from api.intake.refusals import RequestRefused
from api.intake.request import AccountValues, Request
from api.intake.touches import OTHER_EVENT
from api.intake.yespo_orders import one_status
from state.bad_events import BadEvent

_FINAL_STATUSES: Final = {"orderDelivered": "DELIVERED", "orderCancelled": "CANCELLED"}
_CONTACT: Final = ("contactId", "contact_id")
_EMAIL: Final = ("email", "emailAddress", "userEmail", "contactEmail")
_PHONE: Final = ("phone", "sms", "phoneNumber")
_CURRENCY: Final = ("currency", "currencyCode")
_NAMES: Final = {
    name.lower(): name
    for name in (
        *("externalOrderId", "status", "totalCost", "date", "statusDate", "externalCustomerId"),
        *("firstName", "lastName", "items"),
        *(*_CONTACT, *_EMAIL, *_PHONE, *_CURRENCY),
    )
}
"""Names of params that are read, by their small letters: they compare without case."""
_PHONE_KEY: Final = re.compile(r"\+?\d{10,15}", re.ASCII)


def map_request(request: Request) -> list[Element]:
    """What comes of the one event. Raises `RequestRefused` for what is no JSON object."""
    body = read_json(request.body)
    if not isinstance(body, dict):
        raise RequestRefused.bad_json("the body is no JSON object")
    try:
        return [_mapped(Fields(body, request.received_ms, null_text=True), request)]
    except BadEvent as error:
        return [rejected(error, request.body)]


def _mapped(body: Fields, request: Request) -> Element:
    kind = body.needed_text("eventTypeKey")
    params = Fields(_params(body.value("params")), request.received_ms, null_text=True)
    match kind:
        case "orderCreated":
            return _created(body, params, request)
        case "orderUpdated":
            return _updated(params, request)
        case "orderDelivered" | "orderCancelled":
            return _finished(body, params, _FINAL_STATUSES[kind], request)
        case _:
            return Ignored(OTHER_EVENT)


def _params(value: object) -> Mapping[str, object]:
    """The params that are read, under the names that this module reads them by; the last of a name counts."""
    pairs: list[tuple[object, object]] = []
    if isinstance(value, dict):
        pairs = list(value.items())
    elif isinstance(value, list):
        pairs = [(one.get("name"), one.get("value")) for one in value if isinstance(one, dict)]
    named = ((_NAMES.get(name.strip().lower()), value) for name, value in pairs if isinstance(name, str))
    return {name: value for name, value in named if name is not None}


def _created(body: Fields, params: Fields, request: Request) -> Accepted:
    order = params.needed_text("externalOrderId")
    values = _with_contact(_whole(params, request.account), body)
    assert values.ordered_at is not None
    time = _status_date(params, request.account)
    if time is None:
        time = min(values.ordered_at, request.received_ms)
    return Accepted((order_event(request.account.account, order, time, values),))


def _whole(params: Fields, account: AccountValues) -> OrderValues:
    one_status(params, "status")
    if params.value("totalCost") is None:
        raise missing("totalCost")
    if params.value("date") is None:
        raise missing("date")
    return _given(params, account)


def _with_contact(values: OrderValues, body: Fields) -> OrderValues:
    if _names_somebody(values):
        return values
    key = body.text("keyValue")
    if key is None:
        raise missing(_CONTACT[0])
    if "@" in key:
        return replace(values, email=body.email("keyValue"))
    if _PHONE_KEY.fullmatch(key):
        return replace(values, phone=body.phone("keyValue"))
    return replace(values, external_customer_id=key)


def _updated(params: Fields, request: Request) -> Accepted:
    order = params.needed_text("externalOrderId")
    values = _given(params, request.account)
    is_whole = _names_somebody(values) and None not in (values.status, values.amount, values.ordered_at)
    return _accepted(order, values, params, request, partial=not is_whole)


def _finished(body: Fields, params: Fields, status: str, request: Request) -> Accepted:
    order = params.text("externalOrderId") or body.text("keyValue")
    if order is None:
        raise missing("externalOrderId")
    values = _given(Fields({**params.members, "status": status}, request.received_ms, null_text=True), request.account)
    return _accepted(order, values, params, request, partial=True)


def _accepted(order: str, values: OrderValues, params: Fields, request: Request, *, partial: bool) -> Accepted:
    time = _status_date(params, request.account)
    time = request.received_ms if time is None else time
    return Accepted((order_event(request.account.account, order, time, values, partial=partial),))


def _given(params: Fields, account: AccountValues) -> OrderValues:
    """What the params say. Raises `BadEvent` for what cannot be read."""
    is_amount = params.value("totalCost") is not None
    currency = params.currency(*_CURRENCY, default=account.currency) if is_amount else None
    return OrderValues(
        status=None if params.value("status") is None else one_status(params, "status"),
        amount=None if currency is None else params.needed_amount("totalCost", currency),
        currency=currency,
        ordered_at=params.time("date", zone=account.time_zone),
        contact=params.text(*_CONTACT),
        email=params.email(*_EMAIL),
        phone=params.phone(*_PHONE),
        external_customer_id=params.text("externalCustomerId"),
        first_name=params.text("firstName"),
        last_name=params.text("lastName"),
        items=_items(params.value("items")),
    )


def _items(value: object) -> msgspec.Raw | None:
    """The items, which one version of the API sends as JSON in a text."""
    if not isinstance(value, str):
        return items_text(value)
    try:
        return items_text(parse_json(value))
    except BadEvent:
        return None


def _status_date(params: Fields, account: AccountValues) -> int | None:
    return params.time("statusDate", zone=account.time_zone)


def _names_somebody(values: OrderValues) -> bool:
    return any((values.contact, values.email, values.phone, values.external_customer_id))
