"""Twilio, status callbacks of messages (intake.md §11)."""

from __future__ import annotations

from typing import Final

from api.intake import foreign_text
from api.intake.contract_json import Message
from api.intake.elements import Accepted, Element, Ignored, mapped
from api.intake.fields import Fields, missing
from api.intake.identities import Addresses
from api.intake.refusals import RequestRefused
from api.intake.request import FORM, Request
from api.intake.signatures import is_base64_hmac
from api.intake.touches import OTHER_EVENT, accepted_touch, needed_campaign

_EVENTS: Final = {"sent": "sent", "delivered": "delivered", "read": "opened"}
_FROM_QUERY: Final = ("contact", "campaign", "message", "tags")
_PREFIXES: Final = {"whatsapp:": "whatsapp", "messenger:": "messenger"}


def is_signed(request: Request, key: str) -> bool:
    """Whether the signature of the public URL and the form is that of `key`."""
    try:
        form = request.form()
    except RequestRefused:
        return False
    signed = request.url + "".join(name + value for name, value in sorted(form))
    return is_base64_hmac(request.headers.get("x-twilio-signature"), key, signed.encode(errors="replace"), "sha1")


def map_request(request: Request) -> list[Element]:
    """What comes of the one status. Raises `RequestRefused` for what is no form."""
    if request.media_type not in ("", FORM):
        raise RequestRefused.bad_json(f"the body is no form; send {FORM}")
    query = {name: value for name, value in request.query_values().items() if name in _FROM_QUERY}
    status = {**dict(request.form()), "query": query}
    return [mapped(status, lambda fields: _touch(fields, request), request.received_ms)]


def _touch(fields: Fields, request: Request) -> Accepted | Ignored:
    event = _EVENTS.get((fields.word("MessageStatus") or fields.word("SmsStatus")).lower())
    if event is None:
        return Ignored(OTHER_EVENT)
    channel, address = _address(fields)
    contact = fields.text("query.contact") or address
    if contact is None:
        raise missing("To")
    message_id = fields.text("query.message", "MessageSid")
    campaign = needed_campaign(fields.text("query.campaign"))
    if message_id is None:
        raise missing("MessageSid")
    message = Message(channel, campaign, message_id, foreign_text.tags([(fields.value("query.tags"), "tags")]))
    # What stands behind messenger: is no phone, but an id of its own.
    addresses = Addresses(phone=None if channel == "messenger" else address)
    return accepted_touch(request.account.account, contact, addresses, message, event, request.received_ms)


def _address(fields: Fields) -> tuple[str, str | None]:
    """The channel, and whom the message went to there."""
    to = fields.text("To") or ""
    for prefix, channel in _PREFIXES.items():
        if to.startswith(prefix):
            rest = to.removeprefix(prefix).strip()
            return channel, (rest or None) if channel == "messenger" else foreign_text.phone(rest)
    return "sms", foreign_text.phone(to)
