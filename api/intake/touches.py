"""What senders of messages have in common: touches, and the contacts that they declare."""

from __future__ import annotations

from typing import Final

from api.intake import foreign_text
from api.intake.contract_json import Message, touch_event
from api.intake.elements import Accepted
from api.intake.fields import missing
from api.intake.identities import Addresses, declared
from state.bad_events import BadEvent

OTHER_EVENT: Final = "an event of another kind"
"""Why most elements are ignored."""


def accepted_touch(
    account: str,
    contact: str,
    addresses: Addresses,
    message: Message,
    event: str,
    time: int,
    *,
    automated: bool = False,
) -> Accepted:
    """One touch, and that its addresses are the contact's."""
    touch = touch_event(account, contact, message, event, time, automated=automated)
    return Accepted((touch,), declared(contact, addresses, time))


def email_contact(own: str | None, address: str | None, field: str) -> tuple[str, Addresses]:
    """The contact that a mail was sent to: the shop's own id, else the address itself.

    Raises `BadEvent`, under the name `field`, where neither is given.
    """
    contact = own or address
    if contact is None:
        raise missing(field)
    return foreign_text.at_most_text(contact, field), Addresses(email=address)


def needed_campaign(campaign: str | None) -> str:
    """Rather a dead letter than a revenue nobody can name: raises `BadEvent` for None."""
    if campaign is None:
        raise BadEvent("missing", "campaign", "not given; send it with the message as custom data named campaign")
    return campaign
