"""Amazon SES, event publishing and notifications through SNS (intake.md §11)."""

from __future__ import annotations

from typing import Final

from api.intake import foreign_text
from api.intake.contract_json import Message, touch_event
from api.intake.elements import Accepted, Element, Ignored, mapped, rejected
from api.intake.fields import Fields, missing
from api.intake.identities import Addresses, declared
from api.intake.json_body import one_object, parse_json, read_json
from api.intake.request import Request
from api.intake.touches import OTHER_EVENT, needed_campaign
from state.bad_events import BadEvent

_EVENTS: Final = {"Send": "sent", "Delivery": "delivered", "Open": "opened", "Click": "clicked"}
_TIMES: Final = {
    "sent": "mail.timestamp",
    "delivered": "delivery.timestamp",
    "opened": "open.timestamp",
    "clicked": "click.timestamp",
}
_CONFIRMATIONS: Final = ("SubscriptionConfirmation", "UnsubscribeConfirmation")
_OPERATOR_READS: Final = ("Type", "TopicArn", "SubscribeURL")
_SHOWN_MAX: Final = 2_000
_RECIPIENTS_MAX: Final = 1_000
_DESTINATION: Final = "mail.destination"


def map_request(request: Request) -> list[Element]:
    """What comes of the one notification. Raises `RequestRefused`."""
    body = one_object(read_json(request.body))[0]
    assert isinstance(body, dict)
    envelope = Fields(body, request.received_ms)
    kind = envelope.word("Type")
    if kind in _CONFIRMATIONS:
        return [
            Ignored(
                "to be confirmed by the operator", {name: envelope.word(name)[:_SHOWN_MAX] for name in _OPERATOR_READS}
            )
        ]
    if kind == "Notification":
        return [_notified(envelope, request)]
    return [_mapped(body, request)]


def _mapped(event: object, request: Request) -> Element:
    account = request.account.account
    return mapped(event, lambda fields: _touches(fields, account), request.received_ms)


def _notified(envelope: Fields, request: Request) -> Element:
    """The event is JSON in a text; AWS also sends plain sentences, such as one that greets a new topic."""
    try:
        text = envelope.value("Message")
        if text is None:
            raise missing("Message")
        if not isinstance(text, str):
            raise BadEvent("wrong_type", "Message", "no text; send the event's JSON as text")
        if not text.lstrip().startswith(("{", "[")):
            return Ignored(OTHER_EVENT)
        return _mapped(_json_of(text), request)
    except BadEvent as error:
        return rejected(error, request.body)


def _json_of(text: str) -> object:
    try:
        return parse_json(text.strip())
    except BadEvent as error:
        raise BadEvent("bad_json", "Message", error.message) from None


def _touches(fields: Fields, account: str) -> Accepted | Ignored:
    event = _EVENTS.get(fields.word("eventType") or fields.word("notificationType"))
    if event is None:
        return Ignored(OTHER_EVENT)
    contacts = _contacts(fields, is_delivery=event == "delivered")
    message_id = _first_tag(fields, "message") or fields.text("mail.messageId")
    campaign = needed_campaign(_first_tag(fields, "campaign"))
    if message_id is None:
        raise missing("mail.messageId")
    tags = [part for value in foreign_text.one_or_list(fields.value("mail.tags.tags")) for part in _tags_in(value)]
    message = Message("email", campaign, message_id, list(dict.fromkeys(tags)))
    time = fields.needed_time(_TIMES[event])
    return Accepted(
        tuple(dict.fromkeys(touch_event(account, contact, message, event, time) for contact, _ in contacts)),
        tuple(one for contact, addresses in contacts for one in declared(contact, addresses, time)),
    )


def _contacts(fields: Fields, *, is_delivery: bool) -> list[tuple[str, Addresses]]:
    """Whom the message went to. Raises `BadEvent` where nobody is named, and where it could be one of several."""
    own = _first_tag(fields, "contact")
    path = _DESTINATION
    if is_delivery and fields.value("delivery.recipients") is not None:
        path = "delivery.recipients"
    texts = (foreign_text.trimmed(value, path) for value in foreign_text.one_or_list(fields.value(path)))
    recipients = list(dict.fromkeys(foreign_text.email(text) for text in texts if text is not None))
    if own is not None:
        # Of several addresses nobody says which is the contact's.
        return [(own, Addresses(email=recipients[0] if len(recipients) == 1 else None))]
    if not recipients:
        raise missing("delivery.recipients" if is_delivery else _DESTINATION)
    if len(recipients) > _RECIPIENTS_MAX:
        raise BadEvent("too_large", path, f"{len(recipients)} addresses; SES sends to 50 at most")
    if len(recipients) > 1 and path == _DESTINATION:
        message = f"{len(recipients)} addresses; send to one at a time, or name the contact in the tag contact"
        raise BadEvent("ambiguous", _DESTINATION, message)
    return [(foreign_text.at_most_text(address, path), Addresses(email=address)) for address in recipients]


def _first_tag(fields: Fields, name: str) -> str | None:
    path = f"mail.tags.{name}"
    values = foreign_text.one_or_list(fields.value(path))
    return foreign_text.trimmed(values[0], path) if values else None


def _tags_in(value: object) -> list[str]:
    return foreign_text.tags([(value, "mail.tags.tags")])
