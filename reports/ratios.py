"""Quotients as decimal strings, rounded half up exactly, in integers (contract §4)."""

from __future__ import annotations

from typing import Final

from state.money import format_sum

RATE_DECIMALS: Final = 4
_RATE_SCALE: Final = 10**RATE_DECIMALS


def half_up(dividend: int, divisor: int) -> int:
    """The integer nearest to `dividend` / `divisor`, the greater of two; both ≥ 0, `divisor` > 0."""
    return (2 * dividend + divisor) // (2 * divisor)


def average_check(revenue: int, purchases: int, currency: str) -> str | None:
    """Minor units per purchase, to the decimals of the currency; None where there is no purchase."""
    return format_sum(half_up(revenue, purchases), currency) if purchases else None


def rate(count: int, divisor: int) -> str | None:
    """`count` / `divisor` to four decimals; None where the divisor is 0."""
    if not divisor:
        return None
    figures = str(half_up(count * _RATE_SCALE, divisor)).zfill(RATE_DECIMALS + 1)
    return f"{figures[:-RATE_DECIMALS]}.{figures[-RATE_DECIMALS:]}"
