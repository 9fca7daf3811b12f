"""The fifteen ways in which an event can be wrong, each with a word that its reason must have."""

from __future__ import annotations

import json

TOUCH: dict[str, object] = {
    "type": "touch",
    "account": "acme",
    "contact": "c1",
    "channel": "email",
    "event": "clicked",
    "campaign": "spring",
    "message": "m1",
    "time": "2026-03-01T10:00:00Z",
}
ORDER: dict[str, object] = {
    "type": "order",
    "account": "acme",
    "order": "o1",
    "contact": "c1",
    "status": "DELIVERED",
    "amount": "10.00",
    "currency": "EUR",
    "ordered_at": "2026-03-01T12:00:00Z",
    "time": "2026-03-01T13:00:00Z",
}
PARTIAL: dict[str, object] = {
    "type": "order",
    "partial": True,
    "account": "acme",
    "order": "o1",
    "status": "DELIVERED",
    "time": "2026-03-01T13:00:00Z",
}
CAMPAIGN: dict[str, object] = {
    "type": "campaign",
    "account": "acme",
    "channel": "email",
    "campaign": "spring",
    "name": "Spring sale",
    "time": "2026-03-01T10:00:00Z",
}
SETTINGS: dict[str, object] = {
    "type": "settings",
    "account": "acme",
    "effective_from": "2026-03-01T00:00:00Z",
    "time": "2026-03-02T00:00:00Z",
}


def _touch(**changes: object) -> bytes:
    return json.dumps(TOUCH | changes).encode()


def _order(**changes: object) -> bytes:
    return json.dumps(ORDER | changes).encode()


def _partial(**changes: object) -> bytes:
    return json.dumps(PARTIAL | changes).encode()


def _without(event: dict[str, object], name: str) -> bytes:
    return json.dumps({key: value for key, value in event.items() if key != name}).encode()


def _order_of_amount(literal: bytes) -> bytes:
    return _order().replace(b'"10.00"', literal)


WAYS: dict[str, list[tuple[bytes, str]]] = {
    "not JSON": [
        (b"touch acme c1", "JSON"),
        (b'{"type": "touch", "account": "acme"', "JSON"),
        (_touch() + b"{}", "JSON"),
        (_touch().replace(b'"c1"', b'"c\x011"'), "JSON"),
    ],
    "not an object": [(b"[1, 2]", "object"), (b'"touch"', "object"), (b"null", "object")],
    "unknown type": [
        (_touch(type="click"), "type"),
        (_touch(type=None), "type"),
        (_touch(type=7), "type"),
        (_without(TOUCH, "type"), "type"),
    ],
    "missing field": [(_without(TOUCH, name), name) for name in TOUCH if name != "type"]
    + [(_without(ORDER, name), name) for name in ORDER if name not in ("type", "contact")],
    "wrong type": [
        (_touch(contact=7), "contact"),
        (_touch(campaign=None), "campaign"),
        (_touch(tags="service"), "tags"),
        (_touch(tags=["service", 1]), "tags"),
        (_touch(automated="true"), "automated"),
        (_touch(automated=1), "automated"),
        (_touch(channel="E-Mail"), "channel"),
        (_touch(channel="email\n"), "channel"),
        (_touch(event="bounced"), "event"),
        (_order(amount=True), "amount"),
        (_order(amount=[10]), "amount"),
        (_order(email=5), "email"),
        (_touch(message="\ud800"), "surrogate"),
    ],
    "bad time or no offset": [
        (_touch(time="yesterday"), "time"),
        (_touch(time="2026-03-01T10:00:00"), "time"),
        (_touch(time="2026-02-30T10:00:00Z"), "time"),
        (_touch(time="2026-03-01T24:00:00Z"), "time"),
        (_touch(time="2026-03-01T10:00:00+0200"), "time"),
        (_touch(time="2026-03-01"), "time"),
        (_touch(time=1772359200), "time"),
        (_order(ordered_at="2026-03-01T12:00:00"), "ordered_at"),
    ],
    "negative amount": [(_order(amount="-1.00"), "amount"), (_order(amount=-1), "amount")],
    "too many decimals": [
        (_order(amount="10.001"), "amount"),
        (_order(amount=0.005), "amount"),
        (_order(amount="10.5", currency="JPY"), "amount"),
        (_order(amount="1.0001", currency="KWD"), "amount"),
        (_order_of_amount(b"1e-400"), "amount"),
        (_order(refunded="0.001"), "refunded"),
    ],
    "NaN or 1e400": [
        (_order_of_amount(b"NaN"), "JSON"),
        (_order_of_amount(b"-Infinity"), "JSON"),
        (_order_of_amount(b"1e400"), "amount"),
        (_order(amount="NaN"), "amount"),
        (_order(amount="1e2"), "amount"),
        (_order(amount=""), "amount"),
        (_order(amount="."), "amount"),
        (_order(amount="92233720368547758.08"), "amount"),
        (_order(amount="10.00", refunded="10.01"), "refunded"),
    ],
    "unknown currency": [
        (_order(currency="EURO"), "currency"),
        (_order(currency="eur"), "currency"),
        (_order(currency="ZZZ"), "currency"),
    ],
    "unknown status": [(_order(status="SHIPPED"), "status"), (_order(status="delivered"), "status")],
    "over-long id": [
        (_touch(contact="c" * 257), "contact"),
        (_touch(message="ї" * 257), "message"),
        (_order(order="o" * 300), "order"),
        (_touch(campaign=""), "campaign"),
    ],
    "deep nesting": [
        (b"[" * 20_000, "JSON"),
        (_touch()[:-1] + b', "tags": ' + b'{"a":' * 20_000 + b"1" + b"}" * 20_000 + b"}", "nest"),
    ],
    "a megabyte line": [(_touch(note="x" * (1 << 20)), "1 MiB")],
    "invalid UTF-8": [
        (_touch().replace(b"spring", b"spr\xffng"), "UTF-8"),
        (_touch(note="here").replace(b"here", b"h\xe9re"), "UTF-8"),
        (_touch().replace(b"spring", b"\xed\xa0\x80"), "UTF-8"),
    ],
}


# What a partial order event, a campaign's name and settings can have wrong besides, and times ahead of the clock.
FURTHER_WAYS: dict[str, list[tuple[bytes, str]]] = {
    "partial is no boolean": [
        (_order(partial="true"), "partial"),
        (_order(partial=1), "partial"),
        (_partial(partial="yes"), "partial"),
    ],
    "partial without what it needs": [(_without(PARTIAL, name), name) for name in ("account", "order", "time")],
    "blank in a partial": [
        (_partial(status=""), "status"),
        (_partial(status=" "), "status"),
        (_partial(amount="", currency="EUR"), "amount"),
        (_partial(ordered_at=" "), "ordered_at"),
        (_partial(order=" "), "order"),
    ],
    "money without a currency": [
        (_partial(amount="10.00"), "currency"),
        (_partial(refunded="1.00"), "currency"),
        (_partial(amount="10.00", currency=None), "currency"),
        (_partial(amount="10.00", currency=" "), "currency"),
        (_partial(refunded="1.00", currency="EURO"), "currency"),
        (_partial(amount="10.00", refunded="10.01", currency="EUR"), "refunded"),
    ],
    "blank where an id is needed": [
        (_touch(contact=" "), "contact"),
        (_touch(message="\t\n"), "message"),
        (_order(order=""), "order"),
        (_order(order="\u00a0"), "order"),
    ],
    "too far ahead": [
        (_touch(time="2100-01-01T00:00:00Z"), "time"),
        (_order(ordered_at="2100-01-01T00:00:00Z"), "ordered_at"),
        (_partial(ordered_at="2100-01-01T00:00:00Z"), "ordered_at"),
    ],
    "a campaign without a name": [
        (_without(CAMPAIGN, "name"), "name"),
        (json.dumps(CAMPAIGN | {"name": " "}).encode(), "name"),
        (json.dumps(CAMPAIGN | {"name": "n" * 257}).encode(), "name"),
    ],
    "settings": [
        (json.dumps(SETTINGS | {"by": "b" * 257}).encode(), "by"),
        (json.dumps(SETTINGS | {"by": 7}).encode(), "by"),
        (json.dumps(SETTINGS | {"time_zone": "localtime"}).encode(), "time_zone"),
    ],
}


def broken_lines(*, further: bool = False) -> list[tuple[bytes, str]]:
    """All of them as (line, a word that the reason must hold, whatever its case); further: FURTHER_WAYS, too."""
    ways = WAYS | FURTHER_WAYS if further else WAYS
    return [pair for pairs in ways.values() for pair in pairs]
