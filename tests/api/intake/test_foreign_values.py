"""Texts, times, amounts and addresses as other systems write them."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from api.intake import foreign_text
from api.intake.fields import Fields
from api.intake.foreign_times import decimal_seconds, text_time, whole_seconds
from api.intake.json_body import read_json
from api.intake.refusals import RequestRefused
from state.bad_events import BadEvent
from state.times import format_time
from tests.api.intake.sending import NOW_MS


def fields(value: object, *, null_text: bool = False) -> Fields:
    read = (
        read_json(json.dumps({"a": value}).encode()) if not isinstance(value, bytes) else read_json(b'{"a":%b}' % value)
    )
    assert isinstance(read, dict)
    return Fields(read, NOW_MS, null_text=null_text)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("42", "42"),
        (" 42\t", "42"),
        (820982911946154508, "820982911946154508"),
        (b"82098291194615450812345678901234567890", "82098291194615450812345678901234567890"),
        (-7, "-7"),
        ("x" * 256, "x" * 256),
        ("", None),
        (" \u00a0", None),
        (None, None),
        (True, None),
        (b"1.0", None),
        ([], None),
        ({"b": 1}, None),
    ],
    ids=repr,
)
def test_a_text_is_a_string_or_an_integer(value: object, text: str | None) -> None:
    assert fields(value).text("a") == text


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("x" * 257, "too_long"),
        (b"1" * 257, "too_long"),
        (b'"\\ud800"', "wrong_type"),
        (True, "wrong_type"),
        (b"1.5", "wrong_type"),
        ([], "wrong_type"),
        (b"9" * 5_000, "wrong_type"),
        (None, "missing"),
        (" ", "missing"),
    ],
    ids=repr,
)
def test_what_is_needed_and_no_text_is_refused_by_its_name(value: object, code: str) -> None:
    with pytest.raises(BadEvent) as refused:
        fields(value).needed_text("a")
    assert (refused.value.code, refused.value.field) == (code, "a")


def test_the_text_null_is_not_given_only_where_the_sender_writes_it_so() -> None:
    assert fields("null").text("a") == "null"
    assert fields(" null ", null_text=True).text("a") is None


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2026-03-01T09:30:00+02:00", "2026-03-01T07:30:00.000Z"),
        ("2026-03-01T09:30:00Z", "2026-03-01T09:30:00.000Z"),
        ("2026-03-01t09:30:00z", "2026-03-01T09:30:00.000Z"),
        ("2026-03-01 09:30:00Z", "2026-03-01T09:30:00.000Z"),
        ("2026-03-01T09:30Z", "2026-03-01T09:30:00.000Z"),
        ("2026-03-01T09:30:00+0200", "2026-03-01T07:30:00.000Z"),
        ("2026-03-01T09:30:00-02", "2026-03-01T11:30:00.000Z"),
        ("2026-03-01T09:30:00.7022176+03:00", "2026-03-01T06:30:00.702Z"),
        ("2026-03-01T09:30:00.9+03:00", "2026-03-01T06:30:00.900Z"),
        ("2026-03-01T09:30:00.000000+02:00", "2026-03-01T07:30:00.000Z"),
        ("2026-03-01T09:30:00.123456789", "2026-03-01T07:30:00.123Z"),
        (" 2026-03-01T09:30:00 ", "2026-03-01T07:30:00.000Z"),
        ("2026-07-01 09:30", "2026-07-01T06:30:00.000Z"),
        # The hour that the clock skips, and the one that it repeats.
        ("2026-03-29T03:30:00", "2026-03-29T01:30:00.000Z"),
        ("2026-10-25T03:30:00", "2026-10-25T00:30:00.000Z"),
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000Z"),
    ],
    ids=repr,
)
def test_times_are_read_as_systems_write_them(text: str, time: str) -> None:
    assert format_time(text_time(text, "a", "Europe/Kyiv")) == time


@pytest.mark.parametrize(
    "value",
    [
        "2026-03-01",
        "2026-13-01T00:00:00Z",
        "2026-02-30T00:00:00Z",
        "2026-03-01T24:00:00Z",
        "2026-03-01T09:30:00+24:00",
        "2026-03-01T09:30:00+0260",
        "2026-03-01T09:30:00+02:60",
        "2026-03-01T09:30:00.Z",
        "2026-03-01T09:30:00,5Z",
        "2026-03-01_09:30:00Z",
        "0001-01-01T00:00:00",
        "9999-12-31T23:59:59",
        "1772357400",
        "soon",
        1772357400,
        True,
        [],
        {},
    ],
    ids=repr,
)
def test_what_is_no_time_is_refused(value: object) -> None:
    with pytest.raises(BadEvent) as refused:
        text_time(value, "a", "Europe/Kyiv")
    assert (refused.value.code, refused.value.field) == ("bad_time", "a")


def test_a_time_without_an_offset_needs_a_zone() -> None:
    with pytest.raises(BadEvent, match="no offset"):
        text_time("2026-03-01T09:30:00", "a", None)


def test_a_time_more_than_a_day_ahead_is_in_the_future() -> None:
    assert fields("2026-03-03T12:00:00Z").time("a") is not None
    with pytest.raises(BadEvent) as refused:
        fields("2026-03-03T12:00:00.001Z").time("a")
    assert (refused.value.code, refused.value.field) == ("in_future", "a")


@pytest.mark.parametrize(
    ("value", "ms"),
    [(1772357400, 1772357400000), ("1772357400", 1772357400000), (0, 0)],
    ids=repr,
)
def test_whole_seconds_are_a_number_or_a_text(value: object, ms: int) -> None:
    assert whole_seconds(value, "a") == ms


@pytest.mark.parametrize(
    "value",
    [-1, 10**11, "1772357400.5", Decimal("1772357400.0"), True, "", [], "१७"],
    ids=repr,
)
def test_other_seconds_are_no_time(value: object) -> None:
    with pytest.raises(BadEvent, match="seconds since 1970"):
        whole_seconds(value, "a")


@pytest.mark.parametrize(
    ("value", "ms"),
    [
        (Decimal("1529006854.329574"), 1529006854329),
        (Decimal("1529006854.3299999999999999999999999999999999"), 1529006854329),
        (1529006854, 1529006854000),
    ],
    ids=repr,
)
def test_fractions_of_a_second_are_cut_by_their_decimal_digits(value: object, ms: int) -> None:
    assert decimal_seconds(value, "a") == ms


@pytest.mark.parametrize(
    ("value", "currency", "minor"),
    [
        ("258.30", "UAH", 25830),
        (b"258.30000000000001", "UAH", 25830),
        (b"12.3456", "KWD", 12346),
        ("12.3456", "KWD", 12346),
        ("0.005", "EUR", 1),
        ("0.0049", "EUR", 0),
        ("1980.00", "JPY", 1980),
        ("1980.5", "JPY", 1981),
        (" 7 ", "EUR", 700),
        (b"1e2", "EUR", 10000),
        (b"1.005e1", "EUR", 1005),
        (0, "EUR", 0),
        ("92233720368547758.07", "EUR", 2**63 - 1),
    ],
    ids=repr,
)
def test_amounts_are_rounded_half_up_to_the_currencys_decimals(value: object, currency: str, minor: int) -> None:
    assert fields(value).amount("a", currency) == minor


@pytest.mark.parametrize(
    "value",
    [
        "1,5",
        "-1",
        -1,
        "1e2",
        "+1",
        "UAH 5",
        "92233720368547758.08",
        "92233720368547758.075",
        True,
        [],
        {},
        b"1e999",
        b"1e9999999999999999999",
    ],
    ids=repr,
)
def test_what_is_no_amount_is_refused(value: object) -> None:
    with pytest.raises(BadEvent) as refused:
        fields(value).amount("a", "EUR")
    assert (refused.value.code, refused.value.field) == ("bad_amount", "a")


def test_currencies_compare_without_case() -> None:
    assert fields(" eur ").currency("a") == "EUR"


@pytest.mark.parametrize(
    ("value", "code"),
    [("XXZ", "unknown_currency"), (5, "unknown_currency"), ([], "wrong_type"), (None, "missing")],
    ids=repr,
)
def test_what_is_no_currency_is_refused(value: object, code: str) -> None:
    with pytest.raises(BadEvent) as refused:
        fields(value).currency("a")
    assert (refused.value.code, refused.value.field) == (code, "a")


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("+380 (50) 123-45-67", "+380501234567"),
        ("00380501234567", "+380501234567"),
        ("380501234567", "+380501234567"),
        ("380.50.123.45.67", "+380501234567"),
        ("0501234567", "0501234567"),
        ("123", "123"),
        ("call me", "callme"),
        ("()", None),
    ],
    ids=repr,
)
def test_phones_get_their_plus_where_it_is_certain(text: str, phone: str | None) -> None:
    assert foreign_text.phone(text) == phone


def test_emails_are_small_and_trimmed() -> None:
    assert fields(" Ann@Shop.Example ").email("a") == "ann@shop.example"


@pytest.mark.parametrize(
    ("values", "tags"),
    [
        (["vip, service,,vip "], ["vip", "service"]),
        ([["vip", 7, None, {}, "a,b"]], ["vip", "7", "a,b"]),
        ([["vip"], "service"], ["vip", "service"]),
        ([None, {}], []),
    ],
    ids=repr,
)
def test_tags_are_a_list_or_a_text_with_commas(values: list[Any], tags: list[str]) -> None:
    assert foreign_text.tags((value, "tags") for value in values) == tags


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[1,]", b'{"a":NaN}', b'{"a":Infinity}', b"\xff", b'{"a":"\n"}', b"[" * 100_000, b'{"a":1} x', b"01"],
    ids=repr,
)
def test_a_body_that_is_no_json_is_refused_whole(body: bytes) -> None:
    with pytest.raises(RequestRefused) as refused:
        read_json(body)
    assert (refused.value.status, refused.value.code) == (400, "bad_json")


def test_json_may_nest_however_deep_and_begin_with_a_byte_order_mark() -> None:
    deep = b"[" * 100_000 + b"]" * 100_000
    assert read_json(b'\xef\xbb\xbf{"note":%b,"id":"]","n":1}' % deep) == {"note": _nested(299), "id": "]", "n": 1}


def _nested(depth: int) -> object:
    value: object = None
    for _ in range(depth):
        value = [value]
    return value
