"""Postmark, webhooks of message events (intake.md §11)."""

from __future__ import annotations

from typing import Final

from api.intake import foreign_text
from api.intake.contract_json import Message
from api.intake.elements import Accepted, Element, Ignored, map_each
from api.intake.fields import Fields, missing
from api.intake.json_body import one_object, read_json
from api.intake.request import Request
from api.intake.touches import OTHER_EVENT, accepted_touch, email_contact, needed_campaign

_EVENTS: Final = {"Delivery": "delivered", "Open": "opened", "Click": "clicked"}


def map_request(request: Request) -> list[Element]:
    """What comes of the one event. Raises `RequestRefused`."""
    account = request.account.account
    values = one_object(read_json(request.body))
    return map_each(values, lambda fields: _touch(fields, account), request.received_ms)


def _touch(fields: Fields, account: str) -> Accepted | Ignored:
    event = _EVENTS.get(fields.word("RecordType"))
    if event is None:
        return Ignored(OTHER_EVENT)
    own, address = fields.text("Metadata.contact"), fields.email("Recipient")
    contact, addresses = email_contact(own, address, "Recipient")
    campaign = needed_campaign(fields.text("Metadata.campaign", "Tag"))
    message_id = fields.text("Metadata.message", "MessageID")
    if message_id is None:
        raise missing("MessageID")
    tags = foreign_text.tags([([fields.value("Tag")], "Tag"), (fields.value("Metadata.tags"), "Metadata.tags")])
    time = fields.needed_time("DeliveredAt", "ReceivedAt")
    return accepted_touch(account, contact, addresses, Message("email", campaign, message_id, tags), event, time)
