"""The events of a chaos run: a generated week of three shops, and all that their marketers and customers change in it.

Among the generated touches and orders stand declared addresses (some of them taken over by somebody else), orders
that name only an address or nobody, partial events, changes of settings, erasures, and lines that are no event. Some
lines come up to two days late, and some twice.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from random import Random
from typing import Any, Final

from generator.stream import START_MS, events
from tests.reference.broken_lines import broken_lines
from tests.reference.values import DAY_MS, moment_ms, moment_text

ACCOUNTS: Final = {"acme": 0.6, "крамниця 50%": 0.25, "b/2": 0.15}
"""Account → its share of the generated events."""
FIRST_DAY: Final = "2025-12-30"
LAST_DAY: Final = "2026-01-20"
"""All days of all accounts lie between them."""

_EVENTS_AN_EVENT_OF_BUYERS: Final = 3
"""Measured: most customers of the generated shop buy nothing in a week."""
_WEEK_MS: Final = 7 * DAY_MS
_LATE_SHARE: Final = 0.05
_REPEATED_SHARE: Final = 0.02
_LAG_MS_MAX: Final = 2 * DAY_MS
_ADDRESS_ONLY_SHARE: Final = 0.3
_PARTIAL_SHARE: Final = 0.15
_NOBODY_SHARE: Final = 0.02
_DECLARED_SHARE: Final = 0.8
_TAKEN_OVER_SHARE: Final = 0.15
_ERASED: Final = 10
_BROKEN: Final = 30
_OF_BROKEN_LINES: Final = "c1"
_ADDRESSES: Final = ("email", "phone", "external_customer_id")
_PERSON: Final = (*_ADDRESSES, "first_name", "last_name")
_SETTINGS: Final[tuple[dict[str, Any], ...]] = (
    {"channels": {"email": {"event": "opened", "window": "3d"}, "sms": {"event": "delivered", "window": "2d"}}},
    {"excluded_tags": ["service", "transactional"], "time_zone": "Europe/Kyiv"},
    {"show_sales": False, "time_zone": "America/New_York"},
    {"ignore_automated": False, "time_zone": "Asia/Kathmandu"},
    {"associate_with_last_message": False},
)

Fields = dict[str, Any]


def event_stream(count: int, random: Random) -> list[bytes]:
    """About `count` lines in the order in which they arrive; the same state of `random` gives the same lines."""
    arriving: list[tuple[int, bytes]] = []
    for account, share in ACCOUNTS.items():
        bought = _buyers_events(account, int(count * share), random)
        shop = [_changed(fields, random) for fields in bought]
        shop += _declarations(account, bought, random)
        shop += _settings(account, random)
        shop += list(_erasures(account, shop, random))
        arriving += [(_arrival(fields, random), json.dumps(fields, ensure_ascii=False).encode()) for fields in shop]
    arriving += [(START_MS + random.randrange(_WEEK_MS), line) for line in _broken(random)]
    arriving += [
        (at + random.randrange(_LAG_MS_MAX), line) for at, line in arriving if random.random() < _REPEATED_SHARE
    ]
    return [line for _, line in sorted(arriving)]


def _buyers_events(account: str, count: int, random: Random) -> list[Fields]:
    """About `count` touches and orders, each of them once, of customers who ordered or left a full cart."""
    whole = count * _EVENTS_AN_EVENT_OF_BUYERS
    generated = sorted(set(events(whole, whole // 12, random.getrandbits(32), account=account)))
    shop: list[Fields] = [json.loads(line) for line in generated]
    buyers = {fields["contact"] for fields in shop if fields["type"] == "order"}
    return [fields for fields in shop if fields["contact"] in buyers]


def _arrival(fields: Fields, random: Random) -> int:
    """When an event comes in: with its time, late, or, where it says something of others, before it or after."""
    at = moment_ms(str(fields["time"]))
    if fields["type"] in ("contact", "settings", "erase"):
        return at + random.randrange(-_LAG_MS_MAX, _LAG_MS_MAX)
    return at + (random.randrange(_LAG_MS_MAX) if random.random() < _LATE_SHARE else 0)


def _changed(fields: Fields, random: Random) -> Fields:
    """An order that names its person by an address, or nobody, or says only what it changes; the rest as it is."""
    if fields["type"] != "order":
        return fields
    chance = random.random()
    if chance < _NOBODY_SHARE:
        return {name: value for name, value in fields.items() if name not in ("contact", *_PERSON)}
    if chance < _NOBODY_SHARE + _PARTIAL_SHARE and fields["status"] == "DELIVERED":
        said = {name: fields[name] for name in ("type", "account", "order", "status", "time")}
        return {**said, "partial": True}
    if random.random() < _ADDRESS_ONLY_SHARE and any(name in fields for name in _ADDRESSES):
        return {name: value for name, value in fields.items() if name != "contact"}
    return fields


def _declarations(account: str, shop: list[Fields], random: Random) -> Iterator[Fields]:
    """Most customers say which addresses are theirs; some addresses are declared by a second one, earlier or later."""
    orders = [fields for fields in shop if fields["type"] == "order"]
    persons = {fields["contact"]: {name: fields[name] for name in _PERSON if name in fields} for fields in orders}
    # No two of one account at one instant: which of them holds is then not for an id to say.
    times = iter(random.sample(range(_WEEK_MS), 2 * len(persons)))
    for contact, person in sorted(persons.items()):
        if not person:
            continue
        if random.random() < _DECLARED_SHARE:
            yield _profile("contact", account, next(times), contact=contact, **person)
        if random.random() < _TAKEN_OVER_SHARE:
            other = random.choice(sorted(persons))
            address = {name: person[name] for name in _ADDRESSES[: random.randint(1, 3)] if name in person}
            yield _profile("contact", account, next(times), contact=other, **address)


def _settings(account: str, random: Random) -> Iterator[Fields]:
    times = random.sample(range(_WEEK_MS), len(_SETTINGS))
    for after_ms, settings in zip(times, random.sample(_SETTINGS, len(_SETTINGS)), strict=True):
        since = moment_text(START_MS + random.randrange(_WEEK_MS))
        yield _profile("settings", account, after_ms, effective_from=since, **settings)


def _erasures(account: str, shop: list[Fields], random: Random) -> Iterator[Fields]:
    """Of contacts no two of whose events are of one instant: an id would break that tie, and it becomes a hash.

    Nor of the one whom lines name that are no event: what the dead letters then hold is not compared here.
    """
    at = Counter((fields.get("contact"), fields["time"]) for fields in shop)
    tied = {contact for (contact, _), count in at.items() if count > 1}
    contacts = sorted({contact for contact, _ in at if contact is not None} - {*tied, _OF_BROKEN_LINES})
    for contact in random.sample(contacts, min(_ERASED, len(contacts))):
        yield _profile("erase", account, random.randrange(_WEEK_MS), contact=contact)


def _profile(kind: str, account: str, after_ms: int, **more: Any) -> Fields:
    return {"type": kind, "account": account, **more, "time": moment_text(START_MS + after_ms)}


def _broken(random: Random) -> list[bytes]:
    """Lines that are refused wherever in a record they stand."""
    lines = [line for line, _ in broken_lines() if line.strip() and len(line) < 10_000 and b"\n" not in line]
    return random.choices([line for line in lines if not line.startswith(b"\xef\xbb\xbf")], k=_BROKEN)
