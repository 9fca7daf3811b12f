"""Who a touch belongs to, and whose the address is that it was sent to (intake.md §3)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from api.intake.contract_json import contact_event


class Addresses(NamedTuple):
    """What a contact is known by besides its id."""

    email: str | None = None
    phone: str | None = None
    external_customer_id: str | None = None


class Declaration(NamedTuple):
    """A touch says that these addresses are this contact's."""

    contact: str
    addresses: Addresses
    time: int
    """ms: of the touch."""


def declared(contact: str, addresses: Addresses, time: int) -> tuple[Declaration, ...]:
    """The declaration that a touch makes; none where it has no address."""
    return (Declaration(contact, addresses, time),) if any(addresses) else ()


def contact_events(account: str, declarations: Iterable[Declaration]) -> list[bytes]:
    """One `contact` event for each distinct contact and addresses, as of the earliest time of its touches."""
    earliest: dict[tuple[str, Addresses], int] = {}
    for contact, addresses, time in declarations:
        key = (contact, addresses)
        earliest[key] = min(time, earliest.get(key, time))
    return [
        contact_event(account, contact, time, addresses._asdict()) for (contact, addresses), time in earliest.items()
    ]
