"""The events as they are once read: times in ms, money in minor units, None where nothing is given (contract §1)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from tests.reference.account_settings import Version
from tests.reference.values import amount_text, amount_value

STATUSES = ("INITIALIZED", "IN_PROGRESS", "DELIVERED", "CANCELLED", "ABANDONED_SHOPPING_CART")
PERSONAL = ("email", "phone", "external_customer_id", "first_name", "last_name")

# time, status, amount, contact, partial, canonical JSON
Rank = tuple[int, int, Fraction, tuple[bool, str], bool, str]


@dataclass(frozen=True)
class Touch:
    account: str
    contact: str
    channel: str
    event: str
    campaign: str
    message: str
    tags: frozenset[str]
    automated: bool
    time: int


@dataclass(frozen=True)
class Person:
    """What a contact or an order says of a person; None: not given."""

    email: str | None
    phone: str | None
    external_customer_id: str | None
    first_name: str | None
    last_name: str | None


NOBODY = Person(None, None, None, None, None)


@dataclass(frozen=True)
class Order:
    """A whole order event, and the state that comes of an order's events."""

    account: str
    order: str
    contact: str | None
    status: str
    amount: int
    currency: str
    ordered_at: int
    refunded: int | None
    person: Person
    items: str | None
    time: int

    def rank(self) -> Rank:
        """Greatest is the order's greatest whole event (contract §2, §8)."""
        return _rank(self, is_partial=False)

    def canonical(self) -> str:
        """The known fields as parsed, keys sorted; a field not given is left out (contract §8)."""
        return _canonical(self)


@dataclass(frozen=True)
class PartialOrder:
    """An order event that names only what it changes (contract §9); None: not given.

    A currency stands with `amount` or `refunded`, and only then.
    """

    account: str
    order: str
    contact: str | None
    status: str | None
    amount: int | None
    currency: str | None
    ordered_at: int | None
    refunded: int | None
    person: Person
    items: str | None
    time: int

    def rank(self) -> Rank:
        """What is not given ranks lowest; above a whole event that equals it (contract §9)."""
        return _rank(self, is_partial=True)

    def canonical(self) -> str:
        return _canonical(self)


def _rank(event: Order | PartialOrder, *, is_partial: bool) -> Rank:
    return (
        event.time,
        -1 if event.status is None else STATUSES.index(event.status),
        Fraction(-1) if event.amount is None else amount_value(event.amount, event.currency or ""),
        (event.contact is not None, event.contact or ""),
        is_partial,
        event.canonical(),
    )


def _canonical(event: Order | PartialOrder) -> str:
    currency = event.currency or ""
    known = {
        "type": "order",
        "account": event.account,
        "order": event.order,
        "contact": event.contact,
        "status": event.status,
        "amount": None if event.amount is None else amount_text(event.amount, currency),
        "currency": event.currency,
        "ordered_at": event.ordered_at,
        "refunded": None if event.refunded is None else amount_text(event.refunded, currency),
        "items": None if event.items is None else json.loads(event.items),
        "time": event.time,
        **{name: getattr(event.person, name) for name in PERSONAL},
    }
    return canonical_json({name: value for name, value in known.items() if value is not None})


@dataclass(frozen=True)
class Contact:
    account: str
    contact: str
    person: Person
    time: int


@dataclass(frozen=True)
class Campaign:
    """What a campaign is called."""

    account: str
    channel: str
    campaign: str
    name: str
    time: int


@dataclass(frozen=True)
class Erasure:
    account: str
    contact: str
    time: int


Event = Touch | Order | PartialOrder | Contact | Campaign | Version | Erasure


def canonical_json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
