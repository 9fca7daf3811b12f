"""Where a line is no event there is a code, a field, and a reason that says what to send instead."""

from __future__ import annotations

import re
from typing import Any, Final

import pytest

from state.dead_letters import Oversized, of_oversized
from tests.reference import parsing
from tests.reference.broken_lines import CAMPAIGN, FURTHER_WAYS, ORDER, SETTINGS, TOUCH, WAYS
from tests.reference.values import Refused
from tests.state.event_text import CONTACT, NOW_MS, line, reason, refused, with_json


def reason_of_a_megabyte() -> str:
    """The reader never makes a line of it, so this is where its reason comes from."""
    oversized = Oversized(at=1, head=b"{", length=1_048_577, sha256="00")
    return of_oversized("events.jsonl", None, oversized).reason


COUNTS_SECONDS: Final = 'send an RFC 3339 time, such as "2026-03-01T10:00:00.000Z" where it counts seconds'
COUNTS_MILLISECONDS: Final = 'send an RFC 3339 time, such as "2026-03-01T10:00:00.123Z" where it counts milliseconds'
EXAMPLE: Final = "send one such as 2026-03-01T10:00:00Z"
TELLING: Final = [
    ("not JSON", b"touch acme c1", "not JSON: character 1 does not belong there; send one JSON object on one line"),
    ("cut short", line(TOUCH)[:-1], "not JSON: it ends too early; send the whole object on one line"),
    ("not an object", b"[1, 2]", "not a JSON object, but a list; send one object a line"),
    ("no text", line(TOUCH).replace(b"spring", b"spr\xffng"), "not UTF-8 from byte 111 on; send UTF-8"),
    (
        "unknown type",
        line(TOUCH, type="click"),
        'type: "click" is not one of touch, order, contact, campaign, settings, erase',
    ),
    ("missing", line(TOUCH, campaign=None), "campaign: missing; send a text of 1–256 characters"),
    ("null", with_json(TOUCH, "campaign", "null"), "campaign: null; send a text of 1–256 characters"),
    ("empty id", line(TOUCH, contact=""), "contact: empty; send a text of 1–256 characters"),
    ("blank id", line(TOUCH, contact=" "), "contact: blank; send a text of 1–256 characters"),
    ("numeric id", line(TOUCH, contact=123), 'contact: 123 is a number; send it as text: "123"'),
    (
        "an id of yes and no",
        line(TOUCH, contact=True),
        'contact: true is neither a text nor null; send it as text: "true"',
    ),
    ("a list of ids", line(TOUCH, contact=["a"]), "contact: a list; send one text"),
    (
        "epoch seconds",
        line(TOUCH, time=1772359200),
        f"time: 1772359200 is a number; {COUNTS_SECONDS}",
    ),
    (
        "epoch milliseconds",
        line(TOUCH, time=1772359200123),
        f"time: 1772359200123 is a number; {COUNTS_MILLISECONDS}",
    ),
    (
        "epoch seconds as text",
        line(TOUCH, time="1772359200"),
        f"time: '1772359200' is not an RFC 3339 time; {COUNTS_SECONDS}",
    ),
    (
        "no offset",
        line(TOUCH, time="2026-03-01T10:00:00"),
        f"time: '2026-03-01T10:00:00' has no offset (write Z or +02:00 behind it); {EXAMPLE}",
    ),
    (
        "ahead of the clock",
        line(TOUCH, time="2026-06-02T00:00:00.001Z"),
        "time: 2026-06-02T00:00:00.001Z is more than a day ahead of the clock; send when it happened",
    ),
    ("negative", line(ORDER, amount=-1), 'amount: -1 is negative; send a decimal text such as "12.50"'),
    (
        "too many decimals",
        line(ORDER, amount="10.001"),
        'amount: 10.001 has more decimals than EUR has (2); send a decimal text such as "12.50"',
    ),
    ("currency", line(ORDER, currency="EURO"), 'currency: "EURO" is not an ISO 4217 code; send one such as EUR'),
    (
        "given back",
        line(ORDER, refunded="10.01"),
        'refunded: "10.01" is more than the amount; send what was given back of it so far',
    ),
    (
        "status",
        line(ORDER, status="SHIPPED"),
        'status: "SHIPPED" is not one of INITIALIZED, IN_PROGRESS, DELIVERED, CANCELLED, ABANDONED_SHOPPING_CART',
    ),
    (
        "over-long id",
        line(TOUCH, message="m" * 257),
        'message: "' + "m" * 58 + "… has 257 characters; send at most 256",
    ),
    (
        "half a character",
        with_json(TOUCH, "message", '"\\ud800"'),
        "message: half of a surrogate pair (\\ud800 … \\udfff) without the other half; send whole characters",
    ),
    (
        "channel",
        line(TOUCH, channel="E-Mail"),
        'channel: "E-Mail" is not 1–32 of a–z, 0–9, _ and -; send one such as sms',
    ),
    ("partial", line(ORDER, partial="true"), 'partial: "true" is neither true nor false; send one of them'),
    ("tags", line(TOUCH, tags=["vip", 7]), "tags: number 2 of the list is no text; send texts only"),
]


@pytest.mark.parametrize(("raw", "words"), [way[1:] for way in TELLING], ids=[way[0] for way in TELLING])
def test_a_person_reads_why_an_event_does_not_fit_and_what_to_send_instead(raw: bytes, words: str) -> None:
    assert reason(raw) == words


def test_and_that_a_megabyte_is_too_long() -> None:
    assert reason_of_a_megabyte() == "an event of 1048577 bytes is longer than 1 MiB; its first 64 KiB are kept"


ALL_WAYS: Final = [
    (way, raw) for way, pairs in (WAYS | FURTHER_WAYS).items() if way != "a megabyte line" for raw, _ in pairs
]


@pytest.mark.parametrize(
    "raw", [raw for _, raw in ALL_WAYS], ids=[f"{at} {way}" for at, (way, _) in enumerate(ALL_WAYS)]
)
def test_every_way_of_being_wrong_has_a_code_and_a_reason_on_one_line(raw: bytes) -> None:
    bad = refused(raw)
    with pytest.raises(Refused) as meant:
        parsing.read_event(raw, NOW_MS)
    assert bad.code == meant.value.code
    assert str(bad) == (f"{bad.field}: {bad.message}" if bad.field else bad.message)
    assert 0 < len(str(bad)) < 400
    assert str(bad).isprintable()
    assert not re.search(r"`|\$|Expected", str(bad)), "a decoder's words, not a person's"


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        *((line(TOUCH, **{name: None}), name) for name in TOUCH if name != "type"),
        *((line(ORDER, **{name: None}), name) for name in ORDER if name not in ("type", "contact")),
        *((line(SETTINGS, **{name: None}), name) for name in SETTINGS if name != "type"),
        *((line(CONTACT, **{name: None}), name) for name in CONTACT if name != "type"),
        *((line(CAMPAIGN, **{name: None}), name) for name in CAMPAIGN if name != "type"),
    ],
)
def test_a_missing_field_is_named(raw: bytes, field: str) -> None:
    bad = refused(raw)
    assert (bad.code, bad.field) == ("missing", field)
    assert bad.message.startswith("missing")


@pytest.mark.parametrize(
    ("raw", "start"),
    [
        (line(TOUCH, automated=1), "automated: "),
        (line(TOUCH, channel="x" * 33), 'channel: "xxxxxxxxx'),
        (line(ORDER, ordered_at="2026-03-01"), "ordered_at: '2026-03-01' is not an RFC 3339 time"),
        (line(ORDER, refunded="x"), "refunded: 'x' is not a decimal number"),
        (line(ORDER, email=5), "email: "),
        (line(SETTINGS, currency="EURO"), "currency: 'EURO' is not an ISO 4217 code"),
        (
            line(SETTINGS, channels={"email": {"event": "sent", "window": "91d"}}),
            "channels.email.window: 91d is longer",
        ),
        (line(SETTINGS, effective_from="2026"), "effective_from: '2026' is not an RFC 3339 time"),
        (line(SETTINGS, ignore_automated="no"), "ignore_automated: 'no' is neither true nor false"),
        (line(SETTINGS, excluded_tags=[5]), "excluded_tags: [5] is not a list of texts"),
        (line(TOUCH, type=7), "type: 7 is no text"),
        (with_json(TOUCH, "type", "null"), "type: null"),
        (line(TOUCH, type=None), "type: missing"),
    ],
)
def test_the_field_that_does_not_fit_comes_first(raw: bytes, start: str) -> None:
    assert reason(raw).startswith(start)


def test_what_refused_events_are_counted_by_never_says_what_stood_there() -> None:
    assert refused(line(ORDER, email=5)).kind == "wrong_type (email)"
    assert refused(b"ann@shop.example").kind == "bad_json"


@pytest.mark.parametrize(
    ("fields", "name"), [(TOUCH, "message"), (ORDER, "email"), (ORDER, "amount"), (SETTINGS, "time_zone")]
)
def test_half_a_character_is_no_text_and_that_is_what_is_said(fields: dict[str, Any], name: str) -> None:
    bad = refused(with_json(fields, name, '"\\ud800"'))
    assert (bad.code, bad.field) == ("wrong_type", name)
    assert "surrogate" in bad.message
