"""Elements of other systems that were refused and became dead letters: what comes of them today.

A newer version may read what an older one did not, and an account's currency and time zone may be others by now.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from api.intake import yespo_events, yespo_orders
from api.intake.elements import Accepted, Rejected
from api.intake.refusals import RequestRefused
from api.intake.request import AccountValues, Request
from api.intake.sources import HOOKS
from api.intake.writing import events_of
from state.dead_letters import DeadLetter
from state.mended_letters import StillRefused, whole_event

_HOOK: Final = "hook:"
_ORDERS: Final = "api:orders"
_EVENT: Final = "api:event"


def is_of_a_door(letter: DeadLetter) -> bool:
    """Whether what it holds is another system's, and no contract event."""
    return letter.topic is not None and (letter.topic.startswith(_HOOK) or letter.topic in {_ORDERS, _EVENT})


def mended_events(
    letter: DeadLetter, account: AccountValues, received_ms: int, *, delivered_when_paid: bool
) -> list[bytes] | StillRefused:
    """The contract events of a refused element that was received then (wall clock); else why it is still refused.

    Headers are not kept: what a webhook is about is read off the element, as of one that comes without them.
    """
    raw = whole_event(letter)
    assert letter.topic is not None
    if raw is None:
        return StillRefused(letter.code)
    try:
        query, body = _sent(letter.topic, raw)
        request = Request({}, query, body, account, received_ms, delivered_when_paid=delivered_when_paid)
        elements = _mapping(letter.topic)(request)
    except (RequestRefused, KeyError):
        return StillRefused(letter.code)
    refused = next((one for one in elements if isinstance(one, Rejected)), None)
    if refused is not None:
        return StillRefused(refused.code)
    if not any(isinstance(one, Accepted) for one in elements):
        return StillRefused(letter.code)
    return events_of(account.account, elements)


def _mapping(topic: str) -> Any:  # noqa: ANN401 - what maps requests, whatever the source
    if topic == _ORDERS:
        return yespo_orders.map_request
    if topic == _EVENT:
        return yespo_events.map_request
    return HOOKS[topic.removeprefix(_HOOK)].map_request


def _sent(topic: str, raw: bytes) -> tuple[str, bytes]:
    """Query and body of a request with this one element."""
    if topic == _ORDERS:
        return "", b'{"orders":[%b]}' % raw
    if topic == f"{_HOOK}mailgun" and b'"event-data"' not in raw:
        return "", b'{"event-data":%b}' % raw
    if topic == f"{_HOOK}twilio":
        return _form(raw)
    return "", raw


def _form(raw: bytes) -> tuple[str, bytes]:
    """Twilio's status: the letter has the form's names, and the query's below `query`."""
    try:
        status: Mapping[str, Any] = json.loads(raw)
        query = status.get("query", {})
        form = {name: value for name, value in status.items() if name != "query"}
    except (ValueError, AttributeError):
        return "", raw
    return urlencode(query), urlencode(form).encode()
