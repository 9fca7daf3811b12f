"""Contract events over HTTP: one, a list, or one a line; taken as they are, into the token's account."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.intake.contract_events import map_request
from api.intake.elements import Accepted, Element, Rejected
from api.intake.refusals import RequestRefused
from state.bad_events import BadEvent
from state.event_json import read_line
from tests.api.intake.sending import ABSENT, NOW, NOW_MS, changed, outcome, request

JSON: Final = {"Content-Type": "application/json"}
LINES: Final = {"Content-Type": "application/x-ndjson"}
TOUCH: Final = {
    "type": "touch",
    "account": "acme",
    "contact": "c1",
    "channel": "email",
    "event": "clicked",
    "campaign": "spring",
    "message": "m1",
    "time": NOW,
}
ORDER: Final = {
    "type": "order",
    "account": "acme",
    "order": "17",
    "status": "DELIVERED",
    "amount": 12.5,
    "currency": "EUR",
    "ordered_at": NOW,
    "time": NOW,
}
ERASE: Final = {"type": "erase", "account": "acme", "contact": "c1", "time": NOW}
SETTINGS: Final = {"type": "settings", "account": "acme", "effective_from": NOW, "time": NOW}


def taken(elements: list[Element]) -> list[bytes]:
    return [event for element in elements if isinstance(element, Accepted) for event in element.events]


@pytest.mark.parametrize(
    ("body", "media_type", "count"),
    [
        (json.dumps(TOUCH), "application/json", 1),
        (json.dumps([TOUCH, ORDER]), "application/json; charset=utf-8", 2),
        ("\ufeff" + json.dumps([TOUCH, ORDER], indent=1), "Application/JSON", 2),
        (json.dumps(TOUCH, indent=1).replace("\n", "\r\n"), "application/json", 1),
        (f"{json.dumps(TOUCH)}\n\n  \r\n{json.dumps(ORDER)}\r\n", "application/x-ndjson", 2),
        (json.dumps(TOUCH), "application/jsonl", 1),
        ("[]", "application/json", 0),
        ("", "application/x-ndjson", 0),
        ("\n \n", "application/x-ndjson", 0),
    ],
    ids=["one", "list", "indented list", "indented one", "lines", "one line", "empty list", "no lines", "blank lines"],
)
def test_events_come_alone_in_a_list_or_one_a_line(body: str, media_type: str, count: int) -> None:
    elements = map_request(request(body.encode(), {"Content-Type": media_type}))
    assert len(elements) == count
    assert [json.loads(event) for event in taken(elements)] == [TOUCH, ORDER][:count]
    assert not any(b"\n" in event or b"\r" in event for event in taken(elements))


@pytest.mark.parametrize("account", [ABSENT, "other", "", None, 5], ids=repr)
@pytest.mark.parametrize("fields", [TOUCH, ORDER], ids=["touch", "order"])
def test_the_tokens_account_is_the_events(account: object, fields: dict[str, Any]) -> None:
    (element,) = map_request(request(changed(fields, {"account": account}), JSON))
    (event,) = taken([element])
    assert json.loads(event) == fields
    assert event.count(b'"account"') == 1


def test_an_account_that_hides_behind_an_escape_is_found() -> None:
    body = json.dumps(TOUCH).replace('"account": "acme"', '"acc\\u006funt": "other", "n\\ud800": 1')
    (element,) = map_request(request(body.encode(), JSON))
    assert json.loads(taken([element])[0]) == {**TOUCH, "n\ud800": 1}


def test_amounts_keep_their_digits() -> None:
    body = json.dumps(changed(ORDER, {"account": ABSENT})).replace("12.5", "12.50")
    assert b"12.50" in taken(map_request(request(body.encode(), JSON)))[0]


@pytest.mark.parametrize(
    ("fields", "change", "code", "field"),
    [
        (TOUCH, {"type": ABSENT}, "missing", "type"),
        (TOUCH, {"type": "tuch"}, "not_allowed", "type"),
        (TOUCH, {"contact": ABSENT}, "missing", "contact"),
        (TOUCH, {"contact": " "}, "missing", "contact"),
        (TOUCH, {"contact": 5}, "wrong_type", "contact"),
        (TOUCH, {"contact": "x" * 257}, "too_long", "contact"),
        (TOUCH, {"event": "read"}, "not_allowed", "event"),
        (TOUCH, {"channel": "E-Mail"}, "not_allowed", "channel"),
        (TOUCH, {"time": "2026-03-02T12:00:00"}, "bad_time", "time"),
        (TOUCH, {"time": "2026-03-04T12:00:00Z"}, "in_future", "time"),
        (ORDER, {"status": "delivered"}, "not_allowed", "status"),
        (ORDER, {"amount": "12.345"}, "bad_amount", "amount"),
        (ORDER, {"currency": "EURO"}, "unknown_currency", "currency"),
        (ERASE, {}, "forbidden", "type"),
        (SETTINGS, {}, "forbidden", "type"),
        (TOUCH, {"note": "x" * 1_048_576}, "too_large", None),
    ],
    ids=str,
)
def test_an_event_that_does_not_fit_is_told_by_code_and_field(
    fields: dict[str, Any], change: dict[str, Any], code: str, field: str | None
) -> None:
    for base in (fields, changed(fields, {"account": ABSENT})):
        elements = map_request(request([TOUCH, changed(base, change), ORDER], JSON))
        assert [outcome(elements[1]), len(taken(elements))] == [(code, field), 2]


@pytest.mark.parametrize("fields", [ERASE, SETTINGS], ids=["erase", "settings"])
def test_an_admin_may_send_settings_and_erasures(fields: dict[str, Any]) -> None:
    assert len(taken(map_request(request(fields, JSON, is_admin=True)))) == 1


@pytest.mark.parametrize(
    ("line", "code"),
    [(b"{", "bad_json"), (b"5", "not_an_object"), (b"\xff", "bad_json"), (b'{"type":"touch"', "bad_json")],
    ids=repr,
)
def test_a_line_that_is_no_event_leaves_the_others_alone(line: bytes, code: str) -> None:
    whole = json.dumps(TOUCH).encode()
    elements = map_request(request(b"\n".join([whole, line, whole]), LINES))
    assert [outcome(elements[1]), len(taken(elements))] == [(code, None), 2]


@pytest.mark.parametrize(
    "body",
    [b"", b"5", b'"x"', b"null", b"{", b"[{]", b"[1,]", b"\xff", b'[{"a":"\xff"}]', b"{} x", b"[{}] x", b'[{"a":01}]'],
    ids=repr,
)
def test_a_body_that_is_no_json_is_refused_whole(body: bytes) -> None:
    with pytest.raises(RequestRefused) as refused:
        map_request(request(body, JSON))
    assert (refused.value.status, refused.value.code) == (400, "bad_json")


def test_elements_that_are_no_objects_are_told() -> None:
    elements = map_request(request(b'[5, null, "x", [], {}]', JSON))
    assert [outcome(element) for element in elements] == [("not_an_object", None)] * 4 + [("missing", "type")]


@pytest.mark.parametrize(
    "headers", [{}, {"Content-Type": "text/plain"}, {"Content-Type": "application/jsonx"}], ids=str
)
def test_other_media_types_are_not_taken(headers: dict[str, str]) -> None:
    with pytest.raises(RequestRefused) as refused:
        map_request(request(TOUCH, headers))
    assert (refused.value.status, refused.value.code) == (415, "unsupported_media_type")


def test_more_than_5000_events_are_too_many() -> None:
    assert len(map_request(request([5] * 5_000, JSON))) == 5_000
    for body, headers in ((json.dumps([5] * 5_001).encode(), JSON), (b"5\n" * 5_001, LINES)):
        with pytest.raises(RequestRefused) as refused:
            map_request(request(body, headers))
        assert (refused.value.status, refused.value.code) == (413, "too_many")


def test_depth_and_halves_of_characters_in_fields_that_nobody_reads_are_taken() -> None:
    deep = "[" * 100_000 + "]" * 100_000
    body = f'[{json.dumps(TOUCH)[:-1]},"note":{deep},"x":"\\ud800"}}]'
    assert len(taken(map_request(request(body.encode(), JSON)))) == 1


members = st.dictionaries(
    st.sampled_from([*TOUCH, *ORDER, "refunded", "items", "note"]),
    st.sampled_from([*TOUCH.values(), *ORDER.values(), None, "", 5, [], {}, True, "other"]),
)


@given(st.lists(members, max_size=3))
def test_what_is_accepted_the_dataflow_takes_and_what_is_not_it_would_refuse(events: list[dict[str, Any]]) -> None:
    for sent, element in zip(events, map_request(request(events, JSON)), strict=True):
        whole = json.dumps({**sent, "account": "acme"}).encode()
        if isinstance(element, Rejected):
            with pytest.raises(BadEvent) as refused:
                read_line(whole, NOW_MS)
            assert (refused.value.code, refused.value.field) == (element.code, element.field)
        else:
            assert read_line(taken([element])[0], NOW_MS) == read_line(whole, NOW_MS)
