"""Yespo / eSputnik, webhook of message events (intake.md §6)."""

from __future__ import annotations

from typing import Final

from api.intake import foreign_text
from api.intake.contract_json import Message
from api.intake.elements import Accepted, Element, Ignored, map_each
from api.intake.fields import Fields
from api.intake.identities import Addresses
from api.intake.json_body import one_or_many, read_json
from api.intake.request import Request
from api.intake.touches import OTHER_EVENT, accepted_touch, needed_campaign
from state.bad_events import BadEvent, shown
from state.settings import CHANNEL_NAME

_EVENTS: Final = {"SENT": "sent", "DELIVERED": "delivered", "READ": "opened", "CLICKED": "clicked"}


def map_request(request: Request) -> list[Element]:
    """What comes of each message event. Raises `RequestRefused`."""
    account = request.account.account
    values = one_or_many(read_json(request.body))
    return map_each(values, lambda fields: _touch(fields, account), request.received_ms, null_text=True)


def _touch(fields: Fields, account: str) -> Accepted | Ignored:
    event = _EVENTS.get(fields.word("activityStatus"))
    if event is None:
        return Ignored(OTHER_EVENT)
    contact = fields.needed_text("contactId")
    addresses = Addresses(fields.email("email"), fields.phone("sms", "viber"), fields.text("externalCustomerId"))
    message = Message(
        _channel(fields),
        _campaign(fields),
        fields.needed_text("iid", "messageInstanceId"),
        foreign_text.tags([(fields.value("messageTag"), "messageTag")]),
    )
    time = fields.needed_time("activityDateTime", zone="UTC")
    return accepted_touch(account, contact, addresses, message, event, time)


def _channel(fields: Fields) -> str:
    media = fields.needed_text("mediaType")
    channel = "".join(media.lower().replace("-", "").split())
    if not CHANNEL_NAME.fullmatch(channel):
        raise BadEvent("not_allowed", "mediaType", f"{shown(media)} is no channel; send one such as Web Push")
    return channel


def _campaign(fields: Fields) -> str:
    """A triggered message has no broadcast."""
    broadcast = fields.text("broadcastId")
    if broadcast is not None:
        return foreign_text.at_most_text(f"broadcast-{broadcast}", "broadcastId")
    return foreign_text.at_most_text(f"message-{needed_campaign(fields.text('messageId'))}", "messageId")
