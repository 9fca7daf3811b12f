"""Mailgun, webhooks of message events (intake.md §11)."""

from __future__ import annotations

from typing import Final

from api.intake import foreign_text, foreign_times
from api.intake.contract_json import Message
from api.intake.elements import Accepted, Element, Ignored, mapped, rejected
from api.intake.fields import Fields, missing
from api.intake.json_body import one_object, read_json
from api.intake.refusals import RequestRefused
from api.intake.request import Request
from api.intake.signatures import is_hex_hmac
from api.intake.touches import OTHER_EVENT, accepted_touch, email_contact, needed_campaign
from state.bad_events import BadEvent

_EVENTS: Final = {"accepted": "sent", "delivered": "delivered", "opened": "opened", "clicked": "clicked"}


def is_signed(request: Request, key: str) -> bool:
    """Whether the signature in the body, of the timestamp and the token beside it, is that of `key`."""
    try:
        body = read_json(request.body)
    except RequestRefused:
        return False
    signature = body.get("signature") if isinstance(body, dict) else None
    if not isinstance(signature, dict):
        return False
    timestamp, token, given = (str(signature.get(name, "")) for name in ("timestamp", "token", "signature"))
    return is_hex_hmac(given, key, (timestamp + token).encode(errors="replace"), "sha256")


def map_request(request: Request) -> list[Element]:
    """What comes of the one event. Raises `RequestRefused`."""
    body = one_object(read_json(request.body))[0]
    assert isinstance(body, dict)
    if "event-data" not in body:
        return [rejected(BadEvent("missing", "event-data", "not given; it is needed"), request.body)]
    account = request.account.account
    return [mapped(body["event-data"], lambda fields: _touch(fields, account), request.received_ms)]


def _touch(fields: Fields, account: str) -> Accepted | Ignored:
    event = _EVENTS.get(fields.word("event"))
    if event is None:
        return Ignored(OTHER_EVENT)
    own, address = fields.text("user-variables.contact"), fields.email("recipient")
    contact, addresses = email_contact(own, address, "recipient")
    tags = foreign_text.tags([(foreign_text.one_or_list(fields.value("tags")), "tags")])
    message = Message(
        "email",
        needed_campaign(fields.text("user-variables.campaign") or next(iter(tags), None)),
        _message(fields),
        foreign_text.tags([(tags, "tags"), (fields.value("user-variables.tags"), "user-variables.tags")]),
    )
    automated = event in ("opened", "clicked") and bool(fields.word("client-info.bot"))
    return accepted_touch(account, contact, addresses, message, event, _time(fields), automated=automated)


def _message(fields: Fields) -> str:
    named = fields.text("user-variables.message", "message.headers.message-id")
    if named is None:
        raise missing("message.headers.message-id")
    return named


def _time(fields: Fields) -> int:
    value = fields.value("timestamp")
    if value is None:
        raise missing("timestamp")
    if isinstance(value, str):
        return fields.needed_time("timestamp")
    return fields.not_ahead(foreign_times.decimal_seconds(value, "timestamp"), "timestamp")
