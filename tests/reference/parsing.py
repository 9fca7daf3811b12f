"""One line to one event, or the reason why not (contract §1, §2, §8)."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

from tests.reference.account_settings import CHANNEL, EVENTS, Version, read_settings
from tests.reference.values import DAY_MS, DIGITS, Refused, amount_text, amount_value, minor_units, moment_ms

STATUSES = ("INITIALIZED", "IN_PROGRESS", "DELIVERED", "CANCELLED", "ABANDONED_SHOPPING_CART")
LINE_BYTES_MAX = 1 << 20
PERSONAL = ("email", "phone", "external_customer_id", "first_name", "last_name")

Fields = dict[str, Any]


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


@dataclass(frozen=True)
class Order:
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

    def rank(self) -> tuple[int, int, Fraction, tuple[bool, str], str]:
        """Greatest is the order's state (contract §2, §8)."""
        return (
            self.time,
            STATUSES.index(self.status),
            amount_value(self.amount, self.currency),
            (self.contact is not None, self.contact or ""),
            self.canonical(),
        )

    def canonical(self) -> str:
        """The known fields as parsed, keys sorted; a field not given is left out (contract §8)."""
        known = {
            "type": "order",
            "account": self.account,
            "order": self.order,
            "contact": self.contact,
            "status": self.status,
            "amount": amount_text(self.amount, self.currency),
            "currency": self.currency,
            "ordered_at": self.ordered_at,
            "refunded": None if self.refunded is None else amount_text(self.refunded, self.currency),
            "items": None if self.items is None else json.loads(self.items),
            "time": self.time,
            **{name: getattr(self.person, name) for name in PERSONAL},
        }
        return canonical_json({name: value for name, value in known.items() if value is not None})


@dataclass(frozen=True)
class Contact:
    account: str
    contact: str
    person: Person
    time: int


@dataclass(frozen=True)
class Erasure:
    account: str
    contact: str
    time: int


Event = Touch | Order | Contact | Version | Erasure


def canonical_json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def read_event(line: bytes, now_ms: int) -> Event:
    """One event of a line; raises Refused with the reason. now_ms: the wall clock, which no event may pass
    by more than a day (contract §2)."""
    if len(line) > LINE_BYTES_MAX:
        raise Refused("longer than 1 MiB")
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refused("not UTF-8") from error
    fields = _object(text)
    kind = fields.get("type")
    if not isinstance(kind, str) or kind not in _READERS:
        raise Refused(f"type: {kind!r} is unknown")
    if kind == "order" and fields.get("items") is not None:
        fields["items"] = canonical_json(json.loads(text)["items"])
    event = _READERS[kind](fields)
    if event.time > now_ms + DAY_MS:
        raise Refused("time: more than a day ahead of the clock")
    return event


def _object(text: str) -> Fields:
    try:
        value = json.loads(text, parse_float=Decimal, parse_int=Decimal, parse_constant=_no_constant)
    except RecursionError as error:
        raise Refused("nested too deep") from error
    except InvalidOperation as error:
        raise Refused("a number no decimal can hold") from error
    except ValueError as error:
        raise Refused(f"not JSON: {error}") from error
    if not isinstance(value, dict):
        raise Refused("not a JSON object")
    _refuse_lone_surrogates(value)
    return value


def _no_constant(name: str) -> Any:
    raise Refused(f"{name} is not JSON")


def _refuse_lone_surrogates(value: Any) -> None:
    if isinstance(value, str) and any("\ud800" <= character <= "\udfff" for character in value):
        raise Refused("a lone surrogate in text")
    if isinstance(value, list):
        for element in value:
            _refuse_lone_surrogates(element)
    if isinstance(value, dict):
        for name, element in value.items():
            _refuse_lone_surrogates(name)
            _refuse_lone_surrogates(element)


def _text(fields: Fields, name: str) -> str:
    if name not in fields:
        raise Refused(f"{name}: missing")
    value = fields[name]
    if not isinstance(value, str):
        raise Refused(f"{name}: not a string")
    return value


def _text_or_none(fields: Fields, name: str) -> str | None:
    return None if fields.get(name) is None else _text(fields, name)


def _id(fields: Fields, name: str) -> str:
    value = _text(fields, name)
    if not 1 <= len(value) <= 256:
        raise Refused(f"{name}: not 1 to 256 characters")
    return value


def _id_or_none(fields: Fields, name: str) -> str | None:
    return None if fields.get(name) is None else _id(fields, name)


def _one_of(fields: Fields, name: str, allowed: tuple[str, ...]) -> str:
    value = _text(fields, name)
    if value not in allowed:
        raise Refused(f"{name}: {value!r} is none of {allowed}")
    return value


def _time(fields: Fields, name: str) -> int:
    text = _text(fields, name)
    try:
        return moment_ms(text)
    except Refused as error:
        raise Refused(f"{name}: {error}") from error


def _money(fields: Fields, name: str, currency: str) -> int:
    if name not in fields:
        raise Refused(f"{name}: missing")
    try:
        return minor_units(fields[name], currency)
    except Refused as error:
        raise Refused(f"{name}: {error}") from error


def _touch(fields: Fields) -> Touch:
    channel = _text(fields, "channel")
    if CHANNEL.fullmatch(channel) is None:
        raise Refused(f"channel: {channel!r} is no channel")
    tags = [] if fields.get("tags") is None else fields["tags"]
    if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
        raise Refused("tags: not a list of strings")
    automated = False if fields.get("automated") is None else fields["automated"]
    if not isinstance(automated, bool):
        raise Refused("automated: not a boolean")
    return Touch(
        account=_id(fields, "account"),
        contact=_id(fields, "contact"),
        channel=channel,
        event=_one_of(fields, "event", EVENTS),
        campaign=_id(fields, "campaign"),
        message=_id(fields, "message"),
        tags=frozenset(tags),
        automated=automated,
        time=_time(fields, "time"),
    )


def _person(fields: Fields) -> Person:
    return Person(
        email=_text_or_none(fields, "email"),
        phone=_text_or_none(fields, "phone"),
        external_customer_id=_id_or_none(fields, "external_customer_id"),
        first_name=_text_or_none(fields, "first_name"),
        last_name=_text_or_none(fields, "last_name"),
    )


def _order(fields: Fields) -> Order:
    currency = _text(fields, "currency")
    if currency not in DIGITS:
        raise Refused(f"currency: {currency!r} is no ISO 4217 code")
    amount = _money(fields, "amount", currency)
    refunded = None if fields.get("refunded") is None else _money(fields, "refunded", currency)
    if refunded is not None and refunded > amount:
        raise Refused("refunded: more than the amount")
    contact, person = _id_or_none(fields, "contact"), _person(fields)
    if contact is person.email is person.phone is person.external_customer_id is None:
        raise Refused("contact: missing, and no email, phone or external_customer_id")
    return Order(
        account=_id(fields, "account"),
        order=_id(fields, "order"),
        contact=contact,
        status=_one_of(fields, "status", STATUSES),
        amount=amount,
        currency=currency,
        ordered_at=_time(fields, "ordered_at"),
        refunded=refunded,
        person=person,
        items=fields.get("items"),
        time=_time(fields, "time"),
    )


def _contact(fields: Fields) -> Contact:
    return Contact(_id(fields, "account"), _id(fields, "contact"), _person(fields), _time(fields, "time"))


def _version(fields: Fields) -> Version:
    return Version(
        account=_id(fields, "account"),
        effective_from=_time(fields, "effective_from"),
        time=_time(fields, "time"),
        settings=read_settings(fields),
    )


def _erasure(fields: Fields) -> Erasure:
    return Erasure(_id(fields, "account"), _id(fields, "contact"), _time(fields, "time"))


_READERS: dict[str, Callable[[Fields], Event]] = {
    "touch": _touch,
    "order": _order,
    "contact": _contact,
    "settings": _version,
    "erase": _erasure,
}
