"""Whatever a sender sends is accepted, ignored or rejected with a code, and what is accepted the dataflow takes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import replace
from typing import Any, Final, get_args

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from api.intake import contract_events, yespo_events, yespo_orders
from api.intake.elements import Accepted, Element, Ignored, Rejected
from api.intake.identities import contact_events
from api.intake.refusals import RequestRefused
from api.intake.request import Request
from api.intake.sources import HOOKS
from state.bad_events import Code
from state.event_json import read_line
from state.times import DAY_MS
from tests.api.intake import (
    test_contract_events,
    test_mailgun,
    test_postmark,
    test_segment,
    test_sendgrid,
    test_ses,
    test_shopify,
    test_woocommerce,
    test_yespo_events,
    test_yespo_hook,
    test_yespo_orders,
)
from tests.api.intake.sending import NOW_MS, Map, request

PARAM_LIST: Final = [{"name": name, "value": value} for name, value in test_yespo_events.PARAMS.items()]
KINDS: Final = ("orderCreated", "orderUpdated", "orderDelivered", "orderCancelled", "other")
SHAPES: Final[Mapping[str, tuple[Map, list[Any]]]] = {
    "contract": (contract_events.map_request, [[test_contract_events.TOUCH, test_contract_events.ORDER]]),
    "yespo_orders": (yespo_orders.map_request, [{"orders": [test_yespo_orders.ORDER] * 2}]),
    "yespo_events": (
        yespo_events.map_request,
        [
            {"eventTypeKey": kind, "keyValue": "380501234567", "params": params}
            for kind in KINDS
            for params in (test_yespo_events.PARAMS, PARAM_LIST)
        ],
    ),
    "yespo": (HOOKS["yespo"].map_request, [[test_yespo_hook.TOLD] * 2]),
    "sendgrid": (HOOKS["sendgrid"].map_request, [[test_sendgrid.TOLD] * 2]),
    "segment": (
        HOOKS["segment"].map_request,
        [
            [
                test_segment.MAIL,
                *({**test_segment.BOUGHT, "event": f"Order {name}"} for name in ("Completed", "Updated")),
            ],
            {"batch": [{**test_segment.BOUGHT, "event": f"Order {name}"} for name in ("Cancelled", "Refunded")]},
            {"type": "identify", "userId": "42", "traits": {"email": "a@b", "phone": "380501234567", "firstName": "A"}},
        ],
    ),
    "shopify": (
        HOOKS["shopify"].map_request,
        [{**test_shopify.ORDER, **test_shopify.given_back("1.00", "2.00")}],
    ),
    "woocommerce": (HOOKS["woocommerce"].map_request, [{**test_woocommerce.ORDER, "refunds": [{"total": "-1.00"}]}]),
    "mailgun": (HOOKS["mailgun"].map_request, [{"event-data": test_mailgun.TOLD}]),
    "postmark": (HOOKS["postmark"].map_request, [test_postmark.TOLD]),
    "ses": (
        HOOKS["ses"].map_request,
        [
            test_ses.TOLD,
            {**test_ses.TOLD, **test_ses.DELIVERY},
            {"Type": "Notification", "Message": json.dumps(test_ses.TOLD)},
        ],
    ),
}
HEADERS: Final = st.sampled_from(
    [
        {},
        {"X-Shopify-Topic": "orders/create", "X-WC-Webhook-Topic": "order.created"},
        {
            "X-Shopify-Topic": "orders/delete",
            "X-Shopify-Triggered-At": "soon",
            "X-WC-Webhook-Topic": "order.deleted",
        },
    ]
)
JUNK: Final = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(
        [
            *("null", "\ud800", "x" * 257, "x" * 5_000, " ", "0", "-1", "1e400", "İ" * 256, "@", "00", "+", "\u0000"),
            *("2026-03-01T09:30:00", "9999-12-31T23:59:59.999-23:59", "0001-01-01T00:00:00+23:59", "2026-03-29T03:30"),
            *(10**30, -(10**400), 1e308, [], {}, [[]], [{}], {"a": {}}),
        ]
    ),
    st.lists(st.one_of(st.none(), st.text(max_size=3), st.integers()), max_size=3),
)
NESTED: Final = "<nested deeply>"


def paths(value: object, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in pairs:
        found += paths(inner, (*path, name))
    return found


def put(value: Any, path: tuple[Any, ...], junk: object, *, drop: bool) -> None:
    for name in path[:-1]:
        value = value[name]
    if drop:
        del value[path[-1]]
    else:
        # A copy: later changes may lie within it, and the next case is drawn from what was.
        value[path[-1]] = deepcopy(junk)


@st.composite
def bodies(draw: st.DrawFn, payloads: list[Any]) -> bytes:
    """A payload with fields of another type, missing, or nesting however deep, and some that nobody knows."""
    payload = json.loads(json.dumps(draw(st.sampled_from(payloads))))
    for _ in range(draw(st.integers(0, 4))):
        known = paths(payload)
        if not known:
            break
        put(payload, draw(st.sampled_from(known)), draw(st.one_of(JUNK, st.just(NESTED))), drop=draw(st.booleans()))
    if isinstance(payload, dict) and draw(st.booleans()):
        payload |= draw(st.dictionaries(st.text(max_size=5), JUNK, max_size=2))
    depth = draw(st.sampled_from([2, 250, 900, 2_000]))
    opened = draw(st.sampled_from(["[", '{"a":']))
    deep = opened * depth + "1" + ("]" if opened == "[" else "}") * depth
    return json.dumps(payload).replace(json.dumps(NESTED), deep).encode()


def judge(map_request: Map, sent: Request) -> None:
    try:
        elements = map_request(sent)
    except RequestRefused as refused:
        event(f"refused whole: {refused.code}")
        return
    for element in elements:
        event(type(element).__name__)
        judge_element(element)
    declared = [one for element in elements if isinstance(element, Accepted) for one in element.declares]
    for line in contact_events("acme", declared):
        read_line(line, NOW_MS)


def judge_element(element: Element) -> None:
    match element:
        case Accepted():
            assert element.events
            for line in element.events:
                assert b"\n" not in line
                assert json.loads(line)["account"] == "acme"
                read_line(line, NOW_MS)
        case Rejected():
            assert element.code in get_args(Code)
            assert element.message
            assert element.raw
        case Ignored():
            assert element.why


@pytest.mark.parametrize("source", SHAPES)
@given(data=st.data(), headers=HEADERS)
def test_a_payload_of_a_senders_shape_with_anything_in_it(
    source: str, data: st.DataObject, headers: dict[str, str]
) -> None:
    map_request, payloads = SHAPES[source]
    media_type = {"Content-Type": "application/json"}
    judge(map_request, request(data.draw(bodies(payloads)), headers | media_type))


@pytest.mark.parametrize("source", SHAPES)
@given(body=st.one_of(st.binary(max_size=20), JUNK.map(lambda value: json.dumps(value).encode())))
def test_a_body_of_no_shape_at_all(source: str, body: bytes) -> None:
    judge(SHAPES[source][0], request(body, {"Content-Type": "application/json"}))


@given(
    form=st.dictionaries(
        st.sampled_from(["MessageStatus", "SmsStatus", "To", "MessageSid", "query"]), st.text(max_size=9)
    ),
    query=st.text(alphabet="contact&=campaign%ff+,\u00ff", max_size=40),
    body=st.one_of(st.none(), st.binary(max_size=40)),
)
def test_a_form_with_anything_in_it(form: dict[str, str], query: str, body: bytes | None) -> None:
    encoded = "&".join(f"{name}={value}" for name, value in form.items()).encode(errors="replace")
    sent = request(encoded if body is None else body, query=query)
    judge(HOOKS["twilio"].map_request, sent)
    judge(
        HOOKS["twilio"].map_request, replace(sent, body=b"MessageStatus=sent&MessageSid=1&To=380501234567&" + sent.body)
    )


@given(body=st.binary(max_size=30), header=st.text(max_size=20), key=st.text(max_size=20))
def test_no_signature_is_found_right_by_chance_and_none_ends_in_an_error(body: bytes, header: str, key: str) -> None:
    headers = ("x-twilio-email-event-webhook-signature", "x-segment-signature", "x-signature", "x-shopify-hmac-sha256")
    names = dict.fromkeys((*headers, "x-wc-webhook-signature", "x-twilio-signature"), header)
    for source in HOOKS.values():
        if source.is_signed is not None:
            assert not source.is_signed(request(body, names), key)


def test_an_element_ahead_of_the_clock_is_judged_by_the_hour_of_its_receipt() -> None:
    """The clock that a mapping goes by is the request's, as the dataflow's is the wall's."""
    (element,) = HOOKS["sendgrid"].map_request(replace(request(test_sendgrid.TOLD), received_ms=NOW_MS - 3 * DAY_MS))
    assert isinstance(element, Rejected)
    assert element.code == "in_future"
