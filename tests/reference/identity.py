"""What an order's state is, whose it is, and what is known of a person (contract §2, §5, §8, §9).

A contact whose id is an email or a phone is read so (§5, and `intake.md`, "Who a touch belongs to"): an order with
that address and no contact is pending until somebody declares the address, that contact itself included; what it
declared of its own id yields to what any other contact declared, however early. So an order does not find contacts
that have only touches, and whose an order is depends on declarations alone: a function of the set of events. An
`external_customer_id` is no address: a contact whose id it is declares it as all others do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from tests.reference.events import PERSONAL, Contact, Event, Order, PartialOrder, Person
from tests.reference.pseudonyms import id_before
from tests.reference.values import same_email, same_phone

Address = tuple[str, str, str]  # account, kind, the address in the form in which addresses compare
OrderEvent = Order | PartialOrder


def states(events: Iterable[Event], told: Callable[[OrderEvent], OrderEvent] = lambda event: event) -> list[Order]:
    """Each known order's state: its greatest whole event, overlaid by the partial ones above it (contract §9).

    told: what is left of an event, where somebody was forgotten; its rank is that of the event as it came.
    """
    return [_overlaid([told(event) for event in chain]) for chain in _chains(events)]


def _chains(events: Iterable[Event]) -> list[list[OrderEvent]]:
    """Of each order that has a whole event: the greatest, and the partial ones above it, ascending."""
    of_order: dict[tuple[str, str], list[OrderEvent]] = {}
    for event in set(events):
        if isinstance(event, Order | PartialOrder):
            of_order.setdefault((event.account, event.order), []).append(event)
    chains = []
    for key in sorted(of_order):
        ascending = sorted(of_order[key], key=lambda event: event.rank())
        whole = [at for at, event in enumerate(ascending) if isinstance(event, Order)]
        if whole:
            chains.append(ascending[whole[-1] :])
    return chains


def _overlaid(chain: list[OrderEvent]) -> Order:
    """The last of each field that was given; `refunded` is the last in the currency that the order ends in."""
    whole = chain[0]
    assert isinstance(whole, Order)
    state = whole
    for event in chain[1:]:
        if event.amount is not None and event.currency is not None:
            state = replace(state, amount=event.amount, currency=event.currency)
        given = {name: getattr(event, name) for name in ("contact", "status", "ordered_at", "items")}
        state = replace(
            state,
            **{name: value for name, value in given.items() if value is not None},
            person=_person_over(event.person, state.person),
            time=event.time,
        )
    refunds = [event.refunded for event in chain if event.refunded is not None and event.currency == state.currency]
    return replace(state, refunded=min(refunds[-1], state.amount) if refunds else None)


def _person_over(upper: Person, lower: Person) -> Person:
    given = {name: getattr(upper, name) for name in PERSONAL}
    return replace(lower, **{name: value for name, value in given.items() if value is not None})


def owners(events: Iterable[Event]) -> dict[Address, str]:
    """Each address's owner: who declared it last; of two at the same instant the greater id.

    A contact whose id is the address comes behind all others.
    """
    last: dict[Address, tuple[bool, int, str]] = {}
    for event in events:
        if isinstance(event, Contact):
            for address in addresses(event):
                claim = not _is_own_id(event, address), event.time, event.contact
                last[address] = max(last.get(address, claim), claim)
    return {address: contact for address, (_, _, contact) in last.items()}


def _is_own_id(event: Contact, address: Address) -> bool:
    """Whether the contact's id, compared as addresses are, is the address; a pseudonym stands where the id did."""
    _, kind, text = address
    contact = id_before(event.contact)
    return {"email": same_email, "phone": same_phone}[kind](contact) == text if kind in ("email", "phone") else False


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
    """The contact of an order's state; None while it is pending, or where it names nobody at all."""
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
