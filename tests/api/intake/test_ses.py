"""Amazon SES, through SNS or as it is."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest

from api.intake.elements import Ignored
from api.intake.refusals import RequestRefused
from api.intake.ses import map_request
from tests.api.intake.sending import ABSENT, IGNORED, Outcome, changed, outcome, outcomes, request

AT: Final = "2026-03-01T09:30:00.000Z"
TOLD: Final[dict[str, Any]] = {
    "eventType": "Click",
    "mail": {
        "timestamp": "2026-03-01T09:00:00.000Z",
        "messageId": "EXAMPLE7c191be45",
        "destination": ["Ann@Shop.example"],
        "tags": {
            "ses:from-domain": ["shop.example"],
            "contact": ["42"],
            "campaign": ["spring"],
            "tags": ["vip", "gold"],
        },
    },
    "click": {"timestamp": AT, "link": "https://shop.example"},
}
TOUCH: Final[dict[str, Any]] = {
    "type": "touch",
    "contact": "42",
    "channel": "email",
    "event": "clicked",
    "campaign": "spring",
    "message": "EXAMPLE7c191be45",
    "tags": ["vip", "gold"],
    "time": AT,
}
CONTACT: Final = {"type": "contact", "contact": "42", "email": "ann@shop.example", "time": AT}
DELIVERY: Final = {
    "eventType": "Delivery",
    "delivery": {"timestamp": AT, "recipients": ["ann@shop.example", "Bob@Shop.example", "bob@shop.example"]},
}
TWO: Final = {"mail.destination": ["ann@shop.example", "bob@shop.example"]}


def sent(change: dict[str, Any]) -> Outcome:
    told = changed(TOLD, change)
    raw, wrapped = told, {"Type": "Notification", "TopicArn": "arn", "Message": json.dumps(told)}
    (direct,), (through_sns,) = (map_request(request(body, {"Content-Type": "text/plain"})) for body in (raw, wrapped))
    assert outcome(direct) == outcome(through_sns)
    return outcome(direct)


@pytest.mark.parametrize(
    ("change", "touch_change"),
    [
        ({}, {}),
        ({"eventType": "Open", "open": {"timestamp": AT}}, {"event": "opened"}),
        ({"eventType": "Send"}, {"event": "sent", "time": "2026-03-01T09:00:00.000Z"}),
        ({"eventType": ABSENT, "notificationType": "Click"}, {}),
        ({"mail.tags.message": ["m-1"]}, {"message": "m-1"}),
        ({"mail.tags.tags": ABSENT}, {"tags": ABSENT}),
        ({"mail.tags.tags": ["vip,gold", 5]}, {"tags": ["vip", "gold", "5"]}),
        ({"mail.tags.contact": "42"}, {}),
    ],
    ids=str,
)
def test_a_mail_event_is_a_touch(change: dict[str, Any], touch_change: dict[str, Any]) -> None:
    touch = changed(TOUCH, touch_change)
    assert sent(change) == [touch, changed(CONTACT, {"time": touch["time"]})]


def test_without_an_id_of_the_shops_own_the_address_is_the_contact() -> None:
    address = {"contact": "ann@shop.example"}
    assert sent({"mail.tags.contact": ABSENT}) == [changed(TOUCH, address), changed(CONTACT, address)]


def test_a_delivery_is_a_touch_of_each_recipient() -> None:
    delivered = {"event": "delivered"}
    names = ("ann@shop.example", "bob@shop.example")
    assert sent({**DELIVERY, "mail.tags.contact": ABSENT}) == [
        *(changed(TOUCH, {**delivered, "contact": name}) for name in names),
        *(changed(CONTACT, {"contact": name, "email": name}) for name in names),
    ]


def test_of_several_addresses_nobody_says_which_is_the_contacts_own() -> None:
    assert sent(TWO) == [TOUCH]
    assert sent(DELIVERY) == [changed(TOUCH, {"event": "delivered"})]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"eventType": "Bounce"}, IGNORED),
        ({"eventType": ABSENT}, IGNORED),
        ({"eventType": ABSENT, "notificationType": "Complaint"}, IGNORED),
        ({**TWO, "mail.tags.contact": ABSENT}, ("ambiguous", "mail.destination")),
        (
            {**DELIVERY, "mail.tags.contact": [], "delivery.recipients": ABSENT, **TWO},
            ("ambiguous", "mail.destination"),
        ),
        ({"mail.destination": [], "mail.tags.contact": ABSENT}, ("missing", "mail.destination")),
        ({**DELIVERY, "mail.tags.contact": ABSENT, "delivery.recipients": []}, ("missing", "delivery.recipients")),
        ({"mail.tags.campaign": []}, ("missing", "campaign")),
        ({"mail.messageId": ABSENT}, ("missing", "mail.messageId")),
        ({"click": ABSENT}, ("missing", "click.timestamp")),
        ({"eventType": "Send", "mail.timestamp": "?"}, ("bad_time", "mail.timestamp")),
        ({"mail": "?"}, ("missing", "mail.destination")),
    ],
    ids=str,
)
def test_other_events_are_ignored_and_what_lacks_something_is_told(change: dict[str, Any], expected: Outcome) -> None:
    assert sent(change) == expected


@pytest.mark.parametrize("kind", ["SubscriptionConfirmation", "UnsubscribeConfirmation"])
def test_a_confirmation_is_for_the_operator_to_read(kind: str) -> None:
    body = {"Type": kind, "TopicArn": "arn:aws:sns:x", "SubscribeURL": "https://sns.example/?Token=t", "Message": "{}"}
    (element,) = map_request(request(body))
    assert isinstance(element, Ignored)
    assert element.notice == {name: body[name] for name in ("Type", "TopicArn", "SubscribeURL")}


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("Successfully validated SNS topic for Amazon SES event publishing.", IGNORED),
        ('{"eventType":"Click"', ("bad_json", "Message")),
        ("[5]", ("not_an_object", None)),
        (None, ("missing", "Message")),
        ({"eventType": "Click"}, ("wrong_type", "Message")),
    ],
    ids=str,
)
def test_a_notification_of_something_else(message: object, expected: Outcome) -> None:
    assert outcomes(map_request(request({"Type": "Notification", "Message": message}))) == [expected]


def test_a_list_is_no_notification() -> None:
    with pytest.raises(RequestRefused) as refused:
        map_request(request([TOLD]))
    assert refused.value.code == "bad_json"


def test_more_recipients_than_ses_sends_to_are_refused() -> None:
    many = [f"{number}@shop.example" for number in range(1_001)]
    assert sent({**DELIVERY, "mail.tags.contact": ABSENT, "delivery.recipients": many}) == (
        "too_large",
        "delivery.recipients",
    )
