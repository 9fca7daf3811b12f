"""Which `code` each refusal has, and what is never a reason to refuse (contract §6.3, §8; `intake.md` §1, §3)."""

from __future__ import annotations

import json

import pytest

from tests.reference.json_text import lines_of
from tests.reference.parsing import Event, Order, read_event
from tests.reference.scenario import NOW_MS, campaign, contact, order, partial, settings, touch
from tests.reference.values import Refused


def read(line: bytes) -> Event:
    return read_event(line, NOW_MS)


def changed(line: bytes, **fields: object) -> bytes:
    return json.dumps(json.loads(line) | fields).encode()


def code(line: bytes) -> str:
    with pytest.raises(Refused) as error:
        read(line)
    return error.value.code


CODES: dict[str, list[bytes]] = {
    "bad_json": [b"touch", b"[", b'{"type": NaN}', b'{"type": "\xff"}', b"[" * 100_000],
    "not_an_object": [b"[1]", b"7", b'"touch"'],
    "too_large": [touch("sent", "03-01 10:00", note="x" * (1 << 20))],
    "missing": [
        touch("sent", "03-01 10:00", campaign=None),
        touch("sent", "03-01 10:00", campaign=""),
        touch("sent", "03-01 10:00", contact=" \u00a0"),
        touch("sent", "03-01 10:00", time=None),
        touch("sent", "03-01 10:00", type=None),
        order("03-01 12:00", amount=None),
        order("03-01 12:00", currency=None),
        partial("03-01 12:00", amount="1"),
        campaign("spring", None, "03-01 12:00"),
        changed(settings("03-01 12:00", "03-01 12:00"), effective_from=None),
    ],
    "too_long": [
        touch("sent", "03-01 10:00", message="m" * 257),
        order("03-01 12:00", external_customer_id="x" * 257),
        campaign("spring", "n" * 257, "03-01 12:00"),
        settings("03-01 12:00", "03-01 12:00", by="b" * 257),
    ],
    "wrong_type": [
        touch("sent", "03-01 10:00", contact=7),
        touch("sent", "03-01 10:00", type=7),
        touch("sent", "03-01 10:00", tags="vip"),
        touch("sent", "03-01 10:00", automated="true"),
        touch("sent", "03-01 10:00", message="\ud800"),
        order("03-01 12:00", email=5),
        order("03-01 12:00", partial="true"),
        settings("03-01 12:00", "03-01 12:00", show_sales="on"),
    ],
    "bad_time": [
        touch("sent", "03-01 10:00", time="yesterday"),
        touch("sent", "03-01 10:00", time=1772359200),
        touch("sent", "03-01 10:00", time=""),
        changed(order("03-01 12:00"), ordered_at="2026-03-01"),
        partial("03-01 12:00", ordered_at=" "),
    ],
    "in_future": [touch("sent", "2026-06-02T00:00:00.001Z"), order("2026-06-02T00:00:00.001Z")],
    "bad_amount": [
        order("03-01 12:00", amount="-1"),
        order("03-01 12:00", amount="1,5"),
        order("03-01 12:00", amount="0.001"),
        order("03-01 12:00", amount=True),
        order("03-01 12:00", amount="10.00", refunded="10.01"),
        partial("03-01 12:00", amount=" ", currency="EUR"),
        partial("03-01 12:00", amount="1", refunded="2", currency="EUR"),
    ],
    "unknown_currency": [order("03-01 12:00", currency="EURO"), settings("03-01 12:00", "03-01 12:00", currency="X")],
    "not_allowed": [
        touch("bounced", "03-01 10:00"),
        touch("sent", "03-01 10:00", channel="E-Mail"),
        touch("sent", "03-01 10:00", type="click"),
        order("03-01 12:00", status="SHIPPED"),
        order("03-01 12:00", status=""),
        partial("03-01 12:00", status=" "),
        settings("03-01 12:00", "03-01 12:00", time_zone="localtime"),
    ],
}


@pytest.mark.parametrize(
    ("wanted", "line"),
    [(wanted, line) for wanted, lines in CODES.items() for line in lines],
    ids=[f"{wanted}-{at}" for wanted, lines in CODES.items() for at in range(len(lines))],
)
def test_each_refusal_has_the_code_of_the_doors(wanted: str, line: bytes) -> None:
    assert code(line) == wanted


def items_of(literal: str) -> str | None:
    event = read(order("03-01 12:00", items="here").replace(b'"here"', literal.encode()))
    assert isinstance(event, Order)
    return event.items


@pytest.mark.parametrize(
    ("literal", "kept"),
    [
        ("[]", "[]"),
        ('"a text"', '"a text"'),
        ("7", "7"),
        ('[{"qty":2,"sku":"A"},"чай"]', '[{"qty":2,"sku":"A"},"чай"]'),
        ('[{"sku":"A","note":"\\ud800"},{"sku":"B"}]', '[{"sku":"A"},{"sku":"B"}]'),
        ('[1e999, 2, "\\udfff"]', "[2]"),
        ("[" + "9" * 5_000 + "]", "[]"),
        ('{"\\ud800":1,"a":2}', '{"a":2}'),
        ('"\\ud800"', None),
        ("null", None),
        ("[" * 700 + "]" * 700, None),
    ],
)
def test_items_are_never_a_reason_to_refuse_what_cannot_be_kept_of_them_is_left_out(
    literal: str, kept: str | None
) -> None:
    assert items_of(literal) == kept


@pytest.mark.parametrize("literal", ['"\\ud800"', "1e999999999999999999999", "[[{}]]", "null", '{"\\udfff": 1}'])
def test_a_field_that_nobody_knows_is_never_a_reason_to_refuse(literal: str) -> None:
    for line in (touch("sent", "03-01 10:00"), order("03-01 12:00"), contact("ann", "03-01 10:00")):
        assert read(line[:-1] + b', "note": ' + literal.encode() + b"}") == read(line)
    other = touch("sent", "03-01 10:00")[:-1] + b', "amount": ' + literal.encode() + b"}"
    assert read(other) == read(touch("sent", "03-01 10:00"))


def test_a_byte_order_mark_at_the_start_of_a_file_or_record_is_skipped_and_nowhere_else() -> None:
    one, other = touch("sent", "03-01 10:00"), order("03-01 12:00")
    assert lines_of(b"\xef\xbb\xbf" + one + b"\r\n\n" + other + b"\n") == [one + b"\r", other]
    assert code(b"\xef\xbb\xbf" + one) == "bad_json"
