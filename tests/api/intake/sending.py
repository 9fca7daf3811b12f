"""Requests as senders make them, and what came of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from api.intake.elements import Accepted, Element, Ignored, Rejected
from api.intake.identities import contact_events
from api.intake.request import AccountValues, Request
from state.event_json import read_line
from state.times import parse_time


class _Absent:
    """A value of which a test's id does not tell where in memory it is."""

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = _Absent()
"""In the place of a field: it is not sent."""
NOW: Final = "2026-03-02T12:00:00.000Z"
NOW_MS: Final = parse_time(NOW)
ACME: Final = AccountValues("acme", "UAH", "Europe/Kyiv")
IGNORED: Final = "ignored"

Event = dict[str, Any]
Outcome = list[Event] | tuple[str, str | None] | str
"""Events, or code and field of the rejection, or that it is ignored."""
Map = Callable[[Request], list[Element]]


def request(
    payload: object,
    headers: Mapping[str, str] | None = None,
    *,
    query: str = "",
    url: str = "",
    is_admin: bool = False,
    delivered_when_paid: bool = False,
) -> Request:
    """A request with a JSON payload, or with these very bytes."""
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    names = {name.lower(): value for name, value in (headers or {}).items()}
    return Request(
        names,
        query,
        body,
        ACME,
        NOW_MS,
        url=url,
        is_admin=is_admin,
        delivered_when_paid=delivered_when_paid,
    )


def changed(base: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """A payload with some fields changed; paths lead into objects ("customer.id")."""
    whole: dict[str, Any] = json.loads(json.dumps(base))
    for path, value in change.items():
        *parents, name = path.split("/") if "/" in path else path.split(".")
        inner = whole
        for parent in parents:
            inner = inner.setdefault(parent, {})
        if value is ABSENT:
            inner.pop(name, None)
        else:
            inner[name] = value
    return whole


def outcome(element: Element) -> Outcome:
    """What came of one element; its events are all such that the dataflow takes them."""
    match element:
        case Accepted():
            return written([element])
        case Rejected():
            return element.code, element.field
        case Ignored():
            return IGNORED


def outcomes(elements: Sequence[Element]) -> list[Outcome]:
    return [outcome(element) for element in elements]


def written(elements: Sequence[Element]) -> list[Event]:
    """All events of a request, without their account, which has to be the token's."""
    accepted = [element for element in elements if isinstance(element, Accepted)]
    lines = [line for element in accepted for line in element.events]
    lines += contact_events("acme", [one for element in accepted for one in element.declares])
    return [_checked(line) for line in lines]


def _checked(line: bytes) -> Event:
    assert b"\n" not in line
    read_line(line, NOW_MS)
    event: Event = json.loads(line)
    assert event.pop("account") == "acme"
    return event
