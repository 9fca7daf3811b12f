"""Quotients are rounded half up, exactly."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.ratios import average_check, rate

EXACT = Context(prec=100, rounding=ROUND_HALF_UP)
MINOR = st.integers(0, 2**70)
COUNT = st.integers(1, 2**40)


def rounded(dividend: int, divisor: int, decimals: int) -> str:
    quotient = EXACT.divide(Decimal(dividend), Decimal(divisor))
    return str(EXACT.quantize(quotient, Decimal(1).scaleb(-decimals)))


@given(MINOR, COUNT, st.sampled_from([("JPY", 0), ("EUR", 2), ("KWD", 3)]))
def test_average_check_is_what_decimal_says(revenue: int, purchases: int, currency: tuple[str, int]) -> None:
    code, decimals = currency
    assert average_check(revenue, purchases, code) == rounded(revenue, purchases * 10**decimals, decimals)


@given(st.integers(0, 2**40), COUNT)
def test_a_rate_is_what_decimal_says(count: int, divisor: int) -> None:
    assert rate(count, divisor) == rounded(count, divisor, 4)


@pytest.mark.parametrize(
    ("count", "divisor", "shown"),
    [
        (1, 4, "0.2500"),
        (1, 3, "0.3333"),
        (2, 3, "0.6667"),
        (1, 20_000, "0.0001"),
        (3, 2, "1.5000"),
        (0, 7, "0.0000"),
    ],
)
def test_a_half_goes_up_and_a_rate_has_four_decimals(count: int, divisor: int, shown: str) -> None:
    assert rate(count, divisor) == shown


def test_nothing_divided_by_nothing_is_nothing() -> None:
    assert rate(1, 0) is None
    assert average_check(0, 0, "EUR") is None
