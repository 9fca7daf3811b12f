"""What a marketer is told of an order: its record in `attributions`, and its row in the orders list."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest

from connectors.kafka.attribution_records import record, record_key
from connectors.view.order_rows import row
from state.attribution import Credit, Decision, Reason
from state.changes import Outcome
from tests.state.shop import at, day, order

CREDITED: Final = Decision(
    Reason.LAST_TOUCH, Credit("email", "spring", "m1", "clicked", at("2026-03-01T11:00:00.5Z"), "24h", False, ("vip",))
)
PERSON: Final[dict[str, Any]] = {
    "email": "ann@shop.example",
    "phone": "+380501234567",
    "external_customer_id": "x-1",
    "first_name": "Ганна",
    "last_name": "Smith",
}


def outcome(decision: Decision = CREDITED, **more: Any) -> Outcome:
    return Outcome(sequence=1, order=order("03-01 12:00", **more), decision=decision, day=day("03-01"), hour=12)


def recorded(decision: Decision = CREDITED, **more: Any) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(record(outcome(decision, **more)))
    return told


def listed(decision: Decision = CREDITED, **more: Any) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(row(outcome(decision, **more)))
    return told


def test_the_record_of_a_credited_order_has_the_fields_of_the_contract() -> None:
    told = recorded()
    assert told == {
        "account": "acme",
        "order": "o1",
        "contact": "ann",
        "status": "DELIVERED",
        "amount": "10.00",
        "currency": "EUR",
        "ordered_at": "2026-03-01T12:00:00.000Z",
        "credited": True,
        "channel": "email",
        "campaign": "spring",
        "message": "m1",
        "event": "clicked",
        "touched_at": "2026-03-01T11:00:00.500Z",
        "window": "24h",
        "reason": "last_touch",
        "expected": None,
    }
    assert told["credited"] is True


@pytest.mark.parametrize("reason", [reason for reason in Reason if reason != Reason.LAST_TOUCH])
def test_the_record_of_any_other_order_says_why_and_names_no_touch(reason: Reason) -> None:
    told = recorded(Decision(reason, None))
    assert (told["credited"], told["reason"]) == (False, reason.value)
    where = ("channel", "campaign", "message", "event", "touched_at", "window")
    assert [told[name] for name in where] == [None] * 6


def test_record_and_row_of_an_order_on_the_way_say_where_it_is_expected_and_credit_nobody() -> None:
    decision = Decision(Reason.NOT_DELIVERED, None, CREDITED.credit)
    expected = {
        "channel": "email",
        "campaign": "spring",
        "message": "m1",
        "event": "clicked",
        "touched_at": "2026-03-01T11:00:00.500Z",
        "window": "24h",
    }
    told, row = (show(decision, status="IN_PROGRESS") for show in (recorded, listed))
    assert told["expected"] == row["expected"] == expected
    assert (told["credited"], told["campaign"], row["campaign"]) == (False, None, None)
    assert told["reason"] == row["reason"] == "not_delivered"


def test_a_record_holds_no_name_and_no_address() -> None:
    text = record(outcome(**PERSON)).decode()
    assert not [value for value in PERSON.values() if value in text]


def test_a_key_is_the_same_for_the_same_order_and_for_no_other() -> None:
    assert json.loads(record_key("acme", "o1")) == ["acme", "o1"]
    keys = {record_key(*key) for key in (("a", "b,c"), ("a,b", "c"), ('a","b', "c"), ("a", 'b","c'), ("", "abc"))}
    assert len(keys) == 5
    assert record_key("тест", "ї\n") == record_key("тест", "ї\n")
    assert b"\n" not in record_key("тест", "ї\n")


def test_the_row_of_a_credited_order_has_all_that_the_lists_show() -> None:
    assert listed(refunded=250, items='[{"qty":2,"sku":"A"}]', **PERSON) == {
        "order": "o1",
        "contact": "ann",
        "status": "DELIVERED",
        "amount": "10.00",
        "currency": "EUR",
        "ordered_at": "2026-03-01T12:00:00.000Z",
        "refunded": "2.50",
        "campaign": "spring",
        "channel": "email",
        "message": "m1",
        "event": "clicked",
        "touched_at": "2026-03-01T11:00:00.500Z",
        "reason": "last_touch",
        "expected": None,
        "items": [{"qty": 2, "sku": "A"}],
        **PERSON,
    }


def test_what_is_not_known_is_null_and_items_that_were_not_given_are_absent() -> None:
    told = listed(Decision(Reason.CONTACT_UNKNOWN, None), contact=None)
    assert told["reason"] == "contact_unknown"
    unknown = ("contact", "refunded", *PERSON, "campaign", "channel", "message", "event", "touched_at")
    assert [told[name] for name in unknown] == [None] * len(unknown)
    assert "items" not in told


@pytest.mark.parametrize(
    ("minor", "currency", "text"), [(7, "JPY", "7"), (5, "EUR", "0.05"), (1, "KWD", "0.001"), (0, "EUR", "0.00")]
)
def test_an_amount_has_the_decimals_of_its_currency(minor: int, currency: str, text: str) -> None:
    assert recorded(amount=minor, currency=currency)["amount"] == text
    assert listed(amount=minor, currency=currency, refunded=minor)["refunded"] == text


def test_row_and_record_are_one_line_each() -> None:
    more: dict[str, Any] = {**PERSON, "contact": "a\nb", "items": '["x\\ny"]'}
    assert b"\n" not in record(outcome(**more))
    assert b"\n" not in row(outcome(**more))
