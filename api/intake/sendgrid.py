"""SendGrid, event webhook (intake.md §7)."""

from __future__ import annotations

import re
from typing import Final

from api.intake import foreign_text, foreign_times
from api.intake.contract_json import Message
from api.intake.elements import Accepted, Element, Ignored, map_each
from api.intake.fields import Fields, missing
from api.intake.json_body import one_or_many, read_json
from api.intake.request import Request
from api.intake.signatures import is_ecdsa_p256
from api.intake.touches import OTHER_EVENT, accepted_touch, email_contact, needed_campaign

_EVENTS: Final = {"processed": "sent", "delivered": "delivered", "open": "opened", "click": "clicked"}
_VARYING: Final = re.compile(r"\.(?:filter|recvd)")
"""Begins what differs between the events of one message."""
_PREFIX: Final = "x-twilio-email-event-webhook-"


def is_signed(request: Request, key: str) -> bool:
    """Whether the signature of the timestamp's header and the body is that of the public key `key`."""
    timestamp = request.headers.get(_PREFIX + "timestamp", "")
    signed = timestamp.encode(errors="replace") + request.body
    return is_ecdsa_p256(request.headers.get(_PREFIX + "signature"), key, signed)


def map_request(request: Request) -> list[Element]:
    """What comes of each event. Raises `RequestRefused`."""
    account = request.account.account
    return map_each(one_or_many(read_json(request.body)), lambda fields: _touch(fields, account), request.received_ms)


def _touch(fields: Fields, account: str) -> Accepted | Ignored:
    event = _EVENTS.get(fields.word("event"))
    if event is None:
        return Ignored(OTHER_EVENT)
    contact, addresses = email_contact(fields.text("contact"), fields.email("email"), "email")
    categories = foreign_text.tags([(foreign_text.one_or_list(fields.value("category")), "category")])
    custom = foreign_text.tags([(fields.value("tags"), "tags")])
    tags = list(dict.fromkeys((*categories, *custom))) if custom else categories
    message = Message("email", _campaign(fields, categories), _message(fields), tags)
    automated = event == "opened" and _is_true(fields.value("sg_machine_open"))
    return accepted_touch(account, contact, addresses, message, event, _time(fields), automated=automated)


def _campaign(fields: Fields, categories: list[str]) -> str:
    named = fields.text("campaign", "singlesend_id", "marketing_campaign_id")
    return needed_campaign(named or next(iter(categories), None))


def _message(fields: Fields) -> str:
    named = fields.text("message")
    if named is not None:
        return named
    own = _VARYING.split(fields.text("sg_message_id") or "", maxsplit=1)[0]
    smtp = (fields.text("smtp-id") or "").strip("<> ")
    if not own and not smtp:
        raise missing("sg_message_id")
    return own or smtp


def _time(fields: Fields) -> int:
    value = fields.value("timestamp")
    if value is None:
        raise missing("timestamp")
    return fields.not_ahead(foreign_times.whole_seconds(value, "timestamp"), "timestamp")


def _is_true(value: object) -> bool:
    return value is True or value == "true"
