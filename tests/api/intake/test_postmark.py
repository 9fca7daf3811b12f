"""Postmark's webhooks of message events."""

from __future__ import annotations

from typing import Any, Final

import pytest

from api.intake.postmark import map_request
from api.intake.refusals import RequestRefused
from tests.api.intake.sending import ABSENT, IGNORED, Outcome, changed, outcome, request

TOLD: Final[dict[str, Any]] = {
    "RecordType": "Click",
    "MessageID": "883953f4-6105-42a2-a16a-77a8eac79483",
    "Recipient": "Ann@Shop.example",
    "Tag": "welcome, new",
    "Metadata": {"contact": "42", "campaign": "spring"},
    "ReceivedAt": "2026-03-01T09:30:00.1234567Z",
}
TOUCH: Final[dict[str, Any]] = {
    "type": "touch",
    "contact": "42",
    "channel": "email",
    "event": "clicked",
    "campaign": "spring",
    "message": "883953f4-6105-42a2-a16a-77a8eac79483",
    "tags": ["welcome, new"],
    "time": "2026-03-01T09:30:00.123Z",
}
CONTACT: Final = {"type": "contact", "contact": "42", "email": "ann@shop.example", "time": TOUCH["time"]}


def sent(change: dict[str, Any]) -> Outcome:
    (element,) = map_request(request(changed(TOLD, change)))
    return outcome(element)


@pytest.mark.parametrize(
    ("change", "touch_change"),
    [
        ({}, {}),
        ({"RecordType": "Open"}, {"event": "opened"}),
        (
            {"RecordType": "Delivery", "DeliveredAt": "2026-03-01T09:30:00.1234567Z", "ReceivedAt": ABSENT},
            {"event": "delivered"},
        ),
        ({"Metadata.campaign": ABSENT}, {"campaign": "welcome, new"}),
        ({"Metadata.message": "m-1"}, {"message": "m-1"}),
        ({"Metadata.tags": "vip, gold"}, {"tags": ["welcome, new", "vip", "gold"]}),
        ({"Tag": None}, {"tags": ABSENT}),
        ({"ReceivedAt": "2026-03-01T04:30:00.1234567-05:00"}, {}),
    ],
    ids=str,
)
def test_a_mail_event_is_a_touch(change: dict[str, Any], touch_change: dict[str, Any]) -> None:
    assert sent(change) == [changed(TOUCH, touch_change), CONTACT]


def test_without_an_id_of_the_shops_own_the_address_is_the_contact() -> None:
    address = {"contact": "ann@shop.example"}
    assert sent({"Metadata.contact": ABSENT}) == [changed(TOUCH, address), changed(CONTACT, address)]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"RecordType": "Bounce"}, IGNORED),
        ({"RecordType": "SubscriptionChange"}, IGNORED),
        ({"RecordType": ABSENT}, IGNORED),
        ({"Metadata": ABSENT, "Recipient": ABSENT}, ("missing", "Recipient")),
        ({"Metadata": {}, "Tag": ""}, ("missing", "campaign")),
        ({"MessageID": ABSENT}, ("missing", "MessageID")),
        ({"ReceivedAt": ABSENT}, ("missing", "DeliveredAt")),
        ({"ReceivedAt": 5}, ("bad_time", "ReceivedAt")),
        ({"ReceivedAt": "2026-03-01T09:30:00"}, ("bad_time", "ReceivedAt")),
    ],
    ids=str,
)
def test_other_events_are_ignored_and_what_lacks_something_is_told(change: dict[str, Any], expected: Outcome) -> None:
    assert sent(change) == expected


def test_a_list_is_no_event() -> None:
    with pytest.raises(RequestRefused) as refused:
        map_request(request([TOLD]))
    assert refused.value.code == "bad_json"
