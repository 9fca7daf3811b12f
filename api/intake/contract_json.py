"""The contract's events as the JSON that goes into the topics (contract §1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from connectors.sources.raw_lines import MAX_EVENT_BYTES
from state import money, times
from state.bad_events import BadEvent

_encode: Final = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Message:
    """One message to one contact, as a sender knows it."""

    channel: str
    campaign: str
    id: str
    tags: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class OrderValues:
    """What an element says of an order; None: nothing. Times in ms, amounts in minor units of `currency`."""

    status: str | None = None
    amount: int | None = None
    currency: str | None = None
    ordered_at: int | None = None
    refunded: int | None = None
    contact: str | None = None
    email: str | None = None
    phone: str | None = None
    external_customer_id: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    items: msgspec.Raw | None = None


def touch_event(
    account: str, contact: str, message: Message, event: str, time: int, *, automated: bool = False
) -> bytes:
    """A `touch` at `time` (ms). Raises `BadEvent` where it is longer than 1 MiB."""
    return _one_event(
        {
            "type": "touch",
            "account": account,
            "contact": contact,
            "channel": message.channel,
            "event": event,
            "campaign": message.campaign,
            "message": message.id,
            "tags": message.tags or None,
            "automated": automated or None,
            "time": times.format_time(time),
        }
    )


def order_event(account: str, order: str, time: int, values: OrderValues, *, partial: bool = False) -> bytes:
    """An `order` at `time` (ms), whole or partial. Raises `BadEvent` where it is longer than 1 MiB."""
    currency = values.currency if values.amount is not None or values.refunded is not None else None
    return _one_event(
        {
            "type": "order",
            "account": account,
            "order": order,
            "partial": partial or None,
            "contact": values.contact,
            "status": values.status,
            "amount": _amount(values.amount, currency),
            "currency": currency,
            "ordered_at": None if values.ordered_at is None else times.format_time(values.ordered_at),
            "time": times.format_time(time),
            "refunded": _amount(values.refunded, currency),
            "email": values.email,
            "phone": values.phone,
            "external_customer_id": values.external_customer_id,
            "first_name": values.first_name,
            "last_name": values.last_name,
            "items": values.items,
        }
    )


def contact_event(account: str, contact: str, time: int, person: Mapping[str, str | None]) -> bytes:
    """A `contact` that declares the fields of `person` at `time` (ms)."""
    return _one_event(
        {"type": "contact", "account": account, "contact": contact, **person, "time": times.format_time(time)}
    )


def _amount(minor: int | None, currency: str | None) -> str | None:
    return None if minor is None or currency is None else money.format_amount(minor, currency)


def _one_event(members: Mapping[str, object]) -> bytes:
    event = _encode({name: value for name, value in members.items() if value is not None})
    if len(event) > MAX_EVENT_BYTES:
        raise BadEvent("too_large", None, f"an event of {len(event)} bytes; send at most 1 MiB")
    return event
