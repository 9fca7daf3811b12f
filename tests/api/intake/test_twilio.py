"""Twilio's status callbacks."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Any, Final
from urllib.parse import urlencode

import pytest

from api.intake.refusals import RequestRefused
from api.intake.request import Request
from api.intake.twilio import is_signed, map_request
from tests.api.intake.sending import ABSENT, IGNORED, NOW, Outcome, changed, outcome, request

FORM_TYPE: Final = {"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"}
FORM: Final[dict[str, Any]] = {"MessageSid": "SM1", "MessageStatus": "delivered", "To": "+380501234567", "From": "+1"}
QUERY: Final[dict[str, Any]] = {"token": "lt_x", "contact": "42", "campaign": "spring", "tags": "vip,gold"}
TOUCH: Final[dict[str, Any]] = {
    "type": "touch",
    "contact": "42",
    "channel": "sms",
    "event": "delivered",
    "campaign": "spring",
    "message": "SM1",
    "tags": ["vip", "gold"],
    "time": NOW,
}
CONTACT: Final = {"type": "contact", "contact": "42", "phone": "+380501234567", "time": NOW}


def callback(form: dict[str, Any], query: dict[str, Any], **more: str) -> Request:
    body = urlencode(changed(FORM, form)).encode()
    return request(body, {**FORM_TYPE, **more}, query=urlencode(changed(QUERY, query)))


def sent(form: dict[str, Any], query: dict[str, Any]) -> Outcome:
    (element,) = map_request(callback(form, query))
    return outcome(element)


@pytest.mark.parametrize(
    ("form", "query", "touch_change"),
    [
        ({}, {}, {}),
        ({"MessageStatus": "sent"}, {}, {"event": "sent"}),
        ({"MessageStatus": "read", "To": "whatsapp:+380501234567"}, {}, {"event": "opened", "channel": "whatsapp"}),
        ({"MessageStatus": ABSENT, "SmsStatus": "sent"}, {}, {"event": "sent"}),
        ({}, {"message": "m-1"}, {"message": "m-1"}),
        ({}, {"tags": ABSENT}, {"tags": ABSENT}),
        ({"contact": "other", "campaign": "other", "tags": "other"}, {}, {}),
    ],
    ids=str,
)
def test_a_status_is_a_touch(form: dict[str, Any], query: dict[str, Any], touch_change: dict[str, Any]) -> None:
    assert sent(form, query) == [changed(TOUCH, touch_change), CONTACT]


def test_without_an_id_of_the_shops_own_the_phone_is_the_contact() -> None:
    phone = {"contact": "+380501234567"}
    assert sent({}, {"contact": ABSENT}) == [changed(TOUCH, phone), changed(CONTACT, phone)]
    assert sent({"To": "380501234567"}, {"contact": ABSENT}) == [changed(TOUCH, phone), changed(CONTACT, phone)]


def test_who_reads_in_messenger_has_no_phone() -> None:
    to = {"To": "messenger:1234567890123456"}
    assert sent(to, {}) == [changed(TOUCH, {"channel": "messenger"})]
    own = {"channel": "messenger", "contact": "1234567890123456"}
    assert sent(to, {"contact": ABSENT}) == [changed(TOUCH, own)]


@pytest.mark.parametrize(
    ("form", "query", "expected"),
    [
        ({"MessageStatus": "queued"}, {}, IGNORED),
        ({"MessageStatus": "failed"}, {"campaign": ABSENT}, IGNORED),
        ({"MessageStatus": ABSENT}, {}, IGNORED),
        ({"To": ""}, {"contact": ""}, ("missing", "To")),
        ({"To": "whatsapp:"}, {"contact": ABSENT}, ("missing", "To")),
        ({}, {"campaign": ABSENT}, ("missing", "campaign")),
        ({"MessageSid": ABSENT}, {}, ("missing", "MessageSid")),
        ({}, {"contact": "x" * 257}, ("too_long", "query.contact")),
    ],
    ids=str,
)
def test_other_statuses_are_ignored_and_what_lacks_something_is_told(
    form: dict[str, Any], query: dict[str, Any], expected: Outcome
) -> None:
    assert sent(form, query) == expected


@pytest.mark.parametrize(
    ("body", "media_type"),
    [(b"{}", "application/json"), (b"\xff", "application/x-www-form-urlencoded"), (b"a=1&" * 1_001, "")],
    ids=["json", "not utf-8", "too many fields"],
)
def test_what_is_no_form_is_refused_whole(body: bytes, media_type: str) -> None:
    with pytest.raises(RequestRefused) as refused:
        map_request(request(body, {"Content-Type": media_type}))
    assert refused.value.code == "bad_json"


def test_the_signature_is_of_the_public_url_and_the_form() -> None:
    url = "https://lasttouch.shop.example/v1/hooks/twilio?token=lt_x&campaign=spring"
    signed = url + "From+1MessageSidSM1MessageStatusdeliveredTo+380501234567"
    given = base64.b64encode(hmac.digest(b"hush", signed.encode(), hashlib.sha1)).decode()
    body = urlencode(FORM).encode()
    headers = {**FORM_TYPE, "X-Twilio-Signature": given}
    assert is_signed(request(body, headers, url=url), "hush")
    assert not is_signed(request(body, headers, url=url + "&x"), "hush")
    assert not is_signed(request(body + b"&a=", headers, url=url), "hush")
    assert not is_signed(request(body, headers, url=url), "other")
    assert not is_signed(request(body, FORM_TYPE, url=url), "hush")
    assert not is_signed(request(b"\xff", headers, url=url), "hush")
