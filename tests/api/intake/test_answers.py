"""What each family of routes answers, and what is written."""

from __future__ import annotations

import hashlib
import json

import msgspec

from api.intake import yespo_hook, yespo_orders
from api.intake.answers import events_answer, hook_answer, orders_answer
from api.intake.elements import Accepted, Element, Ignored, Rejected
from api.intake.writing import events_of, letters_of
from tests.api.intake.sending import changed, request
from tests.api.intake.test_yespo_hook import CONTACT, TOLD, TOUCH
from tests.api.intake.test_yespo_orders import ORDER

BAD = Rejected("missing", "contactId", "not given; it is needed", b'{"a":1}')


def plain(answer: object) -> object:
    return json.loads(msgspec.json.encode(answer))


def test_a_hook_counts_the_elements_of_the_payload() -> None:
    elements: list[Element] = [Accepted((b"{}", b"{}")), Ignored("another"), BAD, Ignored("another")]
    assert plain(hook_answer("id", elements)) == {
        "request_id": "id",
        "summary": {"received": 4, "accepted": 1, "ignored": 2, "rejected": 1},
        "rejected": [{"index": 2, "code": "missing", "field": "contactId", "message": BAD.message}],
    }


def test_events_are_accepted_or_rejected() -> None:
    assert plain(events_answer("id", [Accepted((b"{}",)), BAD])) == {
        "request_id": "id",
        "summary": {"received": 2, "accepted": 1, "rejected": 1},
        "rejected": [{"index": 1, "code": "missing", "field": "contactId", "message": BAD.message}],
    }
    assert plain(events_answer("id", [])) == {
        "request_id": "id",
        "summary": {"received": 0, "accepted": 0, "rejected": 0},
        "rejected": [],
    }


def test_orders_that_were_all_taken_are_answered_with_nothing_and_others_by_name() -> None:
    assert orders_answer("id", yespo_orders.map_request(request({"orders": [ORDER]}))) is None
    failing = [ORDER, changed(ORDER, {"externalOrderId": 17, "status": "?"}), 5]
    answer = plain(orders_answer("id", yespo_orders.map_request(request({"orders": failing}))))
    assert isinstance(answer, dict)
    assert answer["asyncSessionId"] == "id"
    assert [{**order, "message": ""} for order in answer["failedOrders"]] == [
        {"externalOrderId": "17", "index": 1, "code": "not_allowed", "field": "status", "message": ""},
        {"externalOrderId": None, "index": 2, "code": "not_an_object", "field": None, "message": ""},
    ]


def test_events_are_written_before_what_they_declare() -> None:
    events = [json.loads(event) for event in events_of("acme", yespo_hook.map_request(request([TOLD, 5, TOLD])))]
    account = {"account": "acme"}
    assert events == [TOUCH | account, TOUCH | account, CONTACT | account]


def test_a_rejected_element_becomes_a_dead_letter_with_its_place_and_reason() -> None:
    no_object = Rejected("not_an_object", None, "not a JSON object", b"5")
    elements: list[Element] = [Accepted((b"{}",)), BAD, no_object]
    assert [json.loads(letter) for letter in letters_of("hook:yespo", elements)] == [
        {
            "code": "missing",
            "reason": "contactId: not given; it is needed",
            "raw": '{"a":1}',
            "topic": "hook:yespo",
            "line": 2,
        },
        {
            "code": "not_an_object",
            "reason": "not a JSON object",
            "raw": "5",
            "topic": "hook:yespo",
            "line": 3,
        },
    ]


def test_of_a_long_element_the_head_is_kept() -> None:
    raw = b"x" * 1_048_577
    (letter,) = letters_of("api:orders", [Rejected("too_large", None, "too long", raw)])
    assert json.loads(letter) == {
        "code": "too_large",
        "reason": "too long",
        "raw": "x" * 65_536,
        "topic": "api:orders",
        "line": 1,
        "length": 1_048_577,
        "sha256": hashlib.sha256(raw).hexdigest(),
    }
