"""Whose an order is, and what is known of a person (contract §2, §5, §8)."""

from __future__ import annotations

from collections.abc import Iterable

from tests.reference.parsing import PERSONAL, Contact, Event, Order
from tests.reference.values import same_email, same_phone

Address = tuple[str, str, str]  # account, kind, the address in the form in which addresses compare


def states(events: Iterable[Event]) -> list[Order]:
    """Each order's state: its greatest event, whichever contact it names."""
    greatest: dict[tuple[str, str], Order] = {}
    for event in events:
        if isinstance(event, Order):
            key = event.account, event.order
            if key not in greatest or event.rank() > greatest[key].rank():
                greatest[key] = event
    return [greatest[key] for key in sorted(greatest)]


def owners(events: Iterable[Event]) -> dict[Address, str]:
    """Each address's owner: who declared it last; of two at the same instant the greater id."""
    last: dict[Address, tuple[int, str]] = {}
    for event in events:
        if isinstance(event, Contact):
            for address in addresses(event):
                claim = event.time, event.contact
                last[address] = max(last.get(address, claim), claim)
    return {address: contact for address, (_, contact) in last.items()}


def addresses(event: Contact | Order) -> list[Address]:
    """What an event can be matched by, in the order in which it is tried."""
    person = event.person
    tried = [
        ("external_customer_id", person.external_customer_id),
        ("email", None if person.email is None else same_email(person.email)),
        ("phone", None if person.phone is None else same_phone(person.phone)),
    ]
    return [(event.account, kind, address) for kind, address in tried if address is not None]


def contact_of(order: Order, owner_of: dict[Address, str]) -> str | None:
    """The contact of an order's state; None while it is pending."""
    if order.contact is not None:
        return order.contact
    for address in addresses(order):
        if address in owner_of:
            return owner_of[address]
    return None


def declared_last(events: Iterable[Event]) -> dict[tuple[str, str, str], str]:
    """(account, contact, field) → what the contact said of the field last (then: the greater text)."""
    last: dict[tuple[str, str, str], tuple[int, str]] = {}
    for event in events:
        if isinstance(event, Contact):
            for field in PERSONAL:
                value = getattr(event.person, field)
                if value is not None:
                    key, claim = (event.account, event.contact, field), (event.time, value)
                    last[key] = max(last.get(key, claim), claim)
    return {key: value for key, (_, value) in last.items()}
