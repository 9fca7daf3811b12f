"""Whom a dead letter is about: what an event names, also one that cannot be read as a whole (contract §1 `erase`).

A broken text is gone through for what looks like the fields of an event, like an email or like a phone: rather a letter
too many loses its text than one too few.
"""

from __future__ import annotations

import base64
import json
import re
from typing import Final, NamedTuple

from state.addresses import addresses
from state.dead_letters import DeadLetter
from state.erasures import Secret
from state.events import Contact
from state.times import WrongTime, parse_time

_FIELD: Final = re.compile(
    r'"(account|contact|time|email|phone|external_customer_id)"\s*:\s*'
    r'(?:"((?:[^"\\]|\\.)*)(?:"|\Z)|(-?[0-9][0-9.]*))',
    re.DOTALL,
)
_EMAIL: Final = re.compile(r"[^\s\"'<>,;:()\[\]{}|\\]{1,64}@[^\s\"'<>,;:()\[\]{}|\\@]{1,255}")
_PHONE: Final = re.compile(r"\+[0-9][0-9 ().-]{5,25}[0-9]")
_LOOKS_MAX: Final = 1_000
"""How many of each are looked for in one text."""


class Subject(NamedTuple):
    """What a letter says of a person; what it does not say is None, or nothing."""

    account: str | None
    contacts: frozenset[str]
    time: int | None
    """ms"""
    emails: frozenset[str]
    phones: frozenset[str]
    customers: frozenset[str]

    def addresses(self, secret: Secret, account: str) -> set[str]:
        """The addresses as keyed hashes, as they are kept in an account."""
        people = [
            *(Contact(account, "", 0, email=email) for email in self.emails),
            *(Contact(account, "", 0, phone=phone) for phone in self.phones),
            *(Contact(account, "", 0, external_customer_id=customer) for customer in self.customers),
        ]
        return {address for person in people for address in addresses(secret, person)}


def subject_of(letter: DeadLetter) -> Subject | None:
    """Whom a letter names; None if its text has been taken out."""
    text = letter.raw
    if text is None and letter.raw_base64 is not None:
        text = base64.b64decode(letter.raw_base64).decode(errors="replace")
    if text is None:
        return None
    said: dict[str, set[str]] = {}
    # JSON may stand as a text within JSON.
    for found in [*_FIELD.finditer(text), *_FIELD.finditer(text.replace('\\"', '"'))][:_LOOKS_MAX]:
        said.setdefault(found[1], set()).add(_text(found[2]) if found[3] is None else found[3])
    accounts = said.get("account", set())
    return Subject(
        next(iter(accounts)) if len(accounts) == 1 else None,
        frozenset(said.get("contact", ())),
        _time(said.get("time", set())),
        frozenset(said.get("email", set()) | set(_EMAIL.findall(text)[:_LOOKS_MAX])),
        frozenset(said.get("phone", set()) | set(_PHONE.findall(text)[:_LOOKS_MAX])),
        frozenset(said.get("external_customer_id", ())),
    )


def _text(escaped: str) -> str:
    try:
        text: str = json.loads(f'"{escaped}"', strict=False)
        # Half of a surrogate pair is a JSON text, but nobody's id.
        text.encode()
    except ValueError:
        return escaped
    return text


def _time(texts: set[str]) -> int | None:
    """ms; None where it cannot be told, so that any erasure holds."""
    try:
        return parse_time(*texts)
    except (TypeError, WrongTime):
        return None
