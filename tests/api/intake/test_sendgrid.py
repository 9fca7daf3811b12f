"""SendGrid's event webhook."""

from __future__ import annotations

import base64
import json
from typing import Any, Final

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from api.intake.sendgrid import is_signed, map_request
from tests.api.intake.sending import ABSENT, IGNORED, Outcome, changed, outcome, outcomes, request, written

TOLD: Final[dict[str, Any]] = {
    "email": "Ann@Shop.example",
    "event": "click",
    "timestamp": 1772357400,
    "sg_event_id": "e1",
    "sg_message_id": "14c5d75ce93.dfd.64b469.filter0001.16648.5515E0B88.0",
    "smtp-id": "<14c5d75ce93.dfd.64b469@ismtpd-555>",
    "category": ["cat facts", "vip, gold"],
    "contact": "42",
    "campaign": "spring",
    "url": "https://shop.example/",
}
TOUCH: Final[dict[str, Any]] = {
    "type": "touch",
    "contact": "42",
    "channel": "email",
    "event": "clicked",
    "campaign": "spring",
    "message": "14c5d75ce93.dfd.64b469",
    "tags": ["cat facts", "vip, gold"],
    "time": "2026-03-01T09:30:00.000Z",
}
CONTACT: Final = {"type": "contact", "contact": "42", "email": "ann@shop.example", "time": TOUCH["time"]}


def sent(change: dict[str, Any]) -> Outcome:
    (element,) = map_request(request([changed(TOLD, change)]))
    return outcome(element)


@pytest.mark.parametrize(
    ("change", "touch_change"),
    [
        ({}, {}),
        ({"event": "processed"}, {"event": "sent"}),
        ({"event": "delivered"}, {"event": "delivered"}),
        ({"event": "open"}, {"event": "opened"}),
        ({"event": "open", "sg_machine_open": False}, {"event": "opened"}),
        ({"event": "open", "sg_machine_open": True}, {"event": "opened", "automated": True}),
        ({"event": "open", "sg_machine_open": "true"}, {"event": "opened", "automated": True}),
        ({"event": "open", "sg_machine_open": 1}, {"event": "opened"}),
        ({"sg_machine_open": True}, {}),
        ({"contact": 42}, {}),
        ({"campaign": ABSENT, "singlesend_id": "s-1", "marketing_campaign_id": 5}, {"campaign": "s-1"}),
        ({"campaign": ABSENT, "marketing_campaign_id": 5}, {"campaign": "5"}),
        ({"campaign": ""}, {"campaign": "cat facts"}),
        ({"campaign": ABSENT, "category": "cat, facts"}, {"campaign": "cat, facts", "tags": ["cat, facts"]}),
        ({"message": "m-1"}, {"message": "m-1"}),
        ({"sg_message_id": "14c5.recvd-5b-2-54.1"}, {"message": "14c5"}),
        ({"sg_message_id": "14c5"}, {"message": "14c5"}),
        ({"sg_message_id": ABSENT}, {"message": "14c5d75ce93.dfd.64b469@ismtpd-555"}),
        ({"sg_message_id": ".filter1"}, {"message": "14c5d75ce93.dfd.64b469@ismtpd-555"}),
        ({"category": ABSENT, "tags": "vip, gold"}, {"tags": ["vip", "gold"]}),
        ({"tags": "gold,vip"}, {"tags": ["cat facts", "vip, gold", "gold", "vip"]}),
        ({"category": ABSENT}, {"tags": ABSENT}),
        ({"timestamp": "1772357400"}, {}),
    ],
    ids=str,
)
def test_a_mail_event_is_a_touch(change: dict[str, Any], touch_change: dict[str, Any]) -> None:
    assert sent(change) == [changed(TOUCH, touch_change), CONTACT]


def test_without_an_id_of_the_shops_own_the_address_is_the_contact() -> None:
    address = {"contact": "ann@shop.example"}
    assert sent({"contact": ABSENT}) == [changed(TOUCH, address), changed(CONTACT, address)]


def test_a_contact_without_an_address_declares_nothing() -> None:
    assert sent({"email": ABSENT}) == [TOUCH]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        *(
            ({"event": event}, IGNORED)
            for event in (
                "deferred",
                "bounce",
                "dropped",
                "spamreport",
                "unsubscribe",
                "account_status_change",
                "x" * 300,
            )
        ),
        ({"event": ABSENT}, IGNORED),
        ({"event": {}}, IGNORED),
        ({"contact": ABSENT, "email": ABSENT}, ("missing", "email")),
        ({"contact": " ", "email": {}}, ("missing", "email")),
        ({"campaign": ABSENT, "category": ABSENT}, ("missing", "campaign")),
        ({"campaign": "x" * 257}, ("too_long", "campaign")),
        ({"sg_message_id": ABSENT, "smtp-id": ABSENT}, ("missing", "sg_message_id")),
        ({"timestamp": ABSENT}, ("missing", "timestamp")),
        ({"timestamp": "2026-03-01T09:30:00Z"}, ("bad_time", "timestamp")),
        ({"timestamp": 1772357400.5}, ("bad_time", "timestamp")),
        ({"timestamp": 177235740000}, ("bad_time", "timestamp")),
        ({"timestamp": 1772557400}, ("in_future", "timestamp")),
    ],
    ids=lambda value: str(value)[:60],
)
def test_other_events_are_ignored_and_what_lacks_something_is_told(change: dict[str, Any], expected: Outcome) -> None:
    assert sent(change) == expected


def test_an_event_that_comes_twice_is_the_same_touch_and_one_declaration() -> None:
    events = written(map_request(request([TOLD, {**TOLD, "sg_message_id": "14c5d75ce93.dfd.64b469.recvd2"}])))
    assert events == [TOUCH, TOUCH, CONTACT]


def test_one_object_is_an_element_and_what_is_none_leaves_the_others_alone() -> None:
    assert outcomes(map_request(request(TOLD))) == [[TOUCH, CONTACT]]
    assert outcomes(map_request(request([5, TOLD])))[0] == ("not_an_object", None)


def test_the_signature_is_of_the_timestamp_and_the_body_by_the_key_that_sendgrid_shows() -> None:
    private = ec.generate_private_key(ec.SECP256R1())
    key = base64.b64encode(private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()
    body = json.dumps([TOLD]).encode()
    signature = base64.b64encode(private.sign(b"1772357400" + body, ec.ECDSA(hashes.SHA256()))).decode()
    headers = {
        "X-Twilio-Email-Event-Webhook-Signature": signature,
        "X-Twilio-Email-Event-Webhook-Timestamp": "1772357400",
    }
    assert is_signed(request(body, headers), key)
    assert not is_signed(request(body + b" ", headers), key)
    assert not is_signed(request(body, {**headers, "X-Twilio-Email-Event-Webhook-Timestamp": "1772357401"}), key)
    for wrong in ("", "ї", "AAAA", base64.b64encode(b"\x30" * 70).decode()):
        assert not is_signed(request(body, {**headers, "X-Twilio-Email-Event-Webhook-Signature": wrong}), key)
        assert not is_signed(request(body, headers), wrong)
    assert not is_signed(request(body), key)


def test_a_key_of_another_curve_signs_nothing() -> None:
    private = ec.generate_private_key(ec.SECP384R1())
    key = base64.b64encode(private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()
    signature = base64.b64encode(private.sign(b"[]", ec.ECDSA(hashes.SHA256()))).decode()
    assert not is_signed(request(b"[]", {"X-Twilio-Email-Event-Webhook-Signature": signature}), key)
