"""Times, money, emails and phones as the contract reads them (contract §1, §4, §5, §8).

Currencies' decimals and the shape of phone numbers are data, not logic: they come from `iso4217` and
`phonenumbers`.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import iso4217
import phonenumbers

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
MINOR_UNITS_MAX = 2**63 - 1
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

DIGITS: dict[str, int] = {currency.code: currency.exponent or 0 for currency in iso4217.Currency}

_MOMENT = re.compile(
    r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})[Tt]"
    r"(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2}):(?P<second>[0-9]{2})(?:\.(?P<fraction>[0-9]+))?"
    r"(?:[Zz]|(?P<sign>[+-])(?P<offset_hour>[0-9]{2}):(?P<offset_minute>[0-9]{2}))"
)
_AMOUNT_TEXT = re.compile(r"[0-9]+\.?[0-9]*|\.[0-9]+")


class Refused(ValueError):
    """An event that does not fit: `code` is the machine's word for it (that of the doors), the text a person's."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code

    @classmethod
    def in_field(cls, name: str, error: Refused) -> Refused:
        """The same with the field's name before it."""
        return cls(error.code, f"{name}: {error}")


def is_blank(text: str) -> bool:
    """Whether nothing stands in a text that anybody could read (contract §8)."""
    return not text.strip()


def moment_ms(text: str) -> int:
    """RFC 3339 text to milliseconds since 1970-01-01T00:00:00Z; finer digits are cut off as text."""
    found = _MOMENT.fullmatch(text)
    if found is None:
        raise Refused("bad_time", f"{text!r} is no RFC 3339 time with an offset")
    try:
        day = date.fromisoformat(found["day"])
    except ValueError as error:
        raise Refused("bad_time", f"{text!r} is no day of the calendar") from error
    hour, minute, second = int(found["hour"]), int(found["minute"]), int(found["second"])
    offset_hour, offset_minute = int(found["offset_hour"] or 0), int(found["offset_minute"] or 0)
    if hour > 23 or minute > 59 or second > 59 or offset_hour > 23 or offset_minute > 59:
        raise Refused("bad_time", f"{text!r} is no time of the clock")
    milliseconds = int(((found["fraction"] or "") + "000")[:3])
    days = (day - EPOCH.date()).days
    local = days * DAY_MS + hour * HOUR_MS + minute * MINUTE_MS + second * 1000 + milliseconds
    offset = offset_hour * HOUR_MS + offset_minute * MINUTE_MS
    return local + offset if found["sign"] == "-" else local - offset


def hour_text(ms: int, time_zone: str) -> str:
    """The hour, `00` to `23`, that the clock of a time zone shows; one that it shows twice a day is one."""
    return (EPOCH + timedelta(milliseconds=ms)).astimezone(ZoneInfo(time_zone)).strftime("%H")


def moment_text(ms: int) -> str:
    """Milliseconds since the epoch to `2026-01-01T00:00:00.123Z`."""
    moment = EPOCH + timedelta(milliseconds=ms)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def day_text(ms: int, time_zone: str) -> str:
    """The calendar day, `YYYY-MM-DD`, that a moment belongs to in a time zone."""
    return (EPOCH + timedelta(milliseconds=ms)).astimezone(ZoneInfo(time_zone)).date().isoformat()


def minor_units(value: Any, currency: str) -> int:
    """A JSON string or a JSON number (as Decimal) to minor units of the currency, exactly (contract §8)."""
    if isinstance(value, str):
        if _AMOUNT_TEXT.fullmatch(value) is None:
            raise Refused("bad_amount", f"{value!r} is no amount")
        value = Decimal(value)
    if not isinstance(value, Decimal):
        raise Refused("bad_amount", f"{value!r} is no amount")
    # Before Fraction, which would write out all the zeros of 1e999999999.
    if value < 0 or value > MINOR_UNITS_MAX:
        raise Refused("bad_amount", f"{value} is out of range")
    if value != 0 and value.adjusted() < -10:
        raise Refused("bad_amount", f"{value} has more decimals than {currency}")
    minor = Fraction(0) if value == 0 else Fraction(value) * 10 ** DIGITS[currency]
    if minor.denominator != 1:
        raise Refused("bad_amount", f"{value} has more decimals than {currency}")
    if minor > MINOR_UNITS_MAX:
        raise Refused("bad_amount", f"{value} is out of range")
    return int(minor)


def amount_value(minor: int, currency: str) -> Fraction:
    """Minor units to the decimal value by which amounts compare (contract §8)."""
    return Fraction(minor, 10 ** DIGITS[currency])


def rounded_half_up(value: Fraction, decimals: int) -> str:
    """A value ≥ 0 with so many decimals; a half goes up."""
    scaled = int(value * 10**decimals + Fraction(1, 2))
    whole, rest = divmod(scaled, 10**decimals)
    return f"{whole}.{rest:0{decimals}d}" if decimals else str(whole)


def amount_text(minor: int, currency: str) -> str:
    """Minor units to text with all decimals of the currency: `12.50`, `10` in JPY."""
    digits = DIGITS[currency]
    if digits == 0:
        return str(minor)
    whole, rest = divmod(minor, 10**digits)
    return f"{whole}.{rest:0{digits}d}"


def same_phone(text: str) -> str | None:
    """A phone as E.164, or None where it cannot be read as one (then it matches nobody)."""
    try:
        number = phonenumbers.parse(text, None)
    except phonenumbers.NumberParseException:
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def same_email(text: str) -> str | None:
    """An email trimmed and in lower case; None when nothing is left of it."""
    return text.strip().lower() or None
