"""A line of JSON is an event, whatever it holds beside what the contract names."""

from __future__ import annotations

import json
from typing import Any, Final

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from state.bad_events import BadEvent
from state.event_json import Event, parse_line, read_line
from state.events import (
    CampaignName,
    Contact,
    Erase,
    Order,
    PartialOrder,
    SettingsChange,
    Touch,
)
from state.settings import Settings, canonical
from tests.reference import account_settings, parsing
from tests.reference.broken_lines import CAMPAIGN, ORDER, PARTIAL, SETTINGS, TOUCH, broken_lines
from tests.reference.strategies import event_sets
from tests.reference.values import Refused, moment_ms
from tests.state.event_text import CONTACT, NOW_MS, line, order_of, read, reason, refused, said, with_json


@pytest.mark.parametrize(
    "literal",
    ['"\\ud800"', '["\\udfff", {"\\ud800": 1}]', "[" * 50_000 + "]" * 50_000, '{"a":' * 50_000 + "1" + "}" * 50_000],
)
@pytest.mark.parametrize("fields", [TOUCH, ORDER, PARTIAL, SETTINGS, CONTACT, CAMPAIGN])
@pytest.mark.parametrize("name", ["note", "items", "\\ud800"])
def test_a_field_that_nobody_reads_is_no_reason_to_refuse_an_event(
    fields: dict[str, Any], name: str, literal: str
) -> None:
    raw = line(fields)[:-1] + f', "{name}": {literal}}}'.encode()
    if fields is ORDER and name == "items":
        assert without_items(read(raw)) == read(line(fields))
    else:
        assert without_items(read(raw)) == without_items(read(line(fields)))


def without_items(event: Event) -> Event:
    if isinstance(event, Order | PartialOrder):
        return msgspec.structs.replace(event, items=None)
    return event


@pytest.mark.parametrize(
    ("literal", "kept"),
    [
        ('[{"sku": "A", "qty": 2}]', '[{"qty":2,"sku":"A"}]'),
        ('[{"sku": 820982911946154508123456}]', '[{"sku":820982911946154508123456}]'),
        ('[{"sku": "A", "note": "\\ud800"}, {"\\udfff": 1}, "\\ud800", 1e400]', '[{"sku":"A"},{}]'),
        ("9" * 5_000, None),
        ('"\\ud800"', None),
        ("[" * 300 + "]" * 300, None),
        ("[" * 256 + "]" * 256, "[" * 256 + "]" * 256),
        ('"text"', '"text"'),
        ("null", None),
    ],
    ids=range(9),
)
def test_of_items_what_cannot_be_kept_is_left_out(literal: str, kept: str | None) -> None:
    assert order_of(with_json(ORDER, "items", literal)).items == kept


def test_an_order_may_name_nobody() -> None:
    order = order_of(line(ORDER, contact=None))
    assert (order.contact, order.email, order.phone, order.external_customer_id) == (None, None, None, None)


@pytest.mark.parametrize("blank", ["", " ", "\t\n", "\u00a0\u2003"])
def test_an_optional_text_in_which_nothing_stands_is_not_given(blank: str) -> None:
    optional = ("contact", "email", "phone", "external_customer_id", "first_name", "last_name")
    assert read(line(ORDER, **dict.fromkeys(optional, blank))) == read(line(ORDER, contact=None))
    assert read(line(PARTIAL, **dict.fromkeys(optional, blank))) == read(line(PARTIAL))
    assert read(line(CONTACT, **dict.fromkeys(optional[1:], blank))) == read(line(CONTACT))
    assert read(line(SETTINGS, by=blank)) == read(line(SETTINGS))


def test_a_partial_order_is_what_it_names() -> None:
    time = moment_ms("2026-03-01T13:00:00Z")
    assert read(line(PARTIAL)) == PartialOrder("acme", "o1", time, status="DELIVERED")
    bare = line(PARTIAL, status=None)
    assert read(bare) == PartialOrder("acme", "o1", time)
    for name in ("status", "amount", "ordered_at", "refunded", "contact", "email", "items"):
        assert read(with_json(PARTIAL | {"status": None}, name, "null")) == read(bare)
    told = read(
        line(
            PARTIAL,
            amount="10.00",
            refunded=2.5,
            currency="EUR",
            ordered_at="2026-03-01T12:00:00Z",
            contact="c1",
            email="a@shop.example",
            items=[1],
        )
    )
    assert told == PartialOrder(
        *("acme", "o1", time, "DELIVERED", 1000, "EUR", moment_ms("2026-03-01T12:00:00Z"), 250, "c1"),
        email="a@shop.example",
        items="[1]",
    )


def test_a_currency_without_money_is_not_looked_at_in_a_partial_order() -> None:
    for currency in ("EUR", "EURO", "", " ", 978, ["EUR"], "\ud800"):
        assert read(line(PARTIAL, currency=currency)) == read(line(PARTIAL))
    assert read(line(PARTIAL, refunded="1", currency="EUR")) == msgspec.structs.replace(
        read(line(PARTIAL)), refunded=100, currency="EUR"
    )


@pytest.mark.parametrize("literal", ["false", "null"])
def test_an_order_that_is_not_partial_is_whole(literal: str) -> None:
    assert read(with_json(ORDER, "partial", literal)) == read(line(ORDER))
    assert refused(with_json(PARTIAL, "partial", literal)).code == "missing"


def test_a_campaign_has_a_name() -> None:
    time = moment_ms("2026-03-01T10:00:00Z")
    assert read(line(CAMPAIGN)) == CampaignName("acme", "email", "spring", "Spring sale", time)
    assert isinstance(read(line(CAMPAIGN, name="n" * 256)), CampaignName)


def test_settings_say_who_changed_them() -> None:
    change = read(line(SETTINGS, by="ann@shop.example"))
    assert isinstance(change, SettingsChange)
    assert change.by == "ann@shop.example"


def test_fields_that_no_table_knows_are_ignored_in_the_settings_of_an_event_too() -> None:
    rule = {"event": "clicked", "window": "24h"}
    assert read(line(SETTINGS, channels={"email": rule | {"note": 1}})) == read(
        line(SETTINGS, channels={"email": rule})
    )


def test_an_event_may_be_a_day_ahead_of_the_clock_and_no_more() -> None:
    tomorrow, later = "2026-06-02T00:00:00Z", "2026-06-02T00:00:00.001Z"
    assert isinstance(read(line(TOUCH, time=tomorrow)), Touch)
    assert refused(line(TOUCH, time=later)).kind == "in_future (time)"
    for fields in (ORDER, PARTIAL):
        read(line(fields, ordered_at=tomorrow))
        assert refused(line(fields, ordered_at=later)).kind == "in_future (ordered_at)"
    assert isinstance(read(line(SETTINGS, effective_from="2030-01-01T00:00:00Z")), SettingsChange)


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


def test_of_a_type_given_twice_the_last_one_counts_also_where_both_would_fit() -> None:
    assert read(b'{"type": "erase", ' + line(CONTACT)[1:]) == read(line(CONTACT))


def test_and_if_the_last_one_is_wrong_the_event_is() -> None:
    assert reason(line(TOUCH)[:-1] + b', "contact": 7}').startswith("contact: ")
    assert reason(line(TOUCH)[:-1] + b', "type": "order"}').startswith("order: missing")


BIG_NUMBERS: Final = ("1e400", "-1e999999", "123456789012345678901234567890", "0.1e-999")


@pytest.mark.parametrize("literal", BIG_NUMBERS)
@pytest.mark.parametrize("fields", [TOUCH, ORDER, SETTINGS, CONTACT], ids=lambda fields: str(fields["type"]))
def test_a_number_that_nothing_can_hold_does_no_harm_in_a_field_that_nobody_reads(
    fields: dict[str, Any], literal: str
) -> None:
    assert read(with_json(fields, "note", literal)) == read(line(fields))


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")], ids=["lists", "objects"])
@pytest.mark.parametrize("depth", [10, 100, *range(800, 1_050, 10), 10_000])
def test_how_deep_a_field_nests_makes_no_difference(opening: str, closing: str, depth: int) -> None:
    """The fast decoder has a limit, and what reads the line again must not have one."""
    nested = opening * depth + "0" + closing * depth
    for fields in (TOUCH, ORDER, SETTINGS, CONTACT):
        assert read(with_json(fields, "note", nested)) == read(line(fields))
    for name in ("tags", "automated", "contact", "time"):
        assert refused(with_json(TOUCH, name, nested)).field == name
    for name in ("channels", "currency", "excluded_tags"):
        assert str(refused(with_json(SETTINGS, name, nested)).field).startswith(name)
    for name in ("amount", "refunded", "status"):
        assert refused(with_json(ORDER, name, nested)).field == name


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
        case PartialOrder():
            return parsing.PartialOrder(
                *(event.account, event.order, event.contact, event.status, event.amount, event.currency),
                *(event.ordered_at, event.refunded, _person(event), event.items, event.time),
            )
        case CampaignName():
            return parsing.Campaign(event.account, event.channel, event.campaign, event.name, event.time)
        case Contact():
            return parsing.Contact(event.account, event.contact, _person(event), event.time)
        case Erase():
            return parsing.Erasure(event.account, event.contact, event.time)
        case SettingsChange():
            meant = account_settings.read_settings(json.loads(event.text))
            return account_settings.Version(event.account, event.effective_from, event.time, meant, event.by)


def _person(event: Order | PartialOrder | Contact) -> parsing.Person:
    return parsing.Person(event.email, event.phone, event.external_customer_id, event.first_name, event.last_name)


def read_as_reference(raw: bytes) -> object:
    """The event, or the code of why it is none."""
    try:
        time, event = read_line(raw, NOW_MS)
    except BadEvent as bad:
        return bad.code
    return as_reference(event, time)


def meant_by_reference(raw: bytes) -> object:
    try:
        return parsing.read_event(raw, NOW_MS)
    except Refused as wrong:
        return wrong.code


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(raws=event_sets("erase", broken=True))
def test_a_line_is_read_as_the_reference_reads_it(raws: list[bytes]) -> None:
    for raw in raws:
        assert read_as_reference(raw) == meant_by_reference(raw)


GARBAGE: Final = (b'"', b"{", b"}", b"[", b"\\u", b"\\ud83d", b",", b":")


@settings(deadline=None)
@given(raw=st.sampled_from([raw for raw, _ in broken_lines() if len(raw) < 500]), data=st.data())
def test_garbled_bytes_are_an_event_or_have_a_reason(raw: bytes, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(raw)))
    garbage = data.draw(st.one_of(st.binary(max_size=4), st.sampled_from(GARBAGE)))
    garbled = raw[:start] + garbage + raw[start + data.draw(st.integers(0, 4)) :]
    assert said(garbled) != ""
