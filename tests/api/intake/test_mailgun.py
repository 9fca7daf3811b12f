"""Mailgun's webhooks of message events."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any, Final

import pytest

from api.intake.mailgun import is_signed, map_request
from api.intake.refusals import RequestRefused
from tests.api.intake.sending import ABSENT, IGNORED, Outcome, changed, outcome, outcomes, request

TOLD: Final[dict[str, Any]] = {
    "event": "clicked",
    "timestamp": 1772357400.329574,
    "recipient": "Ann@Shop.example",
    "message": {"headers": {"message-id": "20130503182626.18666.16540@shop.example"}},
    "tags": ["news", "a,b"],
    "user-variables": {"contact": "42", "campaign": "spring"},
    "client-info": {"client-name": "Chrome"},
}
TOUCH: Final[dict[str, Any]] = {
    "type": "touch",
    "contact": "42",
    "channel": "email",
    "event": "clicked",
    "campaign": "spring",
    "message": "20130503182626.18666.16540@shop.example",
    "tags": ["news", "a,b"],
    "time": "2026-03-01T09:30:00.329Z",
}
CONTACT: Final = {"type": "contact", "contact": "42", "email": "ann@shop.example", "time": TOUCH["time"]}


def sent(change: dict[str, Any]) -> Outcome:
    (element,) = map_request(request({"event-data": changed(TOLD, change)}))
    return outcome(element)


@pytest.mark.parametrize(
    ("change", "touch_change"),
    [
        ({}, {}),
        ({"event": "accepted"}, {"event": "sent"}),
        ({"event": "delivered", "client-info.bot": "gmail"}, {"event": "delivered"}),
        ({"event": "opened", "client-info.bot": "gmail"}, {"event": "opened", "automated": True}),
        ({"client-info.bot": "apple"}, {"automated": True}),
        ({"client-info.bot": ""}, {}),
        ({"user-variables.campaign": ABSENT}, {"campaign": "news"}),
        ({"user-variables.message": "m-1"}, {"message": "m-1"}),
        ({"user-variables.tags": "vip, news"}, {"tags": ["news", "a,b", "vip"]}),
        ({"tags": None}, {"tags": ABSENT}),
        ({"timestamp": 1772357400}, {"time": "2026-03-01T09:30:00.000Z"}),
    ],
    ids=str,
)
def test_a_mail_event_is_a_touch(change: dict[str, Any], touch_change: dict[str, Any]) -> None:
    touch = changed(TOUCH, touch_change)
    assert sent(change) == [touch, changed(CONTACT, {"time": touch["time"]})]


def test_without_an_id_of_the_shops_own_the_address_is_the_contact() -> None:
    address = {"contact": "ann@shop.example"}
    assert sent({"user-variables.contact": ABSENT}) == [changed(TOUCH, address), changed(CONTACT, address)]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"event": "failed"}, IGNORED),
        ({"event": ABSENT}, IGNORED),
        ({"user-variables": [], "recipient": ABSENT}, ("missing", "recipient")),
        ({"user-variables.campaign": ABSENT, "tags": []}, ("missing", "campaign")),
        ({"message": ABSENT}, ("missing", "message.headers.message-id")),
        ({"timestamp": ABSENT}, ("missing", "timestamp")),
        ({"timestamp": "soon"}, ("bad_time", "timestamp")),
        ({"timestamp": -1.5}, ("bad_time", "timestamp")),
        ({"timestamp": 1772557400.5}, ("in_future", "timestamp")),
    ],
    ids=str,
)
def test_other_events_are_ignored_and_what_lacks_something_is_told(change: dict[str, Any], expected: Outcome) -> None:
    assert sent(change) == expected


def test_a_body_without_an_event_is_told() -> None:
    assert outcomes(map_request(request({}))) == [("missing", "event-data")]
    assert outcomes(map_request(request({"event-data": 5}))) == [("not_an_object", None)]
    with pytest.raises(RequestRefused) as refused:
        map_request(request([TOLD]))
    assert refused.value.code == "bad_json"


def test_the_signature_in_the_body_is_of_what_stands_beside_it() -> None:
    given = hmac.digest(b"hush", b"1529006854a8ce0edb", hashlib.sha256).hex()
    signature = {"timestamp": "1529006854", "token": "a8ce0edb", "signature": given}
    assert is_signed(request({"signature": signature, "event-data": TOLD}), "hush")
    assert is_signed(request({"signature": signature | {"timestamp": 1529006854}, "event-data": TOLD}), "hush")
    assert not is_signed(request({"signature": signature, "event-data": TOLD}), "other")
    wrong = [
        signature | {"token": "b"},
        signature | {"signature": "\ud800"},
        signature | {"signature": None},
        {},
        None,
        5,
        [],
    ]
    for one in wrong:
        assert not is_signed(request({"signature": one, "event-data": TOLD}), "hush")
    for body in (b"", b"5", b"{", b"\xff"):
        assert not is_signed(request(body), "hush")
