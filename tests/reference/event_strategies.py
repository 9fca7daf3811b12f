"""Strategies for single events, as fields to be written down in one way or another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from hypothesis import strategies as st

from tests.reference.casts import ADDRESS_IDS, ERASED_AFTER_MS, STATED_AFTER_MS, Cast
from tests.reference.event_lines import Fields, amount_of, time_of
from tests.reference.settings_tables import ACCOUNTS, EVENTS, settings_members

Level = Literal["stream", "whole", "erase"]

EMAILS = ("ann@shop.example", " ANN@Shop.example ", "bob@shop.example", "carol@shop.example")
PHONES = ("+380501234567", "+380 (50) 123-45-67", "+1 650 253 0000", "0501234567", "call me")
CUSTOMER_IDS = ("x-1", "X-1", "ї:2/%")
FIRST_NAMES = ("Ann", "Bob", "Ганна")
LAST_NAMES = ("Smith", "Яструб")
TAGS: tuple[list[str], ...] = ([], ["service"], ["service"], ["vip", "service"], ["vip"], ["тест"])
NAMES_SOMEBODY = ("contact", "email", "phone", "external_customer_id")
# No two are equal by decimal value in currencies of different decimals: see `settled.py`.
AMOUNTS = (
    ("EUR", 1000),
    ("EUR", 1000),
    ("EUR", 2050),
    ("EUR", 0),
    ("USD", 1000),
    ("UAH", 3),
    ("JPY", 7),
    ("JPY", 1500),
    ("KWD", 5125),
    ("KWD", 1),
    ("EUR", 2**63 - 1),
)

STATUSES = (
    *["DELIVERED"] * 6,
    "INITIALIZED",
    "IN_PROGRESS",
    "CANCELLED",
    "ABANDONED_SHOPPING_CART",
)

BLANKS = ("", " ", "\t\n", "\u00a0")
CAMPAIGN_NAMES = ("Spring sale", "Весна", "spring sale")
CHANGED_BY = ("Olena", "token 7", "")


@dataclass(frozen=True)
class Kinds:
    """What events may have besides. nobody: orders that name nobody at all. blanks: optional texts and ids that are
    empty or blank. by: settings that say who changed them."""

    nobody: bool = False
    blanks: bool = False
    by: bool = False


PLAIN = Kinds()

_LEFT_OUT = object()
styles = st.integers(0, 2**16)
# Mostly one account, one contact, one campaign, one message: or the facts would rarely meet.
of_accounts = st.sampled_from((*[ACCOUNTS[0]] * 4, ACCOUNTS[1]))


def _mostly_first(ids: Sequence[str]) -> st.SearchStrategy[str]:
    return st.sampled_from((*[ids[0]] * 3, *ids))


@st.composite
def maybe(draw: st.DrawFn, name: str, values: Sequence[Any], not_given: int = 3) -> dict[str, Any]:
    """An optional field: one of the values, null, or, `not_given` times as often, left out."""
    value = draw(st.sampled_from((*[_LEFT_OUT] * not_given, None, *values)))
    return {} if value is _LEFT_OUT else {name: value}


@st.composite
def touches(draw: st.DrawFn, cast: Cast) -> Fields:
    channel = draw(st.sampled_from(tuple(EVENTS)))
    return {
        "type": "touch",
        "account": draw(of_accounts),
        "contact": draw(_mostly_first(cast.contacts)),
        "channel": channel,
        "event": draw(st.sampled_from((*EVENTS[channel], "opened"))),
        "campaign": draw(_mostly_first(cast.campaigns)),
        "message": draw(_mostly_first(cast.messages)),
        **draw(maybe("tags", TAGS, 6)),
        **draw(maybe("automated", (True, True, False), 6)),
        "time": time_of(draw(st.sampled_from(cast.touched_at)), draw(styles)),
    }


@st.composite
def persons(draw: st.DrawFn, not_given: int, kinds: Kinds = PLAIN) -> dict[str, Any]:
    blank = BLANKS if kinds.blanks else ()
    return {
        **draw(maybe("email", (*EMAILS, *blank), not_given)),
        **draw(maybe("phone", (*PHONES, *blank), not_given)),
        **draw(maybe("external_customer_id", (*CUSTOMER_IDS, *blank), not_given)),
        **draw(maybe("first_name", (*FIRST_NAMES, *blank))),
        **draw(maybe("last_name", (*LAST_NAMES, *blank))),
    }


@st.composite
def orders(draw: st.DrawFn, cast: Cast, level: Level, kinds: Kinds = PLAIN) -> Fields:
    number = draw(st.integers(0, len(cast.orders) - 1))
    currency, minor = draw(st.sampled_from(AMOUNTS))
    ordered_at = draw(st.sampled_from((*cast.ordered_at, *[cast.ordered_at[number]] * 8)))
    style = draw(styles)
    refunded = [amount_of(part, currency, style // 10) for part in (0, minor)]
    contact: dict[str, Any] = {"contact": cast.contacts[number % len(cast.contacts)]}
    if level != "stream":
        blank = BLANKS if kinds.blanks else ()
        contact = draw(maybe("contact", (*cast.contacts, cast.contacts[0], *blank)))
    person = draw(persons(12 if level == "stream" else 3, kinds))
    if _names_nobody(contact | person) and not kinds.nobody:
        contact = {"contact": cast.contacts[0]}
    return {
        "type": "order",
        "account": draw(of_accounts),
        "order": cast.orders[number],
        **contact,
        "status": draw(st.sampled_from(STATUSES)),
        "amount": amount_of(minor, currency, style),
        "currency": currency,
        "ordered_at": time_of(ordered_at, style),
        **draw(maybe("refunded", refunded)),
        **person,
        **draw(maybe("items", ([], [{"sku": "A1", "qty": 2}], ["чай"]), 9)),
        "time": time_of(cast.base_ms + draw(st.sampled_from(STATED_AFTER_MS)), draw(styles)),
    }


def _names_nobody(fields: Fields) -> bool:
    return all(not str(fields.get(name) or "").strip() for name in NAMES_SOMEBODY)


# What a partial event may have in common with a whole one: nothing, its instant, all that ranks it.
_MONEY = ("amount", "currency", "refunded")
_SHARED: tuple[tuple[str, ...], ...] = (
    (),
    ("time",),
    ("time", "status", *_MONEY),
    ("time", "status", "contact", *_MONEY),
)
_CHANGEABLE = (
    *("contact", "status", "ordered_at", "refunded", "items"),
    *("email", "phone", "external_customer_id", "first_name", "last_name"),
)


@st.composite
def partial_orders(
    draw: st.DrawFn, cast: Cast, level: Level, kinds: Kinds = PLAIN, whole: Fields | None = None
) -> Fields:
    """An event that names some of the fields of an order: of a given whole event (at its instant, or at another), or
    of one that may not be there at all."""
    order = draw(orders(cast, level, replace(kinds, nobody=True)))
    named = draw(st.sets(st.sampled_from((*_CHANGEABLE, "amount")), max_size=4))
    if whole is not None:
        copied = {"account", "order", *draw(st.sampled_from(_SHARED))} | ({"contact"} if level == "stream" else set())
        kept = {name: value for name, value in order.items() if name not in copied}
        order = kept | {name: whole[name] for name in copied if name in whole}
        named |= draw(st.sampled_from((set(), {"status", "amount", "contact"})))
    fields = {name: value for name, value in order.items() if name in named}
    currency, minor = draw(st.sampled_from(AMOUNTS))
    if "amount" in named:
        fields["currency"] = order["currency"]
    elif draw(st.booleans()):
        fields |= {"refunded": amount_of(minor, currency, draw(styles)), "currency": currency}
    else:
        fields.pop("refunded", None)
    common = {name: order[name] for name in ("type", "account", "order")}
    return {**common, "partial": True, **fields, "time": order["time"]}


@st.composite
def overtaken(draw: st.DrawFn, cast: Cast, level: Level, kinds: Kinds = PLAIN) -> list[Fields]:
    """A whole order event and partial ones of the same order, before, at and after its instant."""
    whole = draw(orders(cast, level, kinds))
    return [whole, *draw(st.lists(partial_orders(cast, level, kinds, whole), min_size=1, max_size=3))]


@st.composite
def contacts(draw: st.DrawFn, cast: Cast, kinds: Kinds = PLAIN) -> Fields:
    return {
        "type": "contact",
        "account": draw(of_accounts),
        "contact": draw(_mostly_first(cast.contacts)),
        **draw(persons(3, kinds)),
        "time": time_of(draw(st.sampled_from(cast.said_at)), draw(styles)),
    }


@st.composite
def own_addresses(draw: st.DrawFn, cast: Cast) -> Fields:
    """The declaration that a door writes for a contact whose id is an address."""
    contact = draw(st.sampled_from(ADDRESS_IDS))
    return {
        "type": "contact",
        "account": draw(of_accounts),
        "contact": contact,
        "email" if "@" in contact else "phone": contact,
        "time": time_of(draw(st.sampled_from(cast.said_at)), draw(styles)),
    }


@st.composite
def campaign_names(draw: st.DrawFn, cast: Cast) -> Fields:
    return {
        "type": "campaign",
        "account": draw(of_accounts),
        "channel": draw(st.sampled_from(tuple(EVENTS))),
        "campaign": draw(_mostly_first(cast.campaigns)),
        "name": draw(st.sampled_from(CAMPAIGN_NAMES)),
        "time": time_of(draw(st.sampled_from(cast.said_at)), draw(styles)),
    }


@st.composite
def settings_changes(draw: st.DrawFn, cast: Cast, kinds: Kinds = PLAIN) -> Fields:
    return {
        "type": "settings",
        "account": draw(of_accounts),
        "effective_from": time_of(draw(st.sampled_from(cast.effective_from)), draw(styles)),
        **draw(settings_members()),
        **(draw(maybe("by", CHANGED_BY)) if kinds.by else {}),
        "time": time_of(draw(st.sampled_from(cast.said_at)), draw(styles)),
    }


@st.composite
def erasures(draw: st.DrawFn, cast: Cast) -> Fields:
    return {
        "type": "erase",
        "account": draw(of_accounts),
        "contact": draw(_mostly_first(cast.contacts)),
        "time": time_of(cast.base_ms + draw(st.sampled_from(ERASED_AFTER_MS)), draw(styles)),
    }


_OWNED = ("order", "contact")


@st.composite
def near_copies(draw: st.DrawFn, found: Sequence[Fields], level: Level, kinds: Kinds = PLAIN) -> Fields:
    """A copy of one of the events that has one field of another of its kind."""
    one = draw(st.sampled_from(found))
    other = draw(st.sampled_from([event for event in found if _kind(event) == _kind(one)]))
    name = draw(st.sampled_from(sorted({*one, *other} - {"type", "partial"})))
    names: tuple[str, ...] = (name,)
    if one["type"] == "order" and name in _MONEY:
        names = _MONEY
    elif one["type"] == "order" and name in _OWNED and level == "stream" and "contact" in one and "contact" in other:
        names = _OWNED
    elif one["type"] == "order" and name in _OWNED and level == "stream":
        return one
    copy = {key: value for key, value in one.items() if key not in names}
    copy |= {key: other[key] for key in names if key in other}
    return one if one["type"] == "order" and _names_nobody(copy) and not kinds.nobody else copy


def _kind(event: Fields) -> tuple[object, bool]:
    return event["type"], "partial" in event
