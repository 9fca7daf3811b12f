"""Amounts and shares as the page has to show them, written down apart from it."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Final

_SIGNS: Final = {"EUR": ("€", 2), "JPY": ("JP¥", 0), "UAH": ("UAH ", 2)}
"""Of each currency people of the generated shop pay in: what en-GB writes before it, and its decimals."""


def money(amount: str | Decimal, currency: str) -> str:
    """As en-GB writes it, with the currency's decimals."""
    sign, decimals = _SIGNS[currency]
    return sign + _grouped(amount, decimals)


def euros(amount: str | Decimal, decimals: int = 2) -> str:
    """As en-GB writes it, rounded half up."""
    return "€" + _grouped(amount, decimals)


def percent(share: float, decimals: int = 1) -> str:
    """As en-GB writes it, rounded half up: 0.0625 is 6.3%."""
    return f"{(Decimal(repr(share)) * 100).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)}%"


def _grouped(amount: str | Decimal, decimals: int) -> str:
    return f"{Decimal(amount).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP):,}"
