"""Money as integers in minor units of its currency, exactly (contract §4, §8)."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation
from functools import lru_cache
from typing import Final

from iso4217 import Currency

AMOUNT_MAX: Final = 2**63 - 1
"""The greatest amount in minor units (contract §8)."""

MOST_DIGITS: Final = 4
"""No currency of ISO 4217 has more decimals."""

_WITHDRAWN: Final = {"ANG": 2, "BGN": 2, "HRK": 2, "SLL": 2, "ZWL": 2}
"""Codes that left ISO 4217 so lately that orders within a retention, or imported history, still carry them."""

DIGITS: Final[dict[str, int]] = {
    **_WITHDRAWN,
    **{currency.code: currency.exponent for currency in Currency if currency.exponent is not None},
}
"""Currency code → decimals, from ISO 4217's list one; codes without a minor unit (gold, test codes) are left out."""

_HALF_UP: Final = Context(prec=40, rounding=ROUND_HALF_UP)
"""Holds every amount below 10^21 with all the decimals that a currency has."""
_STRING: Final = re.compile(r"[0-9]+\.?[0-9]*|\.[0-9]+")
_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")


_KEPT_CHARACTERS_MAX: Final = 32
"""Every amount fits that is written without idle zeros."""


class WrongAmount(ValueError):
    """An amount that cannot be counted; the message says why in a person's words."""


def digits(currency: str) -> int:
    """How many decimals `currency` has. Raises `WrongAmount` for a code that ISO 4217 does not know."""
    try:
        return DIGITS[currency]
    except KeyError:
        raise WrongAmount(f"currency {currency[:16]!r} is not an ISO 4217 code") from None


def parse_amount(text: str, currency: str, *, number: bool = False) -> int:
    """An amount in minor units, from a decimal string ("12.5") or, if `number`, a JSON number's text (contract §8).

    Raises `WrongAmount` for anything else, for more decimals than the currency has, and above 2^63−1 minor units.
    """
    value, decimals = _positive(text, number=number), digits(currency)
    if _exponent(value) < -decimals:
        raise WrongAmount(f"{text[:40]} has more decimals than {currency} has ({decimals})")
    return _minor(value, decimals, text)


def round_amount(text: str, currency: str, *, number: bool = False) -> int:
    """As `parse_amount`, with decimals that the currency does not have rounded half up (intake.md §3)."""
    value, decimals = _positive(text, number=number), digits(currency)
    return _minor(value.quantize(Decimal(1).scaleb(-decimals), context=_HALF_UP), decimals, text)


def _positive(text: str, *, number: bool) -> Decimal:
    """A finite number ≥ 0, below 10^21. Raises `WrongAmount`."""
    if not number and text.startswith("-") and _STRING.fullmatch(text[1:]):
        raise WrongAmount(f"{text[:40]} is negative")
    if not (_NUMBER if number else _STRING).fullmatch(text):
        raise WrongAmount(f"{text[:40]!r} is not a decimal number")
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise WrongAmount(f"{text[:40]!r} is out of range") from None
    if value < 0:
        raise WrongAmount(f"{text[:40]} is negative")
    if not value:
        return Decimal(0)
    if value.adjusted() > 20:
        raise WrongAmount(f"{text[:40]} is more than {AMOUNT_MAX} minor units")
    return value


def _minor(value: Decimal, decimals: int, text: str) -> int:
    minor = int(value.scaleb(decimals)) if value else 0
    if minor > AMOUNT_MAX:
        raise WrongAmount(f"{text[:40]} is more than {AMOUNT_MAX} minor units")
    return minor


def _exponent(value: Decimal) -> int:
    """The place of the last digit that is not 0, as a power of ten; 0 for 0."""
    _, figures, exponent = value.as_tuple()
    if not isinstance(exponent, int):
        raise WrongAmount("an amount must be finite")
    for figure in reversed(figures):
        if figure:
            return exponent
        exponent += 1
    return 0


def parse_amount_cached(text: str, currency: str) -> int:
    """`parse_amount` of a string; shops have few different prices, so the answers are kept."""
    return _parse_kept(text, currency) if len(text) <= _KEPT_CHARACTERS_MAX else parse_amount(text, currency)


_parse_kept: Final = lru_cache(maxsize=65_536)(parse_amount)


@lru_cache(maxsize=65_536)
def format_amount(minor: int, currency: str) -> str:
    """Minor units as a decimal string with all the decimals of the currency: "12.50", "10" for JPY."""
    return format_sum(minor, currency)


def format_sum(minor: int, currency: str) -> str:
    """`format_amount` of a sum: those hardly ever come again, so that to keep the answers would cost more."""
    decimals = DIGITS[currency]
    if minor < 0:
        return "-" + format_sum(-minor, currency)
    figures = str(minor).zfill(decimals + 1)
    return f"{figures[:-decimals]}.{figures[-decimals:]}" if decimals else figures


def comparable(minor: int, currency: str) -> int:
    """An integer that orders amounts of any currencies by decimal value (contract §8)."""
    return int(minor * 10 ** (MOST_DIGITS - DIGITS[currency]))
