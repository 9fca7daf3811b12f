"""Yespo's "Generate event": an order made, changed, delivered or cancelled."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest

from api.intake.refusals import RequestRefused
from api.intake.yespo_events import map_request
from tests.api.intake.sending import ABSENT, IGNORED, NOW, Outcome, changed, outcome, request

PARAMS: Final[dict[str, Any]] = {
    "externalOrderId": "6688",
    "externalCustomerId": "9911",
    "email": "Ann@Shop.example",
    "phone": "380501234567",
    "totalCost": "258.30",
    "currency": "USD",
    "status": "INITIALIZED",
    "date": "2026-03-01T09:30:00",
    "firstName": "Ann",
    "lastName": "Smith",
    "items": [{"name": "A"}],
}
EVENT: Final[dict[str, Any]] = {
    "type": "order",
    "order": "6688",
    "status": "INITIALIZED",
    "amount": "258.30",
    "currency": "USD",
    "ordered_at": "2026-03-01T07:30:00.000Z",
    "time": NOW,
    "external_customer_id": "9911",
    "email": "ann@shop.example",
    "phone": "+380501234567",
    "first_name": "Ann",
    "last_name": "Smith",
    "items": [{"name": "A"}],
}
CREATED: Final = changed(EVENT, {"time": EVENT["ordered_at"]})
PARTIAL: Final = changed(EVENT, {"partial": True})
NOBODY: Final = dict.fromkeys(("externalCustomerId", "email", "phone"), ABSENT)
NOBODYS: Final = dict.fromkeys(("external_customer_id", "email", "phone"), ABSENT)


def sent(kind: str, change: dict[str, Any], key: object = ABSENT, params: object = None) -> Outcome:
    body = {"eventTypeKey": kind, "keyValue": key, "params": params or changed(PARAMS, change)}
    (element,) = map_request(request({name: value for name, value in body.items() if value is not ABSENT}))
    return outcome(element)


@pytest.mark.parametrize(
    ("change", "key", "event_change"),
    [
        ({}, ABSENT, {}),
        ({"currency": ABSENT}, ABSENT, {"currency": "UAH"}),
        ({"currency": ABSENT, "currencyCode": "eur"}, ABSENT, {"currency": "EUR"}),
        ({"statusDate": "2026-03-02T11:00:00"}, ABSENT, {"time": "2026-03-02T09:00:00.000Z"}),
        ({"date": "2026-03-03T09:30:00"}, ABSENT, {"ordered_at": "2026-03-03T07:30:00.000Z", "time": NOW}),
        ({"items": '[{"name":"A"}]'}, ABSENT, {}),
        ({"items": "[{"}, ABSENT, {"items": ABSENT}),
        ({"contactId": 42}, ABSENT, {"contact": "42"}),
        ({"contact_id": "42"}, ABSENT, {"contact": "42"}),
        ({"email": ABSENT, "userEmail": "Bob@x.example"}, ABSENT, {"email": "bob@x.example"}),
        ({"phone": ABSENT, "sms": "+380671112233"}, ABSENT, {"phone": "+380671112233"}),
        (NOBODY, "Bob@x.example", {**NOBODYS, "email": "bob@x.example"}),
        (NOBODY, "380501234567", {**NOBODYS, "phone": "+380501234567"}),
        (NOBODY, "+380501234567", {**NOBODYS, "phone": "+380501234567"}),
        (NOBODY, 9911, {**NOBODYS, "external_customer_id": "9911"}),
        ({}, "Bob@x.example", {}),
    ],
    ids=str,
)
def test_an_order_made_is_whole_and_was_made_at_its_date(
    change: dict[str, Any], key: object, event_change: dict[str, Any]
) -> None:
    assert sent("orderCreated", change, key) == [changed(CREATED, event_change)]


def test_params_come_as_an_object_or_as_a_list_and_their_names_have_no_case() -> None:
    pairs = [{"name": "EXTERNALORDERID", "value": "first"}, 5, {"name": 5, "value": 5}]
    pairs += [{"name": name.lower(), "value": value} for name, value in PARAMS.items()]
    assert sent("orderCreated", {}, params=pairs) == [CREATED]
    assert sent("orderCreated", {}, params={name.upper(): value for name, value in PARAMS.items()}) == [CREATED]


@pytest.mark.parametrize(
    ("change", "key", "expected"),
    [
        ({"externalOrderId": ABSENT}, "key", ("missing", "externalOrderId")),
        ({"totalCost": ABSENT}, "key", ("missing", "totalCost")),
        ({"status": "null"}, "key", ("missing", "status")),
        ({"status": "NEW"}, "key", ("not_allowed", "status")),
        ({"date": ABSENT}, "key", ("missing", "date")),
        ({"date": "soon"}, "key", ("bad_time", "date")),
        ({"totalCost": "1,5"}, "key", ("bad_amount", "totalCost")),
        (NOBODY, ABSENT, ("missing", "contactId")),
        (NOBODY, " ", ("missing", "contactId")),
    ],
    ids=str,
)
def test_an_order_made_that_does_not_fit_says_why(change: dict[str, Any], key: object, expected: Outcome) -> None:
    assert sent("orderCreated", change, key) == expected


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, [EVENT]),
        ({"statusDate": "2026-03-02T11:00:00"}, [changed(EVENT, {"time": "2026-03-02T09:00:00.000Z"})]),
        ({"status": ABSENT}, [changed(PARTIAL, {"status": ABSENT})]),
        ({"totalCost": ABSENT}, [changed(PARTIAL, {"amount": ABSENT, "currency": ABSENT})]),
        ({"date": ABSENT, "currency": ABSENT}, [changed(PARTIAL, {"ordered_at": ABSENT, "currency": "UAH"})]),
        (NOBODY, [changed(PARTIAL, NOBODYS)]),
        ({"externalOrderId": ABSENT}, ("missing", "externalOrderId")),
        ({"status": "NEW"}, ("not_allowed", "status")),
    ],
    ids=str,
)
def test_an_order_changed_is_whole_where_all_is_there(change: dict[str, Any], expected: Outcome) -> None:
    assert sent("orderUpdated", change, "somebody@x.example") == expected


@pytest.mark.parametrize(("kind", "status"), [("orderDelivered", "DELIVERED"), ("orderCancelled", "CANCELLED")])
def test_an_order_that_ends_needs_nothing_but_its_id(kind: str, status: str) -> None:
    ended = {"type": "order", "partial": True, "order": "6688", "status": status, "time": NOW}
    assert sent(kind, {}, params={"externalOrderId": "6688", "status": "?"}) == [ended]
    assert sent(kind, {}, "6688", params={"name": "nothing"}) == [ended]
    assert sent(kind, {"status": ABSENT}) == [changed(PARTIAL, {"status": status})]
    assert sent(kind, {"externalOrderId": ABSENT}, ABSENT) == ("missing", "externalOrderId")


@pytest.mark.parametrize("kind", ["basketChanged", "ORDERCREATED", "7"])
def test_other_events_are_nothing_to_us(kind: str) -> None:
    assert sent(kind, {"externalOrderId": ABSENT}) == IGNORED


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, ("missing", "eventTypeKey")),
        ({"eventTypeKey": "null"}, ("missing", "eventTypeKey")),
        ({"eventTypeKey": []}, ("wrong_type", "eventTypeKey")),
        ({"eventTypeKey": "orderUpdated"}, ("missing", "externalOrderId")),
        ({"eventTypeKey": "orderUpdated", "params": "none"}, ("missing", "externalOrderId")),
    ],
    ids=str,
)
def test_an_event_says_of_which_type_it_is(body: dict[str, Any], expected: Outcome) -> None:
    assert outcome(map_request(request(body))[0]) == expected


@pytest.mark.parametrize("body", [[], 5, None], ids=repr)
def test_a_body_that_is_no_object_is_refused_whole(body: object) -> None:
    with pytest.raises(RequestRefused) as refused:
        map_request(request(json.dumps(body).encode()))
    assert refused.value.code == "bad_json"
