"""Segment: mails, orders and people, from a webhook or a source function (intake.md §8)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from api.intake import foreign_text
from api.intake.contract_json import Message, OrderValues, contact_event, order_event
from api.intake.elements import Accepted, Element, Ignored, map_each
from api.intake.fields import Fields, missing
from api.intake.json_body import ELEMENTS_MAX, at_most, one_or_many, read_json
from api.intake.json_text import items_text
from api.intake.received import ReceivedTimes
from api.intake.request import AccountValues, Request
from api.intake.signatures import is_hex_hmac
from api.intake.touches import OTHER_EVENT, accepted_touch, email_contact, needed_campaign
from connectors.sources.raw_lines import BYTE_ORDER_MARK
from state.json_members import first_element

_USER: Final = ("userId", "user_id")
_EMAIL: Final = ("context.traits.email", "properties.email", "traits.email")
_TIME: Final = ("timestamp", "originalTimestamp", "sentAt", "receivedAt")
_AMOUNT: Final = ("properties.total", "properties.revenue", "properties.value")
_ORDER: Final = "properties.order_id"
_MAILS: Final = {
    "email sent": "sent",
    "email delivered": "delivered",
    "email opened": "opened",
    "email link clicked": "clicked",
}


def is_signed(request: Request, key: str) -> bool:
    """Whether one of the two signatures is that of `key`: of the body, or of a list's first element alone."""
    given, other = request.headers.get("x-segment-signature"), request.headers.get("x-signature")
    if is_hex_hmac(given, key, request.body, "sha1") or is_hex_hmac(other, key, request.body, "sha1"):
        return True
    try:
        first = first_element(request.body.removeprefix(BYTE_ORDER_MARK).decode())
    except UnicodeDecodeError:
        return False
    return first is not None and is_hex_hmac(other, key, first.encode(), "sha1")


def map_request(request: Request) -> list[Element]:
    """What comes of each message. Raises `RequestRefused`."""
    body = read_json(request.body)
    batch = body.get("batch") if isinstance(body, dict) else None
    values = at_most(batch, ELEMENTS_MAX, "elements") if isinstance(batch, list) else one_or_many(body)
    messages = _Messages(request)
    return map_each(values, messages.map_one, request.received_ms)


class _Messages:
    """The messages of one request."""

    def __init__(self, request: Request) -> None:
        self._account: AccountValues = request.account
        self._received_ms = request.received_ms
        self._received = ReceivedTimes(request.received_ms)
        self._orders: dict[str, Callable[[Fields], OrderValues]] = {
            "order updated": self._changed,
            "order cancelled": self._cancelled,
            "order refunded": self._refunded,
        }

    def map_one(self, fields: Fields) -> Accepted | Ignored:
        """What comes of one message. Raises `BadEvent`."""
        kind = fields.word("type").lower()
        if kind == "identify":
            return self._person(fields)
        name = " ".join(fields.word("event").lower().split()) if kind == "track" else ""
        if name in _MAILS:
            return self._mail(fields, _MAILS[name])
        if name == "order completed":
            return self._completed(fields)
        if name in self._orders:
            return self._partial(fields, self._orders[name])
        return Ignored(OTHER_EVENT)

    def _person(self, fields: Fields) -> Accepted | Ignored:
        contact = fields.text(*_USER)
        if contact is None:
            return Ignored("nobody is named")
        person = {
            "email": fields.email("traits.email"),
            "phone": fields.phone("traits.phone"),
            "first_name": fields.text("traits.firstName", "traits.first_name"),
            "last_name": fields.text("traits.lastName", "traits.last_name"),
        }
        return Accepted((contact_event(self._account.account, contact, self._time(fields), person),))

    def _mail(self, fields: Fields, event: str) -> Accepted:
        contact, addresses = email_contact(fields.text(*_USER), fields.email(*_EMAIL), _USER[0])
        campaign = needed_campaign(fields.text("properties.campaign_id", "properties.campaign_name"))
        message = Message(
            "email",
            campaign,
            fields.text("properties.message_id", "properties.email_id") or campaign,
            foreign_text.tags([(fields.value("properties.tags"), "properties.tags")]),
        )
        automated = fields.value("properties.machine_open") is True
        account = self._account.account
        return accepted_touch(account, contact, addresses, message, event, self._time(fields), automated=automated)

    def _completed(self, fields: Fields) -> Accepted:
        order = fields.needed_text(_ORDER)
        time = self._time(fields, order)
        contact, email = fields.text(*_USER), fields.email(*_EMAIL)
        if contact is None and email is None:
            raise missing(_USER[0])
        amount, currency = self._amount(fields)
        if amount is None:
            raise missing(_AMOUNT[0])
        values = OrderValues(
            status="DELIVERED",
            amount=amount,
            currency=currency,
            ordered_at=time,
            contact=contact,
            email=email,
            items=items_text(fields.value("properties.products")),
        )
        return Accepted((order_event(self._account.account, order, time, values),))

    def _partial(self, fields: Fields, values_of: Callable[[Fields], OrderValues]) -> Accepted:
        order = fields.needed_text(_ORDER)
        time = self._time(fields, order)
        return Accepted((order_event(self._account.account, order, time, values_of(fields), partial=True),))

    def _changed(self, fields: Fields) -> OrderValues:
        amount, currency = self._amount(fields)
        return OrderValues(amount=amount, currency=currency, items=items_text(fields.value("properties.products")))

    def _cancelled(self, _: Fields) -> OrderValues:
        """Its total is not reliable."""
        return OrderValues(status="CANCELLED")

    def _refunded(self, fields: Fields) -> OrderValues:
        """Without a total the whole order was given back."""
        if fields.value("properties.total") is None:
            return OrderValues(status="CANCELLED")
        currency = self._currency(fields)
        return OrderValues(refunded=fields.amount("properties.total", currency), currency=currency)

    def _amount(self, fields: Fields) -> tuple[int | None, str | None]:
        """The first amount that is given, with its currency; None where none is."""
        path = fields.given(*_AMOUNT)
        if path is None:
            return None, None
        currency = self._currency(fields)
        return fields.amount(path, currency), currency

    def _currency(self, fields: Fields) -> str:
        return fields.currency("properties.currency", default=self._account.currency)

    def _time(self, fields: Fields, order: str | None = None) -> int:
        """ms: when the sender says it happened, else the receipt."""
        received = self._received_ms if order is None else self._received.next_of(order)
        time = fields.time(*_TIME)
        return received if time is None else time
