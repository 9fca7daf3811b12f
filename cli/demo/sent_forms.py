"""The shop's events as other systems send them: mails as SendGrid does, orders as Yespo does, the rest as they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec

from generator.lines import email_of
from state.times import SECOND_MS, parse_time

_SENDGRID_EVENTS: Final = {"sent": "processed", "delivered": "delivered", "opened": "open", "clicked": "click"}
_YESPO_NAMES: Final = {
    "order": "externalOrderId",
    "status": "status",
    "amount": "totalCost",
    "currency": "currency",
    "ordered_at": "date",
    "time": "statusDate",
    "external_customer_id": "externalCustomerId",
    "phone": "phone",
    "first_name": "firstName",
    "last_name": "lastName",
    "items": "items",
}
_decode: Final = msgspec.json.Decoder(dict[str, Any]).decode
_encode: Final = msgspec.json.encode

Event = Mapping[str, Any]


class Form(NamedTuple):
    """A request to the HTTP API."""

    path: str
    body: bytes


class SentForms:
    """Puts the events of a shop of so many contacts into the forms of their senders."""

    def __init__(self, contacts: int) -> None:
        self._is_declared = bytearray(contacts + 1)

    def of(self, lines: Sequence[bytes]) -> Iterator[Form]:
        """At most one request of each kind, with everything that the lines say."""
        mails: list[Event] = []
        orders: list[Event] = []
        others: list[Event] = []
        for event in map(_decode, lines):
            if event["type"] == "order":
                others += self._declared(event)
                orders.append(_yespo_order(event))
                if "refunded" in event:
                    others.append(_refund(event))
            elif _is_sendgrids(event):
                mails.append(_sendgrid_event(event))
            else:
                others += self._declared(event)
                others.append(event)
        if others:
            yield Form("/v1/events", _encode(others))
        if mails:
            yield Form("/v1/hooks/sendgrid", _encode(mails))
        if orders:
            yield Form("/api/v1/orders", _encode({"orders": orders}))

    def _declared(self, event: Event) -> list[Event]:
        """Whose an address is, told once: orders name nothing else, and only SendGrid tells it of its own accord."""
        contact = _number(event)
        if self._is_declared[contact]:
            return []
        self._is_declared[contact] = True
        told = {"contact": event["contact"], "email": email_of(contact), "time": event["time"]}
        return [{"type": "contact", "account": event["account"], **told}]


def _number(event: Event) -> int:
    return int(event["contact"].removeprefix("c"))


def _is_sendgrids(event: Event) -> bool:
    """Mails are, but for a scanner's clicks: SendGrid says of opens only that a machine did them."""
    return event["channel"] == "email" and not (event["event"] == "clicked" and event.get("automated"))


def _sendgrid_event(touch: Event) -> Event:
    told = {
        "email": email_of(_number(touch)),
        "event": _SENDGRID_EVENTS[touch["event"]],
        "timestamp": parse_time(touch["time"]) // SECOND_MS,
        "category": touch.get("tags", []),
        **{name: touch[name] for name in ("contact", "campaign", "message")},
    }
    return {**told, "sg_machine_open": True} if touch.get("automated") else told


def _yespo_order(order: Event) -> Event:
    named = {name: order[ours] for ours, name in _YESPO_NAMES.items() if ours in order}
    return {**named, "email": email_of(_number(order))}


def _refund(order: Event) -> Event:
    """What Yespo's orders have no field for. Of the same state as the order's event, so that it stands above it."""
    told = ("type", "account", "order", "status", "amount", "currency", "refunded", "time")
    return {**{name: order[name] for name in told}, "partial": True}
