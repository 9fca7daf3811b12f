"""What a door refused, and what comes of its dead letter when it has been put right."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

import msgspec
import pytest

from api.intake import yespo_events, yespo_orders
from api.intake.refused_elements import is_of_a_door, mended_events
from api.intake.sources import HOOKS
from api.intake.writing import Sender, events_of, letter_key, letters_of, sender_of
from state.dead_letters import DeadLetter
from state.mended_letters import StillRefused
from tests.api.intake.sending import ACME, NOW_MS, Map, changed, request
from tests.api.intake.test_tables_of_senders import PAYLOADS

EVENT: Final = {
    "eventTypeKey": "orderDelivered",
    "keyValue": "a@b.c",
    "params": [{"name": "externalOrderId", "value": "17"}],
}
TWILIO: Final = {**PAYLOADS["twilio"], "query": {"campaign": "k"}}
TOPICS: Final[Mapping[str, tuple[Map, dict[str, Any], dict[str, Any]]]] = {
    # By topic of the letter: what maps a request, an element that fits, and what makes it unfit.
    "api:orders": (yespo_orders.map_request, PAYLOADS["orders"], {"status": "NEW"}),
    "api:event": (yespo_events.map_request, EVENT, {"params": [], "keyValue": None}),
    "hook:yespo": (HOOKS["yespo"].map_request, PAYLOADS["yespo"], {"contactId": None}),
    "hook:sendgrid": (HOOKS["sendgrid"].map_request, PAYLOADS["sendgrid"], {"timestamp": "noon"}),
    "hook:segment": (HOOKS["segment"].map_request, PAYLOADS["segment"], {"properties.order_id": None}),
    "hook:shopify": (HOOKS["shopify"].map_request, PAYLOADS["shopify"], {"currency": "XXL"}),
    "hook:woocommerce": (HOOKS["woocommerce"].map_request, PAYLOADS["woocommerce"], {"currency": "XXL"}),
    "hook:mailgun": (HOOKS["mailgun"].map_request, PAYLOADS["mailgun"], {"timestamp": "noon"}),
    "hook:postmark": (
        HOOKS["postmark"].map_request,
        PAYLOADS["postmark"],
        {"Recipient": None, "Metadata.contact": None},
    ),
    "hook:ses": (HOOKS["ses"].map_request, PAYLOADS["ses"], {"delivery.timestamp": "noon"}),
    "hook:twilio": (
        HOOKS["twilio"].map_request,
        {**PAYLOADS["twilio"], "query": {"campaign": "k"}},
        {"MessageSid": ""},
    ),
}


def events(topic: str, element: dict[str, Any], **more: Any) -> tuple[list[bytes], list[DeadLetter]]:
    """What a request with one element brings: events, and dead letters."""
    payload: Any = element
    query = ""
    match topic:
        case "api:orders":
            payload = {"orders": [element]}
        case "hook:mailgun":
            payload = {"event-data": element}
        case "hook:twilio":
            query = urlencode(element["query"])
            payload = urlencode({name: value for name, value in element.items() if name != "query"}).encode()
    elements = TOPICS[topic][0](request(payload, query=query, **more))
    letters = [msgspec.json.decode(letter, type=DeadLetter) for letter in letters_of(topic, elements)]
    return events_of("acme", elements), letters


def mended(letter: DeadLetter, **more: Any) -> list[bytes] | StillRefused:
    return mended_events(letter, ACME, NOW_MS, **{"delivered_when_paid": False, **more})


@pytest.mark.parametrize("topic", TOPICS)
def test_an_element_that_is_put_right_becomes_what_it_would_have_been(topic: str) -> None:
    _, element, unfit = TOPICS[topic]
    wanted, none = events(topic, element)
    assert wanted
    assert not none

    nothing, [letter] = events(topic, changed(element, unfit))

    assert not nothing
    assert is_of_a_door(letter)
    refused = mended(letter)
    assert isinstance(refused, StillRefused)
    assert refused.code == letter.code
    assert mended(msgspec.structs.replace(letter, raw=json.dumps(element))) == wanted


def test_a_contract_event_is_of_no_door() -> None:
    assert not is_of_a_door(DeadLetter("missing", "…", "{}", topic="touches"))
    assert not is_of_a_door(DeadLetter("missing", "…", "{}", file="events.jsonl"))


def test_what_is_of_no_known_source_or_not_kept_whole_stays() -> None:
    assert mended(DeadLetter("missing", "…", "{}", topic="hook:nobody")) == StillRefused("missing")
    assert mended(DeadLetter("missing", "its contact was erased", topic="hook:shopify")) == StillRefused("missing")


def test_an_element_that_says_nothing_of_orders_or_messages_stays() -> None:
    """A shop's word that an order was deleted stood in a header, which is not kept."""
    assert mended(DeadLetter("missing", "…", '{"id":17}', topic="hook:shopify")) == StillRefused("missing")


def test_what_a_token_said_of_paid_orders_holds_for_its_letters() -> None:
    paid = changed(PAYLOADS["shopify"], {"financial_status": "paid"})
    letter = DeadLetter("missing", "…", json.dumps(paid), topic="hook:shopify")
    [delivered] = [json.loads(event) for event in as_events(mended(letter, delivered_when_paid=True))]
    [other] = [json.loads(event) for event in as_events(mended(letter))]
    assert (delivered["status"], other["status"]) == ("DELIVERED", "INITIALIZED")


@pytest.mark.parametrize("sender", [Sender("acme"), Sender("acme", delivered_when_paid=True), Sender('a"b')])
def test_the_key_of_a_letters_record_says_whose_it_is(sender: Sender) -> None:
    assert sender_of(letter_key(sender)) == sender


@pytest.mark.parametrize("key", [None, b"", b"acme", b"[]", b"{}", b"[1]"])
def test_a_key_of_another_kind_names_nobody(key: bytes | None) -> None:
    assert sender_of(key) is None


def as_events(found: list[bytes] | StillRefused) -> list[bytes]:
    assert not isinstance(found, StillRefused)
    return found


def test_every_door_that_writes_letters_is_known() -> None:
    assert TOPICS.keys() == {"api:orders", "api:event", *(f"hook:{name}" for name in HOOKS)}
