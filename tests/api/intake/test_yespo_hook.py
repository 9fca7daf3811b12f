"""Yespo's webhook of message events."""

from __future__ import annotations

from typing import Any, Final

import pytest

from api.intake.refusals import RequestRefused
from api.intake.yespo_hook import map_request
from tests.api.intake.sending import ABSENT, IGNORED, Outcome, changed, outcome, outcomes, request, written

TOLD: Final[dict[str, Any]] = {
    "contactId": 42,
    "email": "Ann@Shop.example",
    "sms": "380501234567",
    "externalCustomerId": "9911",
    "mediaType": "Email",
    "activityStatus": "CLICKED",
    "broadcastId": 7,
    "messageId": 8,
    "iid": "i-1",
    "messageInstanceId": 9,
    "messageTag": "vip, service",
    "activityDateTime": "2026-03-01T09:30:00.123",
}
TOUCH: Final[dict[str, Any]] = {
    "type": "touch",
    "contact": "42",
    "channel": "email",
    "event": "clicked",
    "campaign": "broadcast-7",
    "message": "i-1",
    "tags": ["vip", "service"],
    "time": "2026-03-01T09:30:00.123Z",
}
CONTACT: Final[dict[str, Any]] = {
    "type": "contact",
    "contact": "42",
    "email": "ann@shop.example",
    "phone": "+380501234567",
    "external_customer_id": "9911",
    "time": TOUCH["time"],
}


def sent(change: dict[str, Any]) -> Outcome:
    (element,) = map_request(request([changed(TOLD, change)]))
    return outcome(element)


@pytest.mark.parametrize(
    ("change", "touch_change"),
    [
        ({}, {}),
        ({"activityStatus": "SENT"}, {"event": "sent"}),
        ({"activityStatus": "DELIVERED"}, {"event": "delivered"}),
        ({"activityStatus": "READ"}, {"event": "opened"}),
        ({"mediaType": "Web Push"}, {"channel": "webpush"}),
        ({"mediaType": "Mobile Push"}, {"channel": "mobilepush"}),
        ({"mediaType": "In-App"}, {"channel": "inapp"}),
        ({"mediaType": "SMS"}, {"channel": "sms"}),
        ({"broadcastId": "null"}, {"campaign": "message-8"}),
        ({"broadcastId": None}, {"campaign": "message-8"}),
        ({"iid": ABSENT}, {"message": "9"}),
        ({"messageTag": ""}, {"tags": ABSENT}),
        ({"activityDateTime": "2026-03-01T09:30:00+02:00"}, {"time": "2026-03-01T07:30:00.000Z"}),
    ],
    ids=str,
)
def test_a_message_event_is_a_touch(change: dict[str, Any], touch_change: dict[str, Any]) -> None:
    touch = changed(TOUCH, touch_change)
    assert sent(change) == [touch, changed(CONTACT, {"time": touch["time"]})]


@pytest.mark.parametrize(
    ("change", "contact_change"),
    [
        ({"sms": "null", "viber": "+380671112233"}, {"phone": "+380671112233"}),
        ({"email": "null"}, {"email": ABSENT}),
        ({"externalCustomerId": None}, {"external_customer_id": ABSENT}),
    ],
    ids=str,
)
def test_a_contact_declares_the_addresses_that_are_told(change: dict[str, Any], contact_change: dict[str, Any]) -> None:
    assert sent(change) == [TOUCH, changed(CONTACT, contact_change)]


def test_a_contact_without_addresses_declares_nothing() -> None:
    assert sent(dict.fromkeys(("email", "sms", "externalCustomerId"), ABSENT)) == [TOUCH]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"activityStatus": "UNSUBSCRIBED"}, IGNORED),
        ({"activityStatus": "SPAM", "contactId": ABSENT}, IGNORED),
        ({"activityStatus": ABSENT}, IGNORED),
        ({"contactId": ABSENT}, ("missing", "contactId")),
        ({"contactId": "null"}, ("missing", "contactId")),
        ({"contactId": 1.5}, ("wrong_type", "contactId")),
        ({"mediaType": ABSENT}, ("missing", "mediaType")),
        ({"mediaType": "Пошта"}, ("not_allowed", "mediaType")),
        ({"broadcastId": ABSENT, "messageId": ABSENT}, ("missing", "campaign")),
        ({"broadcastId": "x" * 250}, ("too_long", "broadcastId")),
        ({"iid": ABSENT, "messageInstanceId": ABSENT}, ("missing", "iid")),
        ({"activityDateTime": ABSENT}, ("missing", "activityDateTime")),
        ({"activityDateTime": "now"}, ("bad_time", "activityDateTime")),
    ],
    ids=str,
)
def test_other_events_are_ignored_and_what_lacks_something_is_told(change: dict[str, Any], expected: Outcome) -> None:
    assert sent(change) == expected


def test_each_contact_is_declared_once_a_request_as_of_its_earliest_touch() -> None:
    earlier = {"activityStatus": "SENT", "activityDateTime": "2026-03-01T09:00:00"}
    payload = [TOLD, changed(TOLD, earlier), changed(TOLD, {"contactId": 43}), changed(TOLD, {"email": "null"})]
    contacts = [event for event in written(map_request(request(payload))) if event["type"] == "contact"]
    assert contacts == [
        changed(CONTACT, {"time": "2026-03-01T09:00:00.000Z"}),
        changed(CONTACT, {"contact": "43"}),
        changed(CONTACT, {"email": ABSENT}),
    ]


def test_one_object_is_an_element_and_what_is_none_leaves_the_others_alone() -> None:
    assert len(map_request(request(TOLD))) == 1
    assert outcomes(map_request(request([5, TOLD])))[0] == ("not_an_object", None)


@pytest.mark.parametrize(
    ("body", "code"),
    [(b"5", "bad_json"), (b"{", "bad_json"), (b"[%s0]" % (b"0," * 5_000), "too_many")],
    ids=["no list", "no json", "too many"],
)
def test_a_body_of_another_kind_is_refused_whole(body: bytes, code: str) -> None:
    with pytest.raises(RequestRefused) as refused:
        map_request(request(body))
    assert refused.value.code == code
