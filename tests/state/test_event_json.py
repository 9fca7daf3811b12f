"""A line of JSON is an event, or there is a reason that a person understands why it is none."""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from typing import Any, Final

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from state.dead_letters import Oversized, of_oversized
from state.event_json import BadEvent, Event, parse_line, read_line
from state.events import (
    Contact,
    Erase,
    Order,
    SettingsChange,
    Touch,
)
from state.settings import Settings, canonical
from tests.reference import account_settings, parsing
from tests.reference.broken_lines import ORDER, TOUCH, WAYS, broken_lines
from tests.reference.strategies import event_sets
from tests.reference.values import Refused, moment_ms

NOW_MS: Final = moment_ms("2026-06-01T00:00:00Z")
SETTINGS: Final = {
    "type": "settings",
    "account": "acme",
    "effective_from": "2026-03-01T00:00:00Z",
    "time": "2026-03-02T00:00:00Z",
}
CONTACT: Final = {"type": "contact", "account": "acme", "contact": "ann", "time": "2026-03-01T00:00:00Z"}


def line(fields: dict[str, Any], **more: Any) -> bytes:
    """An event's line; None leaves a field out."""
    return json.dumps({name: value for name, value in (fields | more).items() if value is not None}).encode()


def with_json(fields: dict[str, Any], name: str, literal: str) -> bytes:
    """An event's line with a field of exactly this JSON."""
    return line(fields, **{name: "here"}).replace(b'"here"', literal.encode())


def read(raw: bytes) -> Event:
    return read_line(raw, NOW_MS)[1]


def order_of(raw: bytes) -> Order:
    event = read(raw)
    assert isinstance(event, Order)
    return event


def reason(raw: bytes) -> str:
    with pytest.raises(BadEvent) as bad:
        read_line(raw, NOW_MS)
    return str(bad.value)


def said(raw: bytes) -> str | None:
    """The reason, or None where the line is an event."""
    try:
        read_line(raw, NOW_MS)
    except BadEvent as bad:
        return str(bad)
    return None


def reason_of_a_megabyte() -> str:
    """The reader never makes a line of it, so this is where its reason comes from."""
    oversized = Oversized(at=1, head=b"{", length=1_048_577, sha256="00")
    return of_oversized("events.jsonl", None, oversized).reason


FIFTEEN_WAYS: Final = [
    ("not JSON", b"touch acme c1", r"not JSON: .*\(byte 4\)"),
    ("not an object", b"[1, 2]", r"not a JSON object, but array"),
    ("unknown type", line(TOUCH, type="click"), r"type: 'click' is not one of touch, order, contact, settings, erase"),
    ("missing field", line(TOUCH, campaign=None), r"campaign: missing"),
    ("wrong type", line(TOUCH, contact=7), r"contact: expected str, got int"),
    ("bad time", line(TOUCH, time="yesterday"), r"time: 'yesterday' is not an RFC 3339 time"),
    ("no offset", line(TOUCH, time="2026-03-01T10:00:00"), r"time: '2026-03-01T10:00:00' has no offset \(write Z.*"),
    ("negative amount", line(ORDER, amount=-1), r"amount: -1 is negative"),
    ("negative amount in text", line(ORDER, amount="-1.00"), r"amount: .*-1\.00.* negative"),
    ("too many decimals", line(ORDER, amount="10.001"), r"amount: 10\.001 has more decimals than EUR has \(2\)"),
    ("NaN", with_json(ORDER, "amount", "NaN"), r"not JSON: .*"),
    ("1e400", with_json(ORDER, "amount", "1e400"), r"amount: 1e400 is more than 9223372036854775807 minor units"),
    ("unknown currency", line(ORDER, currency="EURO"), r"currency: 'EURO' is not an ISO 4217 code"),
    ("unknown status", line(ORDER, status="SHIPPED"), r"status: .*'SHIPPED'"),
    ("over-long id", line(TOUCH, message="m" * 257), r"message: expected str of length <= 256"),
    ("deep nesting", b"[" * 100_000, r"not a JSON object, but array|nested too deeply to be an event"),
    ("deep nesting inside", with_json(TOUCH, "note", '{"a":' * 50_000 + "1" + "}" * 50_000), r"nested too deeply .*"),
    ("invalid UTF-8", line(TOUCH).replace(b"spring", b"spr\xffng"), r"not UTF-8"),
]


@pytest.mark.parametrize(("raw", "words"), [way[1:] for way in FIFTEEN_WAYS], ids=[way[0] for way in FIFTEEN_WAYS])
def test_a_person_reads_why_an_event_does_not_fit(raw: bytes, words: str) -> None:
    assert re.fullmatch(words, reason(raw))


def test_and_that_a_megabyte_is_too_long() -> None:
    assert reason_of_a_megabyte() == "an event of 1048577 bytes is longer than 1 MiB; its first 64 KiB are kept"


@pytest.mark.parametrize(
    "raw",
    [raw for way, pairs in WAYS.items() for raw, _ in pairs if way != "a megabyte line"],
    ids=[f"{way} {at}" for way, pairs in WAYS.items() for at in range(len(pairs)) if way != "a megabyte line"],
)
def test_every_way_of_being_wrong_has_a_reason_on_one_line(raw: bytes) -> None:
    said = reason(raw)
    assert 0 < len(said) < 400
    assert said.isprintable()
    assert not re.search(r"`|\$|Expected", said), "a decoder's words, not a person's"


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        *((line(TOUCH, **{name: None}), name) for name in TOUCH if name != "type"),
        *((line(ORDER, **{name: None}), name) for name in ORDER if name != "type"),
        *((line(SETTINGS, **{name: None}), name) for name in SETTINGS if name != "type"),
        *((line(CONTACT, **{name: None}), name) for name in CONTACT if name != "type"),
    ],
)
def test_a_missing_field_is_named(raw: bytes, field: str) -> None:
    assert reason(raw).startswith(f"{field}: missing")


@pytest.mark.parametrize(
    ("raw", "start"),
    [
        (line(TOUCH, tags=["service", 1]), "tags[1]: "),
        (line(TOUCH, automated="true"), "automated: "),
        (line(TOUCH, automated=1), "automated: "),
        (line(TOUCH, channel="E-Mail"), "channel: 'E-Mail' is not 1–32 of a–z, 0–9, _ and -"),
        (line(TOUCH, channel="x" * 33), "channel: 'xxxxxxxxx"),
        (line(TOUCH, event="bounced"), "event: "),
        (line(TOUCH, campaign=""), "campaign: "),
        (line(ORDER, ordered_at="2026-03-01"), "ordered_at: '2026-03-01' is not an RFC 3339 time"),
        (line(ORDER, refunded="10.01"), "refunded: "),
        (line(ORDER, refunded="x"), "refunded: 'x' is not a decimal number"),
        (line(ORDER, email=5), "email: "),
        (line(ORDER, external_customer_id=""), "external_customer_id: "),
        (line(SETTINGS, currency="EURO"), "currency: 'EURO' is not an ISO 4217 code"),
        (
            line(SETTINGS, channels={"email": {"event": "sent", "window": "91d"}}),
            "channels.email.window: 91d is longer",
        ),
        (line(SETTINGS, effective_from="2026"), "effective_from: '2026' is not an RFC 3339 time"),
        (line(SETTINGS, ignore_automated="no"), "ignore_automated: 'no' is neither true nor false"),
        (line(TOUCH, type=7), "type: "),
        (with_json(TOUCH, "type", "null"), "type: "),
        (line(TOUCH, type=None), "type: missing"),
    ],
)
def test_the_field_that_does_not_fit_comes_first(raw: bytes, start: str) -> None:
    assert reason(raw).startswith(start)


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        (TOUCH, "message"),
        (TOUCH, "note"),
        (ORDER, "email"),
        (ORDER, "amount"),
        (ORDER, "items"),
        (SETTINGS, "time_zone"),
    ],
)
def test_half_a_character_is_no_text_and_that_is_what_is_said(fields: dict[str, Any], name: str) -> None:
    assert "surrogate" in reason(with_json(fields, name, '"\\ud800"'))


def test_an_order_of_nobody_says_what_could_have_named_somebody() -> None:
    assert reason(line(ORDER, contact=None)) == "contact: missing, and so are email, phone and external_customer_id"
    for name in ("email", "phone", "external_customer_id"):
        assert order_of(line(ORDER, contact=None, **{name: "x"})).contact is None


def test_an_event_may_be_a_day_ahead_of_the_clock_and_no_more() -> None:
    tomorrow = line(TOUCH, time="2026-06-02T00:00:00Z")
    assert isinstance(read(tomorrow), Touch)
    later = line(TOUCH, time="2026-06-02T00:00:00.001Z")
    assert reason(later) == "time: 2026-06-02T00:00:00.001Z is more than a day ahead of the clock"
    assert order_of(line(ORDER, ordered_at="2027-01-01T00:00:00Z")).ordered_at == moment_ms("2027-01-01T00:00:00Z")


def test_a_touch_is_read_with_its_time_in_ms() -> None:
    ms, event = read_line(line(TOUCH, tags=["vip"], automated=True, time="2026-03-01T12:00:00.5+02:00"), NOW_MS)
    assert ms == moment_ms("2026-03-01T10:00:00.500Z")
    assert isinstance(event, Touch)
    where = event.account, event.contact, event.channel, event.event, event.campaign, event.message
    assert where == ("acme", "c1", "email", "clicked", "spring", "m1")
    assert (event.tags, event.automated) == (["vip"], True)


def test_an_order_is_read_whole() -> None:
    person = {
        "email": "a@shop.example",
        "phone": "+1",
        "external_customer_id": "x",
        "first_name": "A",
        "last_name": "B",
    }
    raw = line(ORDER, refunded=2.5, items=[{"sku": "A", "qty": 2}], note="ignored", **person)
    assert msgspec.structs.asdict(order_of(raw)) == {
        **person,
        "account": "acme",
        "order": "o1",
        "contact": "c1",
        "status": "DELIVERED",
        "amount": 1000,
        "currency": "EUR",
        "ordered_at": moment_ms("2026-03-01T12:00:00Z"),
        "time": moment_ms("2026-03-01T13:00:00Z"),
        "refunded": 250,
        "items": '[{"qty":2,"sku":"A"}]',
    }


@pytest.mark.parametrize("name", ["refunded", "email", "phone", "external_customer_id", "first_name", "items"])
def test_null_in_an_optional_field_is_not_given(name: str) -> None:
    assert order_of(with_json(ORDER, name, "null")) == order_of(line(ORDER))


@pytest.mark.parametrize(
    ("literal", "currency", "minor"),
    [
        ('"10.00"', "EUR", 1000),
        ("10.1", "EUR", 1010),
        ("0.1", "EUR", 10),
        ("1e2", "EUR", 10_000),
        ("1250E-2", "EUR", 1250),
        ("92233720368547758.07", "EUR", 2**63 - 1),
        ('"10.00"', "JPY", 10),
        ('"\\u0031\\u0030"', "EUR", 1000),
        ("0", "EUR", 0),
        ("-0", "EUR", 0),
    ],
)
def test_an_amount_is_read_digit_by_digit(literal: str, currency: str, minor: int) -> None:
    raw = with_json(ORDER, "amount", literal).replace(b'"EUR"', f'"{currency}"'.encode())
    assert order_of(raw).amount == minor


def test_a_contact_an_erasure_and_settings_are_read() -> None:
    assert read(line(CONTACT, email="a@shop.example")) == Contact(
        "acme", "ann", moment_ms("2026-03-01T00:00:00Z"), "a@shop.example"
    )
    assert read(line(CONTACT, type="erase")) == Erase("acme", "ann", moment_ms("2026-03-01T00:00:00Z"))
    change = read(line(SETTINGS, currency="JPY", excluded_tags=["b", "a", "b"], note="ignored"))
    assert change == SettingsChange(
        "acme",
        moment_ms("2026-03-01T00:00:00Z"),
        moment_ms("2026-03-02T00:00:00Z"),
        canonical(Settings(currency="JPY", excluded_tags=("a", "b"))),
    )


def test_settings_that_are_not_given_have_their_defaults() -> None:
    change = read(with_json(SETTINGS, "channels", "null"))
    assert isinstance(change, SettingsChange)
    assert change.text == canonical(Settings())


@pytest.mark.parametrize(
    "twice",
    [
        b'{"contact": [], ' + line(TOUCH)[1:],
        b'{"contact": null, ' + line(TOUCH)[1:],
        b'{"type": "order", ' + line(TOUCH)[1:],
        b'{"type": 7, ' + line(TOUCH)[1:],
        b'{"type": "another", ' + line(TOUCH)[1:].replace(b'"type"', b'"\\u0074ype"'),
        b'{"note": 1e400, "contact": 5, ' + line(TOUCH)[1:],
        b'{"channel": "SMS!", "event": "bounced", "time": "", ' + line(TOUCH)[1:],
    ],
)
def test_of_a_key_given_twice_the_last_one_counts(twice: bytes) -> None:
    assert read(twice) == read(line(TOUCH))


def test_and_if_the_last_one_is_wrong_the_event_is() -> None:
    assert reason(line(TOUCH)[:-1] + b', "contact": 7}').startswith("contact: ")
    assert reason(line(TOUCH)[:-1] + b', "type": "order"}').endswith(": missing")


BIG_NUMBERS: Final = ("1e400", "-1e999999", "123456789012345678901234567890", "0.1e-999")


@pytest.mark.parametrize("literal", BIG_NUMBERS)
@pytest.mark.parametrize("fields", [TOUCH, ORDER, SETTINGS, CONTACT], ids=lambda fields: str(fields["type"]))
def test_a_number_that_nothing_can_hold_does_no_harm_in_a_field_that_nobody_reads(
    fields: dict[str, Any], literal: str
) -> None:
    assert read(with_json(fields, "note", literal)) == read(line(fields))


def deepest(opening: str, closing: str) -> int:
    """How deep a touch may nest and still be read."""
    depths = range(1, 200_000)

    def is_too_deep(depth: int) -> bool:
        return said(with_json(TOUCH, "note", opening * depth + "0" + closing * depth)) is not None

    return depths[bisect_left(depths, x=True, key=is_too_deep)]


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")], ids=["lists", "objects"])
def test_however_deep_an_event_nests_it_is_read_or_refused(opening: str, closing: str) -> None:
    """What reads a part of it again must not be the one that breaks."""
    seen = set()
    limit = deepest(opening, closing)
    for depth in range(limit - 12, limit + 12):
        nested = opening * depth + "0" + closing * depth
        for fields in (TOUCH, ORDER, SETTINGS, CONTACT):
            for name in ("items", "note"):
                once = with_json(fields, name, nested)
                for raw in (once, b'{"type": "x", ' + once[1:], b'{"time": 7, ' + once[1:]):
                    seen.add(said(raw))
    assert seen == {None, "nested too deeply to be an event"}


def test_a_line_is_parsed_before_it_is_checked() -> None:
    parsed = parse_line(line(TOUCH, channel="E-Mail"))
    assert isinstance(parsed, Touch)
    assert parsed.channel == "E-Mail"


def as_reference(event: Event, time: int) -> object:
    """The event as the reference would have read it."""
    match event:
        case Touch():
            where = event.account, event.contact, event.channel, event.event, event.campaign, event.message
            return parsing.Touch(*where, tags=frozenset(event.tags or ()), automated=bool(event.automated), time=time)
        case Order():
            return parsing.Order(
                *(event.account, event.order, event.contact, event.status, event.amount, event.currency),
                *(event.ordered_at, event.refunded, _person(event), event.items, event.time),
            )
        case Contact():
            return parsing.Contact(event.account, event.contact, _person(event), event.time)
        case Erase():
            return parsing.Erasure(event.account, event.contact, event.time)
        case SettingsChange():
            meant = account_settings.read_settings(json.loads(event.text))
            return account_settings.Version(event.account, event.effective_from, event.time, meant)


def _person(event: Order | Contact) -> parsing.Person:
    return parsing.Person(event.email, event.phone, event.external_customer_id, event.first_name, event.last_name)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(raws=event_sets("erase", broken=True))
def test_a_line_is_read_as_the_reference_reads_it(raws: list[bytes]) -> None:
    for raw in raws:
        try:
            meant: object = parsing.read_event(raw, NOW_MS)
        except Refused:
            with pytest.raises(BadEvent):
                read_line(raw, NOW_MS)
        else:
            time, event = read_line(raw, NOW_MS)
            assert as_reference(event, time) == meant


GARBAGE: Final = (b'"', b"{", b"}", b"[", b"\\u", b"\\ud83d", b",", b":")


@settings(deadline=None)
@given(raw=st.sampled_from([raw for raw, _ in broken_lines() if len(raw) < 500]), data=st.data())
def test_garbled_bytes_are_an_event_or_have_a_reason(raw: bytes, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(raw)))
    garbage = data.draw(st.one_of(st.binary(max_size=4), st.sampled_from(GARBAGE)))
    garbled = raw[:start] + garbage + raw[start + data.draw(st.integers(0, 4)) :]
    assert said(garbled) != ""
