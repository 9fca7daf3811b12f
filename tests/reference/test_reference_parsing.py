"""What fits and what does not (contract §1, §8)."""

from __future__ import annotations

import pytest

from tests.reference.broken_lines import ORDER, TOUCH, WAYS, broken_lines
from tests.reference.parsing import Event, Order, Touch, read_event
from tests.reference.reference import expected
from tests.reference.scenario import NOW_MS, contact, erase, order, seen, settings, touch
from tests.reference.values import Refused, day_text, moment_ms, moment_text

CHANNELS = {"email": {"event": "clicked", "window": "24h"}}


def read(line: bytes) -> Event:
    return read_event(line, NOW_MS)


def amount(literal: str, currency: str = "EUR") -> int:
    line = order("03-01 12:00", currency=currency).replace(b'"10.00"', literal.encode())
    event = read(line)
    assert isinstance(event, Order)
    return event.amount


@pytest.mark.parametrize(
    ("line", "word"),
    broken_lines(),
    ids=[f"{way}-{i}" for way, pairs in WAYS.items() for i in range(len(pairs))],
)
def test_each_of_the_fifteen_ways_is_refused_and_named(line: bytes, word: str) -> None:
    with pytest.raises(Refused) as error:
        read(line)
    assert word.lower() in str(error.value).lower()


def test_there_are_fifteen_ways_and_the_events_they_spoil_are_sound() -> None:
    assert len(WAYS) == 15
    lines = [line for line, _ in broken_lines()]
    sound = [touch("clicked", "03-01 10:00"), order("03-01 12:00")]
    view = expected([*lines, *sound, b"", b" \r\n", *lines], {}, NOW_MS)
    assert view.refused == sorted(set(lines))
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
        with pytest.raises(Refused, match="time"):
            read(line)


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


def test_an_order_needs_a_contact_or_something_to_find_one_by() -> None:
    for name in ("email", "phone", "external_customer_id"):
        read(order("03-01 12:00", contact=None, **{name: "+1"}))
    with pytest.raises(Refused, match="contact"):
        read(order("03-01 12:00", contact=None, first_name="Ann"))


def test_ids_have_1_to_256_characters_of_any_kind() -> None:
    read(touch("sent", "03-01 10:00", contact="😀" * 256, campaign="\x00", message=" "))
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
