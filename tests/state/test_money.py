"""Money is counted in integers of the currency's smallest unit, and never rounded."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from state.money import (
    AMOUNT_MAX,
    DIGITS,
    WrongAmount,
    comparable,
    digits,
    format_amount,
    parse_amount,
    parse_amount_cached,
)

currencies = st.sampled_from(sorted(DIGITS))
amounts = st.one_of(st.integers(0, 10_000), st.integers(0, AMOUNT_MAX))


@pytest.mark.parametrize(("currency", "decimals"), [("JPY", 0), ("EUR", 2), ("UAH", 2), ("KWD", 3), ("CLF", 4)])
def test_a_currency_has_the_decimals_of_iso_4217(currency: str, decimals: int) -> None:
    assert digits(currency) == decimals


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("12.50", "EUR", 1250),
        ("12.5", "EUR", 1250),
        ("12", "EUR", 1200),
        ("12.", "EUR", 1200),
        (".5", "EUR", 50),
        ("0", "EUR", 0),
        ("0.00", "EUR", 0),
        ("007.10", "EUR", 710),
        ("10.00", "JPY", 10),
        ("10.000", "EUR", 1000),
        ("1.234", "KWD", 1234),
        ("92233720368547758.07", "EUR", AMOUNT_MAX),
        ("9223372036854775807.000", "JPY", AMOUNT_MAX),
        ("0" * 500_000 + "12.50" + "0" * 500_000, "EUR", 1250),
    ],
)
def test_a_price_as_text_is_read_exactly(text: str, currency: str, minor: int) -> None:
    assert parse_amount(text, currency) == parse_amount_cached(text, currency) == minor


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("12.50", "EUR", 1250),
        ("1e2", "EUR", 10_000),
        ("1.005E3", "EUR", 100_500),
        ("1250e-2", "EUR", 1250),
        ("12500000e-6", "EUR", 1250),
        ("0e400", "EUR", 0),
        ("-0", "EUR", 0),
        ("-0.0", "EUR", 0),
        ("10.0", "JPY", 10),
        ("12.5" + "0" * 500_000, "EUR", 1250),
    ],
)
def test_a_price_as_a_json_number_is_read_digit_by_digit(text: str, currency: str, minor: int) -> None:
    assert parse_amount(text, currency, number=True) == minor


@pytest.mark.parametrize(
    "text", ["", ".", "1,50", "1 000", "1e2", "+1", "-1", "1.2.3", "NaN", "١", "１", "1\n", "0x10"]
)
def test_text_that_is_no_price_is_refused(text: str) -> None:
    with pytest.raises(WrongAmount):
        parse_amount(text, "EUR")


@pytest.mark.parametrize("text", ["", "01", ".5", "5.", "+1", "NaN", "Infinity", "true", "[10]", '"1"', "1e", "1_0"])
def test_what_is_no_json_number_is_refused(text: str) -> None:
    with pytest.raises(WrongAmount):
        parse_amount(text, "EUR", number=True)


@pytest.mark.parametrize(
    ("text", "currency", "words"),
    [
        ("10.001", "EUR", "10.001 has more decimals than EUR has (2)"),
        ("0.5", "JPY", "0.5 has more decimals than JPY has (0)"),
        ("-1", "EUR", "-1 is negative"),
        ("-0.001", "EUR", "-0.001 is negative"),
        ("1e-400", "EUR", "1e-400 has more decimals than EUR has (2)"),
        ("1e400", "EUR", f"1e400 is more than {AMOUNT_MAX} minor units"),
        ("92233720368547758.08", "EUR", f"92233720368547758.08 is more than {AMOUNT_MAX} minor units"),
        ("1e999999999999999999999", "EUR", "'1e999999999999999999999' is out of range"),
        ("10", "EURO", "currency 'EURO' is not an ISO 4217 code"),
        ("10", "eur", "currency 'eur' is not an ISO 4217 code"),
        ("10", "", "currency '' is not an ISO 4217 code"),
    ],
)
def test_a_person_reads_what_is_wrong_with_a_price(text: str, currency: str, words: str) -> None:
    with pytest.raises(WrongAmount) as wrong:
        parse_amount(text, currency, number=True)
    assert str(wrong.value) == words


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (1250, "EUR", "12.50"),
        (5, "EUR", "0.05"),
        (0, "EUR", "0.00"),
        (-5, "EUR", "-0.05"),
        (-1250, "EUR", "-12.50"),
        (10, "JPY", "10"),
        (1, "KWD", "0.001"),
        (AMOUNT_MAX, "EUR", "92233720368547758.07"),
    ],
)
def test_a_price_is_written_with_all_its_decimals(minor: int, currency: str, text: str) -> None:
    assert format_amount(minor, currency) == text


@settings(deadline=None)
@given(minor=amounts, currency=currencies)
def test_what_is_written_is_read_as_it_was(minor: int, currency: str) -> None:
    text = format_amount(minor, currency)
    assert parse_amount(text, currency) == minor
    assert parse_amount(text, currency, number=True) == minor
    assert Decimal(text) == Decimal(minor).scaleb(-DIGITS[currency])


@settings(deadline=None)
@given(value=st.decimals(0, 10**20, allow_nan=False, allow_infinity=False), currency=currencies, number=st.booleans())
def test_a_price_is_its_decimal_value_or_it_is_refused(value: Decimal, currency: str, number: bool) -> None:
    text = str(value) if number else f"{value:f}"
    minor = value.scaleb(DIGITS[currency])
    if minor == int(minor) and minor <= AMOUNT_MAX:
        assert parse_amount(text, currency, number=number) == int(minor)
    else:
        with pytest.raises(WrongAmount):
            parse_amount(text, currency, number=number)


@settings(deadline=None)
@given(one=st.tuples(amounts, currencies), other=st.tuples(amounts, currencies))
def test_amounts_of_two_currencies_compare_by_decimal_value(one: tuple[int, str], other: tuple[int, str]) -> None:
    mine, theirs = (Decimal(format_amount(*amount)) for amount in (one, other))
    assert (comparable(*one) < comparable(*other)) == (mine < theirs)
    assert (comparable(*one) == comparable(*other)) == (mine == theirs)
