"""Lines of events as tests write them, and what reading one gives."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest

from state.bad_events import BadEvent
from state.event_json import Event, read_line
from state.events import (
    Order,
)
from tests.reference.values import moment_ms

NOW_MS: Final = moment_ms("2026-06-01T00:00:00Z")
CONTACT: Final = {"type": "contact", "account": "acme", "contact": "ann", "time": "2026-03-01T00:00:00Z"}


def line(fields: dict[str, Any], **more: Any) -> bytes:
    """An event's line; None leaves a field out."""
    return json.dumps({name: value for name, value in (fields | more).items() if value is not None}).encode()


def with_json(fields: dict[str, Any], name: str, literal: str) -> bytes:
    """An event's line with a field of exactly this JSON."""
    return line(fields, **{name: "here"}).replace(b'"here"', literal.encode())


def read(raw: bytes) -> Event:
    return read_line(raw, NOW_MS)[1]


def order_of(raw: bytes) -> Order:
    event = read(raw)
    assert isinstance(event, Order)
    return event


def refused(raw: bytes) -> BadEvent:
    with pytest.raises(BadEvent) as bad:
        read_line(raw, NOW_MS)
    return bad.value


def reason(raw: bytes) -> str:
    return str(refused(raw))


def said(raw: bytes) -> str | None:
    """The reason, or None where the line is an event."""
    try:
        read_line(raw, NOW_MS)
    except BadEvent as bad:
        return str(bad)
    return None
