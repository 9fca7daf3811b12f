"""One line to one event, or the reason why not (contract §1, §2, §8, §9; codes: `intake.md` §1, §3).

Codes that the contract leaves open are chosen so: an id or text that is needed and null, empty or blank is `missing`;
a blank status, amount or time is `not_allowed`, `bad_amount` or `bad_time`; so is a number for a time `bad_time`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.reference.account_settings import CHANNEL, EVENTS, Version, read_settings
from tests.reference.events import (
    NOBODY,
    PERSONAL,
    STATUSES,
    Campaign,
    Contact,
    Erasure,
    Event,
    Order,
    PartialOrder,
    Person,
    Touch,
)
from tests.reference.json_text import Fields, fields_of, items_of, refuse_lone_surrogates, text_of
from tests.reference.values import DAY_MS, DIGITS, Refused, is_blank, minor_units, moment_ms

__all__ = [
    "NOBODY",
    "PERSONAL",
    "STATUSES",
    "Campaign",
    "Contact",
    "Erasure",
    "Event",
    "Order",
    "PartialOrder",
    "Person",
    "Touch",
    "read_event",
]

TEXT_LENGTH_MAX = 256


def read_event(line: bytes, now_ms: int) -> Event:
    """One event of a line; raises Refused with code and reason. now_ms: the wall clock, which neither `time` nor
    `ordered_at` may pass by more than a day (contract §2)."""
    text = text_of(line)
    fields = fields_of(text)
    kind = fields.get("type")
    if kind is None:
        raise Refused("missing", "type: missing")
    if not isinstance(kind, str):
        raise Refused("wrong_type", f"type: {kind!r} is no text")
    if kind not in _READERS:
        raise Refused("not_allowed", f"type: {kind!r} is unknown")
    known = {name: value for name, value in fields.items() if name in _KNOWN[kind]}
    refuse_lone_surrogates(known)
    known["items"] = items_of(text)
    event = _READERS[kind](known)
    for name in ("time", "ordered_at"):
        if (getattr(event, name, None) or now_ms) > now_ms + DAY_MS:
            raise Refused("in_future", f"{name}: more than a day ahead of the clock")
    return event


def _is_given(fields: Fields, name: str) -> bool:
    """Whether a text or id is there: null, empty and blank ones are not (contract §8)."""
    value = fields.get(name)
    return value is not None and not (isinstance(value, str) and is_blank(value))


def _text(fields: Fields, name: str) -> str:
    if not _is_given(fields, name):
        raise Refused("missing", f"{name}: missing")
    value = fields[name]
    if not isinstance(value, str):
        raise Refused("wrong_type", f"{name}: not a string")
    return value


def _text_or_none(fields: Fields, name: str) -> str | None:
    return _text(fields, name) if _is_given(fields, name) else None


def _id(fields: Fields, name: str) -> str:
    value = _text(fields, name)
    if len(value) > TEXT_LENGTH_MAX:
        raise Refused("too_long", f"{name}: more than 256 characters")
    return value


def _id_or_none(fields: Fields, name: str) -> str | None:
    return _id(fields, name) if _is_given(fields, name) else None


def _there(fields: Fields, name: str) -> Any:
    """A value that is needed and is no text or id: what is blank is there, and wrong."""
    if fields.get(name) is None:
        raise Refused("missing", f"{name}: missing")
    return fields[name]


def _one_of(fields: Fields, name: str, allowed: tuple[str, ...]) -> str:
    value = _there(fields, name)
    if not isinstance(value, str):
        raise Refused("wrong_type", f"{name}: not a string")
    if value not in allowed:
        raise Refused("not_allowed", f"{name}: {value!r} is none of {allowed}")
    return value


def _time(fields: Fields, name: str) -> int:
    value = _there(fields, name)
    if not isinstance(value, str):
        raise Refused("bad_time", f"{name}: {value!r} is no RFC 3339 text")
    try:
        return moment_ms(value)
    except Refused as error:
        raise Refused.in_field(name, error) from error


def _money(fields: Fields, name: str, currency: str) -> int:
    value = _there(fields, name)
    try:
        return minor_units(value, currency)
    except Refused as error:
        raise Refused.in_field(name, error) from error


def _currency(fields: Fields) -> str:
    value = _there(fields, "currency")
    if not isinstance(value, str):
        raise Refused("wrong_type", "currency: not a string")
    if value not in DIGITS:
        raise Refused("unknown_currency", f"currency: {value!r} is no ISO 4217 code")
    return value


def _boolean(fields: Fields, name: str) -> bool:
    value = False if fields.get(name) is None else fields[name]
    if not isinstance(value, bool):
        raise Refused("wrong_type", f"{name}: not a boolean")
    return value


def _channel(fields: Fields) -> str:
    value = _there(fields, "channel")
    if not isinstance(value, str):
        raise Refused("wrong_type", "channel: not a string")
    if CHANNEL.fullmatch(value) is None:
        raise Refused("not_allowed", f"channel: {value!r} is no channel")
    return value


def _touch(fields: Fields) -> Touch:
    tags = [] if fields.get("tags") is None else fields["tags"]
    if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
        raise Refused("wrong_type", "tags: not a list of strings")
    return Touch(
        account=_id(fields, "account"),
        contact=_id(fields, "contact"),
        channel=_channel(fields),
        event=_one_of(fields, "event", EVENTS),
        campaign=_id(fields, "campaign"),
        message=_id(fields, "message"),
        tags=frozenset(tags),
        automated=_boolean(fields, "automated"),
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


def _order(fields: Fields) -> Order | PartialOrder:
    if _boolean(fields, "partial"):
        return _partial_order(fields)
    currency = _currency(fields)
    amount = _money(fields, "amount", currency)
    refunded = None if fields.get("refunded") is None else _money(fields, "refunded", currency)
    _refuse_too_much(refunded, amount)
    return Order(
        account=_id(fields, "account"),
        order=_id(fields, "order"),
        contact=_id_or_none(fields, "contact"),
        status=_one_of(fields, "status", STATUSES),
        amount=amount,
        currency=currency,
        ordered_at=_time(fields, "ordered_at"),
        refunded=refunded,
        person=_person(fields),
        items=fields["items"],
        time=_time(fields, "time"),
    )


def _partial_order(fields: Fields) -> PartialOrder:
    """`null` is not given; `currency` without amount and refunded is not looked at (contract §9)."""
    is_given = {name: fields.get(name) is not None for name in ("status", "amount", "refunded", "ordered_at")}
    currency = _currency(fields) if is_given["amount"] or is_given["refunded"] else None
    amount = _money(fields, "amount", currency or "") if is_given["amount"] else None
    refunded = _money(fields, "refunded", currency or "") if is_given["refunded"] else None
    _refuse_too_much(refunded, amount)
    return PartialOrder(
        account=_id(fields, "account"),
        order=_id(fields, "order"),
        contact=_id_or_none(fields, "contact"),
        status=_one_of(fields, "status", STATUSES) if is_given["status"] else None,
        amount=amount,
        currency=currency,
        ordered_at=_time(fields, "ordered_at") if is_given["ordered_at"] else None,
        refunded=refunded,
        person=_person(fields),
        items=fields["items"],
        time=_time(fields, "time"),
    )


def _refuse_too_much(refunded: int | None, amount: int | None) -> None:
    if refunded is not None and amount is not None and refunded > amount:
        raise Refused("bad_amount", "refunded: more than the amount")


def _contact(fields: Fields) -> Contact:
    return Contact(_id(fields, "account"), _id(fields, "contact"), _person(fields), _time(fields, "time"))


def _campaign(fields: Fields) -> Campaign:
    return Campaign(
        account=_id(fields, "account"),
        channel=_channel(fields),
        campaign=_id(fields, "campaign"),
        name=_id(fields, "name"),
        time=_time(fields, "time"),
    )


def _version(fields: Fields) -> Version:
    return Version(
        account=_id(fields, "account"),
        effective_from=_time(fields, "effective_from"),
        time=_time(fields, "time"),
        settings=read_settings(fields),
        by=_id_or_none(fields, "by"),
    )


def _erasure(fields: Fields) -> Erasure:
    return Erasure(_id(fields, "account"), _id(fields, "contact"), _time(fields, "time"))


_READERS: dict[str, Callable[[Fields], Event]] = {
    "touch": _touch,
    "order": _order,
    "contact": _contact,
    "campaign": _campaign,
    "settings": _version,
    "erase": _erasure,
}
# What stands in the tables of contract §1 and §3, but for `items`: nothing else is a reason to refuse an event.
_KNOWN: dict[str, set[str]] = {
    "touch": {"account", "contact", "channel", "event", "campaign", "message", "tags", "automated", "time"},
    "order": {
        *("account", "order", "contact", "partial", "status", "amount", "currency", "ordered_at", "time", "refunded"),
        *PERSONAL,
    },
    "contact": {"account", "contact", "time", *PERSONAL},
    "campaign": {"account", "channel", "campaign", "name", "time"},
    "settings": {
        *("account", "effective_from", "time", "by", "show_sales", "associate_with_last_message", "channels"),
        *("currency", "ignore_automated", "excluded_tags", "time_zone"),
    },
    "erase": {"account", "contact", "time"},
}
