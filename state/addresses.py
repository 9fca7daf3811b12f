"""One key group of addresses: who owns each, and which orders have asked (contract §5).

Addresses are kept as keyed hashes, never as they are.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, NamedTuple

import phonenumbers

from state.erasures import Erasures, Secret
from state.events import Contact, Order
from state.facts import NEVER, SWEEP_EVERY_MS
from state.settings import ORDER_RETENTION_MS

_PHONES_CACHED: Final = 16_384


class Owner(NamedTuple):
    """Who declared an address last: compared as they stand, the greater owns it."""

    time: int
    contact: str
    contact_group: int
    """The key group of the contact as it was declared; its pseudonym stays there."""


class Answer(NamedTuple):
    """Who owns an address that an order has."""

    account: str
    order: str
    address: str
    contact: str
    contact_group: int


@lru_cache(maxsize=_PHONES_CACHED)
def e164(phone: str) -> str | None:
    """A phone as E.164; None for what cannot be read so (no `+`), which matches nobody (contract §8)."""
    if not phone.strip().startswith("+"):
        return None
    try:
        return phonenumbers.format_number(phonenumbers.parse(phone, None), phonenumbers.PhoneNumberFormat.E164)
    except phonenumbers.NumberParseException:
        return None


def addresses(secret: Secret, person: Contact | Order) -> list[str]:
    """The addresses of a contact or an order, in the order in which they are tried (contract §5), as keyed hashes."""
    found = []
    if person.external_customer_id is not None:
        found.append(("external_customer_id", person.external_customer_id))
    if person.email is not None:
        found.append(("email", person.email.strip().lower()))
    if person.phone is not None and (phone := e164(person.phone)) is not None:
        found.append(("phone", phone))
    return [secret.pseudonym("address", person.account, kind, text) for kind, text in found]


@dataclass(slots=True)
class AccountAddresses:
    """What a group knows of the addresses of one account."""

    clock: int = NEVER
    swept: int = NEVER
    owners: dict[str, Owner] = field(default_factory=dict)
    asked: dict[str, dict[str, int]] = field(default_factory=dict)
    """Address → order → ms of the latest event in which it asked."""


class AddressGroup:
    """The addresses of one key group."""

    def __init__(self, erasures: Erasures) -> None:
        self.erasures = erasures
        self.accounts: dict[str, AccountAddresses] = {}

    def declare(self, account: str, address: str, time: int, contact: str, contact_group: int) -> list[Answer]:
        """A contact declares an address; orders that asked for it hear of its owner if that changed."""
        known = self.accounts.setdefault(account, AccountAddresses())
        owner = Owner(time, self.erasures.name(account, contact, time), contact_group)
        before = known.owners.get(address)
        if before is not None and before >= owner:
            return []
        known.owners[address] = owner
        if before is not None and before.contact == owner.contact:
            return []
        return _answers(account, known, address, owner)

    def ask(self, account: str, address: str, order: str, time: int) -> list[Answer]:
        """An order has this address: who owns it? The answer comes now, and again whenever it changes."""
        known = self.accounts.setdefault(account, AccountAddresses())
        askers = known.asked.setdefault(address, {})
        askers[order] = max(time, askers.get(order, time))
        self._advance(known, time)
        owner = known.owners.get(address)
        return [] if owner is None else [Answer(account, order, address, owner.contact, owner.contact_group)]

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

    @staticmethod
    def _advance(known: AccountAddresses, time: int) -> None:
        """Now and then, let go of questions of orders that have grown too old. Owners stay (contract §1)."""
        if time <= known.clock:
            return
        known.clock = time
        if known.swept == NEVER:
            known.swept = time
        if known.swept >= time - SWEEP_EVERY_MS:
            return
        known.swept = time
        for address, askers in list(known.asked.items()):
            kept = {order: asked for order, asked in askers.items() if asked >= time - ORDER_RETENTION_MS}
            if kept:
                known.asked[address] = kept
            else:
                del known.asked[address]


def _answers(account: str, known: AccountAddresses, address: str, owner: Owner) -> list[Answer]:
    return [
        Answer(account, order, address, owner.contact, owner.contact_group) for order in known.asked.get(address, ())
    ]
