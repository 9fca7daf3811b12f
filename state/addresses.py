"""One key group of addresses: who owns each, and which orders have asked (contract §5).

Addresses are kept as keyed hashes, never as they are.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, NamedTuple

import msgspec
import phonenumbers

from state.erasures import Erasures, Secret
from state.events import Contact, Order, PartialOrder
from state.order_events import PERSONAL, OrderEvent
from state.retention import FORGET_AFTER_MS_DEFAULT, Retention
from state.settings import ORDER_RETENTION_MS

_PHONES_CACHED: Final = 16_384
_PLUS: Final = re.compile("[+＋]")
"""What libphonenumber takes for one; the second is the full-width form."""


QUESTION_RETENTION_MS: Final = 2 * ORDER_RETENTION_MS
"""How long after its latest event an order's question stays: longer than the order itself, whose stage is another."""
HASHED: Final = "\x00erased\x00"
"""Begins what stands in the place of an address that went with an erasure: its keyed hash."""


class Owner(NamedTuple):
    """Who declared an address last: compared as they stand, the greater owns it."""

    is_another: bool
    """False: the contact's id is the address itself, which counts only where no other has declared it (contract §5)."""
    time: int
    contact: str
    contact_group: int
    """The key group of the contact as it was declared; its pseudonym stays there."""


class Claim(NamedTuple):
    """An address as a contact declares it."""

    address: str
    is_anothers: bool
    """Whether it is not the contact's own id."""


class Answer(NamedTuple):
    """Who owns an address that an order has."""

    account: str
    order: str
    address: str
    contact: str
    contact_group: int
    asked_at: int
    """ms: of the latest event in which the order asked."""


@lru_cache(maxsize=_PHONES_CACHED)
def e164(phone: str) -> str | None:
    """A phone as E.164; None for what cannot be read so (no `+`), which matches nobody (contract §8)."""
    # Most that cannot be read have none; libphonenumber takes long to find that out.
    if not _PLUS.search(phone):
        return None
    try:
        return phonenumbers.format_number(phonenumbers.parse(phone, None), phonenumbers.PhoneNumberFormat.E164)
    except phonenumbers.NumberParseException:
        return None


def addresses(secret: Secret, person: Contact | Order | PartialOrder) -> list[str]:
    """The addresses of a contact or an order, in the order in which they are tried (contract §5), as keyed hashes."""
    return [_hashed(secret, person.account, kind, text) for kind, text in _texts(person)]


def claims(secret: Secret, contact: Contact) -> list[Claim]:
    """The addresses that a contact declares."""
    own = {"email": contact.contact.strip().lower(), "phone": e164(contact.contact)}
    return [
        Claim(_hashed(secret, contact.account, kind, text), own.get(kind) != text) for kind, text in _texts(contact)
    ]


def _texts(person: Contact | Order | PartialOrder) -> list[tuple[str, str]]:
    """Kinds of addresses, and each in the form in which addresses compare."""
    found = []
    if person.external_customer_id is not None:
        found.append(("external_customer_id", person.external_customer_id))
    if person.email is not None:
        found.append(("email", person.email if person.email.startswith(HASHED) else person.email.strip().lower()))
    if person.phone is not None:
        phone = person.phone if person.phone.startswith(HASHED) else e164(person.phone)
        if phone is not None:
            found.append(("phone", phone))
    return found


def _hashed(secret: Secret, account: str, kind: str, text: str) -> str:
    return text[len(HASHED) :] if text.startswith(HASHED) else secret.pseudonym("address", account, kind, text)


def hashed_in_place(secret: Secret, event: OrderEvent) -> OrderEvent:
    """An order's event without names, and with the keyed hashes of its addresses in the place of these."""
    hashes = {kind: HASHED + _hashed(secret, event.account, kind, text) for kind, text in _texts(event)}
    return msgspec.structs.replace(event, **(dict.fromkeys(PERSONAL) | hashes))


_ADDRESSES: Final = ("email", "phone", "external_customer_id")
_NO_ADDRESSES: Final = (None, None, None)


def without_hashes(order: Order) -> Order:
    """An order as it is shown: without what only stands in the place of an address."""
    texts = order.email, order.phone, order.external_customer_id
    if texts == _NO_ADDRESSES:
        return order
    hashes = [
        field for field, text in zip(_ADDRESSES, texts, strict=True) if text is not None and text.startswith(HASHED)
    ]
    return msgspec.structs.replace(order, **dict.fromkeys(hashes)) if hashes else order


@dataclass(slots=True)
class AccountAddresses:
    """What a group knows of the addresses of one account."""

    retention: Retention = field(default_factory=Retention)
    owners: dict[str, Owner] = field(default_factory=dict)
    asked: dict[str, dict[str, int]] = field(default_factory=dict)
    """Address → order → ms of the latest event in which it asked."""


class AddressGroup:
    """The addresses of one key group."""

    def __init__(self, erasures: Erasures, forget_after_ms: int = FORGET_AFTER_MS_DEFAULT) -> None:
        """`forget_after_ms`: how long after it was read (wall clock) the newest event may make others too old."""
        self.erasures = erasures
        self._forget_after_ms = forget_after_ms
        self.accounts: dict[str, AccountAddresses] = {}

    def declare(self, account: str, claim: Claim, time: int, contact: str, contact_group: int) -> list[Answer]:
        """A contact declares an address; orders that asked for it hear of its owner if that changed."""
        known = self.accounts.setdefault(account, AccountAddresses())
        address = claim.address
        owner = Owner(claim.is_anothers, time, self.erasures.name(account, contact, time), contact_group)
        before = known.owners.get(address)
        if before is not None and before >= owner:
            return []
        known.owners[address] = owner
        if before is not None and before.contact == owner.contact:
            return []
        return _answers(account, known, address, owner)

    def ask(self, account: str, address: str, order: str, time: int, now_ms: int) -> list[Answer]:
        """An order has this address: who owns it? The answer comes now, and again whenever it changes.

        `time`: of the order's event. `now_ms`: the wall clock.
        """
        known = self.accounts.setdefault(account, AccountAddresses())
        askers = known.asked.setdefault(address, {})
        askers[order] = max(time, askers.get(order, time))
        self._advance(known, time, now_ms)
        owner = known.owners.get(address)
        return [] if owner is None else [_answer(account, order, address, owner, askers[order])]

    def erase(self, account: str, contact: str, time: int) -> list[Answer]:
        """A contact is forgotten: what it declared until then is owned by its pseudonym."""
        if not self.erasures.add(account, contact, time):
            return []
        known = self.accounts.get(account)
        if known is None:
            return []
        was = self.erasures.next_name(account, contact, time)
        answers: list[Answer] = []
        for address, owner in list(known.owners.items()):
            if owner.contact == was and owner.time <= time:
                known.owners[address] = owner._replace(contact=self.erasures.nobody(account, contact, time))
                answers += _answers(account, known, address, known.owners[address])
        return answers

    def owned_until(self, account: str, contact: str, time: int) -> list[str]:
        """The addresses that a contact which was erased at `time` owned until then."""
        known = self.accounts.get(account)
        name = self.erasures.nobody(account, contact, time)
        return [] if known is None else [address for address, owner in known.owners.items() if owner.contact == name]

    def _advance(self, known: AccountAddresses, time: int, now_ms: int) -> None:
        """Now and then, let go of questions of orders that have grown too old. Owners stay (contract §1)."""
        known.retention.advance(time, now_ms, self._forget_after_ms)
        reached = known.retention.due(now_ms, self._forget_after_ms)
        if reached is None:
            return
        for address, askers in list(known.asked.items()):
            kept = {order: asked for order, asked in askers.items() if asked >= reached - QUESTION_RETENTION_MS}
            if kept:
                known.asked[address] = kept
            else:
                del known.asked[address]


def _answers(account: str, known: AccountAddresses, address: str, owner: Owner) -> list[Answer]:
    askers = known.asked.get(address, {})
    return [_answer(account, order, address, owner, asked_at) for order, asked_at in askers.items()]


def _answer(account: str, order: str, address: str, owner: Owner, asked_at: int) -> Answer:
    return Answer(account, order, address, owner.contact, owner.contact_group, asked_at)
