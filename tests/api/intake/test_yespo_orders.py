"""Yespo's "Add orders": a shop that sends its orders there changes one address."""

from __future__ import annotations

from typing import Any, Final

import pytest

from api.intake.elements import Rejected
from api.intake.refusals import RequestRefused
from api.intake.yespo_orders import map_request
from tests.api.intake.sending import ABSENT, NOW, Outcome, changed, outcome, outcomes, request, written

# As Yespo's documentation has it.
ORDER: Final[dict[str, Any]] = {
    "externalOrderId": "6688",
    "externalCustomerId": "9911",
    "totalCost": 258.30,
    "status": "DELIVERED",
    "date": "2026-03-01T09:30:00",
    "currency": "uah",
    "email": "Ann@Shop.example",
    "phone": "380501234567",
    "firstName": "Ann",
    "lastName": "Smith",
    "storeId": "1",
    "shipping": 50,
    "discount": "a lot",
    "deliveryAddress": "Kyiv",
    "items": [{"externalItemId": "A", "quantity": 2, "cost": 12.50}],
}
EVENT: Final[dict[str, Any]] = {
    "type": "order",
    "order": "6688",
    "status": "DELIVERED",
    "amount": "258.30",
    "currency": "UAH",
    "ordered_at": "2026-03-01T07:30:00.000Z",
    "time": NOW,
    "external_customer_id": "9911",
    "email": "ann@shop.example",
    "phone": "+380501234567",
    "first_name": "Ann",
    "last_name": "Smith",
    "items": ORDER["items"],
}


def sent(change: dict[str, Any]) -> Outcome:
    (element,) = map_request(request({"orders": [changed(ORDER, change)]}))
    return outcome(element)


@pytest.mark.parametrize(
    ("change", "event_change"),
    [
        ({}, {}),
        ({"externalOrderId": 6688}, {}),
        ({"status": " DELIVERED "}, {}),
        ({"totalCost": "258.3"}, {}),
        ({"totalCost": "258.299"}, {}),
        ({"currency": "JPY"}, {"currency": "JPY", "amount": "258"}),
        ({"date": "2026-03-01T09:30:00+02:00"}, {}),
        ({"date": "2026-03-01T09:30:00.000000+02:00"}, {}),
        ({"date": "2026-03-01T10:30:00.7022176+03:00"}, {"ordered_at": "2026-03-01T07:30:00.702Z"}),
        ({"statusDate": "2026-03-02T11:00:00"}, {"time": "2026-03-02T09:00:00.000Z"}),
        ({"statusDate": "null"}, {}),
        ({"externalCustomerId": "null"}, {"external_customer_id": ABSENT}),
        ({"externalCustomerId": {}}, {"external_customer_id": ABSENT}),
        ({"externalCustomerId": None, "email": ""}, {"external_customer_id": ABSENT, "email": ABSENT}),
        ({"phone": "null", "firstName": None}, {"phone": ABSENT, "first_name": ABSENT}),
        ({"items": "none"}, {"items": ABSENT}),
        ({"items": [1]}, {"items": ABSENT}),
        ({"items": []}, {"items": []}),
        ({"additionalInfo": [[[]]], "taxes": "x" * 1_000}, {}),
    ],
    ids=str,
)
def test_an_order_is_taken(change: dict[str, Any], event_change: dict[str, Any]) -> None:
    assert sent(change) == [changed(EVENT, event_change)]


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"externalOrderId": ABSENT}, "missing", "externalOrderId"),
        ({"externalOrderId": "null"}, "missing", "externalOrderId"),
        ({"externalOrderId": []}, "wrong_type", "externalOrderId"),
        ({"externalOrderId": "x" * 257}, "too_long", "externalOrderId"),
        ({"status": "COMPLETED"}, "not_allowed", "status"),
        ({"status": "delivered"}, "not_allowed", "status"),
        ({"status": ABSENT}, "missing", "status"),
        ({"totalCost": "258,30"}, "bad_amount", "totalCost"),
        ({"totalCost": -1}, "bad_amount", "totalCost"),
        ({"totalCost": True}, "bad_amount", "totalCost"),
        ({"totalCost": ""}, "missing", "totalCost"),
        ({"currency": "GRN"}, "unknown_currency", "currency"),
        ({"currency": ABSENT}, "missing", "currency"),
        ({"date": "yesterday"}, "bad_time", "date"),
        ({"date": 1772357400}, "bad_time", "date"),
        ({"date": ABSENT}, "missing", "date"),
        ({"date": "2026-03-05T09:30:00"}, "in_future", "date"),
        ({"statusDate": "2026-03-05T09:30:00"}, "in_future", "statusDate"),
        ({"externalCustomerId": ABSENT, "email": ABSENT, "phone": "()"}, "missing", "externalCustomerId"),
        ({"firstName": "x" * 257}, "too_long", "firstName"),
        ({"items": [{"note": "x" * 1_048_576}]}, "too_large", None),
    ],
    ids=lambda value: str(value)[:60],
)
def test_an_order_that_does_not_fit_says_why(change: dict[str, Any], code: str, field: str | None) -> None:
    assert sent(change) == (code, field)


def test_an_order_that_does_not_fit_is_named_and_leaves_the_others_alone() -> None:
    nameless, wrong = {"externalOrderId": "null"}, changed(ORDER, {"externalOrderId": 17, "status": "?"})
    orders: list[object] = [ORDER, 5, nameless, wrong, ORDER]
    elements = map_request(request({"orders": orders}))
    assert [element.id if isinstance(element, Rejected) else "taken" for element in elements] == [
        "taken",
        None,
        None,
        "17",
        "taken",
    ]
    assert outcomes(elements)[1] == ("not_an_object", None)


def test_of_several_states_in_one_request_the_last_is_the_latest() -> None:
    states = [changed(ORDER, {"status": status}) for status in ("INITIALIZED", "IN_PROGRESS", "DELIVERED")]
    other = changed(ORDER, {"externalOrderId": "other"})
    events = written(map_request(request({"orders": [states[0], other, *states[1:]]})))
    assert [event["time"] for event in events] == [NOW, NOW, NOW.replace(".000", ".001"), NOW.replace(".000", ".002")]


@pytest.mark.parametrize("body", [b"[]", b"5", b"{}", b'{"orders":{}}', b'{"orders":null}', b"{"], ids=repr)
def test_a_body_without_a_list_of_orders_is_refused_whole(body: bytes) -> None:
    with pytest.raises(RequestRefused) as refused:
        map_request(request(body))
    assert (refused.value.status, refused.value.code) == (400, "bad_json")


def test_more_than_1000_orders_are_too_many() -> None:
    assert len(map_request(request({"orders": [{}] * 1_000}))) == 1_000
    with pytest.raises(RequestRefused) as refused:
        map_request(request({"orders": [{}] * 1_001}))
    assert (refused.value.status, refused.value.code) == (413, "too_many")
