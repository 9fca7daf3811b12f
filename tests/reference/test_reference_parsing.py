"""What fits and what does not (contract §1, §8)."""

from __future__ import annotations

import json

import pytest

from tests.reference.broken_lines import FURTHER_WAYS, ORDER, TOUCH, WAYS, broken_lines
from tests.reference.parsing import NOBODY, Event, Order, PartialOrder, Touch, read_event
from tests.reference.reference import expected
from tests.reference.scenario import NOW_MS, contact, erase, order, partial, seen, settings, touch
from tests.reference.values import Refused, day_text, moment_ms, moment_text

CHANNELS = {"email": {"event": "clicked", "window": "24h"}}


def read(line: bytes) -> Event:
    return read_event(line, NOW_MS)


def changed(line: bytes, **fields: object) -> bytes:
    return json.dumps(json.loads(line) | fields).encode()


def code(line: bytes) -> str:
    with pytest.raises(Refused) as error:
        read(line)
    return error.value.code


def amount(literal: str, currency: str = "EUR") -> int:
    line = order("03-01 12:00", currency=currency).replace(b'"10.00"', literal.encode())
    event = read(line)
    assert isinstance(event, Order)
    return event.amount


@pytest.mark.parametrize(
    ("line", "word"),
    broken_lines(further=True),
    ids=[f"{way}-{i}" for way, pairs in (WAYS | FURTHER_WAYS).items() for i in range(len(pairs))],
)
def test_each_way_of_being_wrong_is_refused_and_named(line: bytes, word: str) -> None:
    with pytest.raises(Refused) as error:
        read(line)
    assert word.lower() in str(error.value).lower()


def test_there_are_fifteen_ways_and_the_events_they_spoil_are_sound() -> None:
    assert len(WAYS) == 15
    lines = [line for line, _ in broken_lines()]
    sound = [touch("clicked", "03-01 10:00"), order("03-01 12:00")]
    view = expected([*lines, *sound, b"", b" \r\n", *lines], {}, NOW_MS)
    assert view.refused == sorted(set(lines)) == sorted(view.codes)
    assert {"type", *TOUCH} | {"type", *ORDER} >= {"type", "order", "message"}
    assert (view.redis, view.rows) == (seen(*sound).redis, seen(*sound).rows)


@pytest.mark.parametrize(
    ("literal", "currency", "minor"),
    [
        ('"10.00"', "EUR", 1000),
        ('"10"', "EUR", 1000),
        ('"10.000"', "EUR", 1000),
        ('"007.5"', "EUR", 750),
        ('"0"', "EUR", 0),
        ("10.10", "EUR", 1010),
        ("0.1", "EUR", 10),
        ("1e2", "EUR", 10000),
        ("1.005E3", "EUR", 100500),
        ("100e-2", "EUR", 100),
        ("0e5", "EUR", 0),
        ('"10.00"', "JPY", 10),
        ("10.0", "JPY", 10),
        ('"1.005"', "KWD", 1005),
        ('"92233720368547758.07"', "EUR", 2**63 - 1),
        ("92233720368547758.07", "EUR", 2**63 - 1),
        ("9223372036854775807", "JPY", 2**63 - 1),
    ],
)
def test_amounts_are_exact_however_they_are_written(literal: str, currency: str, minor: int) -> None:
    assert amount(literal, currency) == minor


@pytest.mark.parametrize(
    "literal", ['"1,5"', '"1 000"', '"+1"', '" 1"', '"1.2.3"', '"٣"', '"0x1"', "null", "{}", "1e309"]
)
def test_what_is_no_amount(literal: str) -> None:
    with pytest.raises(Refused, match="amount"):
        amount(literal)


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01T00:00:00.0019999Z", 1),
        ("1970-01-01T00:00:00.1Z", 100),
        ("1970-01-01T02:00:00.999999999+02:00", 999),
        ("1969-12-31T23:59:59.9999Z", -1),
        ("1969-12-31T18:30:00-05:30", 0),
        ("1970-01-01t00:00:00z", 0),
        ("1970-01-01T00:00:00-00:00", 0),
        ("2024-02-29T00:00:00Z", 1_709_164_800_000),
    ],
)
def test_times_are_kept_to_the_millisecond_the_rest_is_cut_off(text: str, ms: int) -> None:
    assert moment_ms(text) == ms
    assert moment_ms(moment_text(ms)) == ms


def test_days_follow_the_zone() -> None:
    assert day_text(moment_ms("2026-03-01T18:14:59.999Z"), "Asia/Kathmandu") == "2026-03-01"
    assert day_text(moment_ms("2026-03-01T18:15:00Z"), "Asia/Kathmandu") == "2026-03-02"


def test_an_event_of_more_than_a_day_ahead_is_refused() -> None:
    read(touch("sent", "2026-06-02T00:00:00Z"))
    read(settings("2027-01-01T00:00:00Z", "2026-06-01T00:00:00Z"))
    for line in (touch("sent", "2026-06-02T00:00:00.001Z"), erase("ann", "2030-01-01T00:00:00Z")):
        assert code(line) == "in_future"
    assert code(order("2026-06-02T00:00:00.001Z")) == "in_future"
    assert code(partial("03-01 12:00", ordered_at="2026-06-02T00:00:00.001Z")) == "in_future"


def test_of_a_key_given_twice_the_last_counts() -> None:
    line = b'{"type":7,"contact":null,"automated":"no",' + touch("clicked", "03-01 10:00", automated=True)[1:]
    assert read(line) == read(touch("clicked", "03-01 10:00", automated=True))
    assert isinstance(read(b'{"type":"order",' + touch("clicked", "03-01 10:00")[1:]), Touch)
    with pytest.raises(Refused, match="contact"):
        read(touch("clicked", "03-01 10:00")[:-1] + b',"contact":null}')


def test_null_in_an_optional_field_is_not_given_and_in_another_is_wrong() -> None:
    given = order("03-01 12:00")[:-1] + b',"refunded":null,"email":null,"items":null,"first_name":null}'
    assert read(given) == read(order("03-01 12:00"))
    assert read(touch("sent", "03-01 10:00", tags=None, automated=None)) == read(touch("sent", "03-01 10:00"))
    assert read(settings("03-01 10:00", "03-01 10:00", channels=None, show_sales=None)) == read(
        settings("03-01 10:00", "03-01 10:00")
    )


def test_an_order_may_name_nobody_at_all() -> None:
    event = read(order("03-01 12:00", contact=None))
    assert isinstance(event, Order)
    assert (event.contact, event.person) == (None, NOBODY)


def test_ids_have_1_to_256_characters_of_any_kind() -> None:
    read(touch("sent", "03-01 10:00", contact="😀" * 256, campaign="\x00", message=" a"))
    read(order("03-01 12:00", order='"\n\x7f\\'))


def test_a_million_bytes_fit_and_one_more_does_not() -> None:
    line = touch("sent", "03-01 10:00", note="")
    full = line.replace(b'""', b'"' + b"x" * ((1 << 20) - len(line)) + b'"')
    assert len(full) == 1 << 20
    assert read(full) == read(line)
    with pytest.raises(Refused, match="1 MiB"):
        read(full.replace(b"xx", b"xxx", 1))


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"currency": "EURO"}, "currency"),
        ({"time_zone": "Europe/Kiew"}, "time_zone"),
        ({"time_zone": 2}, "time_zone"),
        ({"show_sales": "on"}, "show_sales"),
        ({"ignore_automated": 1}, "ignore_automated"),
        ({"excluded_tags": "service"}, "excluded_tags"),
        ({"channels": []}, "channels"),
        ({"channels": {"E-Mail": CHANNELS["email"]}}, "channels"),
        ({"channels": {"email": {"event": "bounced", "window": "24h"}}}, "event"),
        ({"channels": {"email": {"event": "clicked"}}}, "window"),
        ({"channels": {"email": {"event": "clicked", "window": "24 hours"}}}, "window"),
        ({"channels": {"email": {"event": "clicked", "window": "91d"}}}, "window"),
    ],
)
def test_wrong_settings_are_refused_whole_with_the_field_s_name(wrong: dict[str, object], field: str) -> None:
    with pytest.raises(Refused, match=field):
        read(settings("03-01 10:00", "03-01 10:00", **wrong))


def test_a_contact_may_declare_nothing() -> None:
    read(contact("ann", "03-01 10:00"))


@pytest.mark.parametrize("blank", ["", " ", "\t\r\n", "\u00a0\u2003"])
def test_an_optional_text_or_id_that_is_blank_is_not_given(blank: str) -> None:
    personal = dict.fromkeys(("contact", "email", "phone", "external_customer_id", "first_name", "last_name"), blank)
    assert read(order("03-01 12:00", **personal)) == read(order("03-01 12:00", contact=None))
    assert read(partial("03-01 12:00", **personal)) == read(partial("03-01 12:00"))
    declared = {name: value for name, value in personal.items() if name != "contact"}
    assert read(contact("ann", "03-01 12:00", **declared)) == read(contact("ann", "03-01 12:00"))
    assert read(settings("03-01 12:00", "03-01 12:00", by=blank)) == read(settings("03-01 12:00", "03-01 12:00"))


def test_a_text_is_kept_as_it_came_blanks_around_it_too() -> None:
    event = read(order("03-01 12:00", first_name=" Ann "))
    assert isinstance(event, Order)
    assert event.person.first_name == " Ann "


def test_a_partial_order_needs_its_account_its_order_and_its_time_alone() -> None:
    event = read(partial("03-02 12:00", status=None))
    assert event == PartialOrder(
        "acme", "o1", None, None, None, None, None, None, NOBODY, None, moment_ms("2026-03-02T12:00:00Z")
    )
    nulls = dict.fromkeys(("status", "amount", "ordered_at", "refunded", "contact", "email", "items"))
    line = partial("03-02 12:00", status=None)[:-1] + b"," + json.dumps(nulls).encode()[1:]
    assert read(line) == event


def test_a_currency_alone_is_not_looked_at() -> None:
    for currency in ("EUR", "EURO", " ", 7):
        assert read(partial("03-02 12:00", currency=currency)) == read(partial("03-02 12:00"))


def test_partial_false_or_null_is_a_whole_event() -> None:
    assert read(order("03-01 12:00", partial=False)) == read(order("03-01 12:00"))
    assert read(order("03-01 12:00")[:-1] + b', "partial": null}') == read(order("03-01 12:00"))
    assert code(changed(order("03-01 12:00", partial=False), ordered_at=None)) == "missing"


def test_settings_say_who_changed_them_and_null_is_nobody() -> None:
    assert read(settings("03-01 10:00", "03-01 10:00", by=None)) == read(settings("03-01 10:00", "03-01 10:00"))
    assert read(settings("03-01 10:00", "03-01 10:00", by="Olena")) != read(settings("03-01 10:00", "03-01 10:00"))
