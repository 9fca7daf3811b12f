"""The many ways to write one event down: all of them mean the same to the contract (§1, §8)."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

from tests.reference.values import DIGITS, amount_text

Fields = Mapping[str, object]

_OFFSET_MINUTES = (0, 0, 120, 180, -300, 345, -210, 840)
# Cut off, never rounded up: 999999 behind the millisecond must not make the next one.
_FINER_DIGITS = ("", "", "000", "999999", "5", "4999999999")
_UNKNOWN_FIELDS: tuple[tuple[str, str], ...] = (
    ("note", '"\\u0000 \\"quoted\\" \\ud83d\\ude00"'),
    ("nested", '{"type":"order","deep":[[[{}]],null,true,-1.5e-3]}'),
    ("typ", '"touch"'),
    ("Contact", "7"),
    ("big", "1e400"),
)


@dataclass(frozen=True)
class Literal:
    """A JSON value to be written exactly so: `1000e-2`."""

    text: str


def line_of(fields: Fields, style: int) -> bytes:
    """The event as one JSON line; the same fields and style (any integer) make the same bytes."""
    choice = random.Random(style)
    escape = choice.random() < 0.5
    members = [(_text(name, escape), _json(value, escape)) for name, value in fields.items()]
    if choice.random() < 0.3:
        choice.shuffle(members)
    for name, value in choice.sample(_UNKNOWN_FIELDS, choice.choice((0, 0, 0, 1, 2))):
        members.insert(choice.randint(0, len(members)), (_text(name, escape), value))
    if choice.random() < 0.2:
        overridden = choice.choice(members)[0], choice.choice(('"another"', '"telegram"', "null", "[]"))
        members.insert(0, overridden)
    if choice.random() < 0.1:
        name, value = members[-1]
        members[-1] = '"' + "".join(f"\\u{ord(letter):04x}" for letter in json.loads(name)) + '"', value
    colon, comma = choice.choice(((":", ","), (": ", ", "), (" :\t", " , ")))
    body = "{" + comma.join(name + colon + value for name, value in members) + "}"
    around = choice.choice(("", "", "", " ", "\t"))
    return (around + body + around).encode()


def _json(value: object, escape: bool) -> str:
    return value.text if isinstance(value, Literal) else _text(value, escape)


def _text(value: object, escape: bool) -> str:
    return json.dumps(value, ensure_ascii=escape)


def time_of(ms: int, style: int) -> str:
    """A moment as RFC 3339, in one of several offsets and with as many digits as one likes."""
    offset = timedelta(minutes=_OFFSET_MINUTES[style % len(_OFFSET_MINUTES)])
    finer = _FINER_DIGITS[style // len(_OFFSET_MINUTES) % len(_FINER_DIGITS)]
    moment = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)).astimezone(timezone(offset))
    text = moment.strftime("%Y-%m-%dT%H:%M:%S")
    milliseconds = moment.microsecond // 1000
    if milliseconds or finer:
        text += f".{milliseconds:03d}{finer}"
    if not offset:
        return text + ("Z", "+00:00", "-00:00")[style % 3]
    sign, minutes = ("-", -offset) if offset < timedelta() else ("+", offset)
    hours, rest = divmod(minutes // timedelta(minutes=1), 60)
    return f"{text}{sign}{hours:02d}:{rest:02d}"


def amount_of(minor: int, currency: str, style: int) -> str | Literal:
    """An amount in minor units as a JSON string or number, with or without its zeros and exponents."""
    exact = amount_text(minor, currency)
    whole, _, decimals = exact.partition(".")
    shortest = f"{whole}.{decimals.rstrip('0')}".rstrip(".")
    spellings: tuple[str | Literal, ...] = (
        exact,
        exact,
        Literal(exact),
        shortest,
        Literal(shortest),
        f"00{exact}",
        exact + ("00" if decimals else ".00"),
        Literal(f"{minor}e-{DIGITS[currency]}"),
        Literal(f"{minor}{'000' if minor else ''}E-{DIGITS[currency] + (3 if minor else 0)}"),
        Literal(f"{Decimal(exact):e}"),
    )
    return spellings[style % len(spellings)]
