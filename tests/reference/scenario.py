"""Words for scenarios: events of a shop called acme in March 2026, and what its marketer then sees.

Times are `"03-01 10:00"` (UTC, of 2026) or RFC 3339 in full.
"""

from __future__ import annotations

import json
from typing import Any

from tests.reference.reference import WHOLE, View, expected
from tests.reference.values import moment_ms

NOW_MS = moment_ms("2026-06-01T00:00:00Z")
TOTAL = "lasttouch:{acme}:total"


def when(text: str) -> str:
    """The time in full."""
    if "T" in text:
        return text
    day, clock = text.split(" ")
    return f"2026-{day}T{clock}{':00' if clock.count(':') == 1 else ''}Z"


def touch(event: str, at: str, **more: Any) -> bytes:
    """Something happened between Ann and message m1 of the email campaign `spring`."""
    fields = {
        "type": "touch",
        "account": "acme",
        "contact": "ann",
        "channel": "email",
        "event": event,
        "campaign": "spring",
        "message": "m1",
        "time": when(at),
    }
    return json.dumps(fields | more).encode()


def order(ordered_at: str, stated_at: str | None = None, **more: Any) -> bytes:
    """Ann's order o1 over 10 EUR, delivered (by 20 March, unless said). None leaves a field out."""
    fields = {
        "type": "order",
        "account": "acme",
        "order": "o1",
        "contact": "ann",
        "status": "DELIVERED",
        "amount": "10.00",
        "currency": "EUR",
        "ordered_at": when(ordered_at),
        "time": when(stated_at or "03-20 00:00"),
    }
    given = {name: value for name, value in (fields | more).items() if value is not None}
    return json.dumps(given).encode()


def partial(at: str, **more: Any) -> bytes:
    """Only this of Ann's order o1: it was delivered. None leaves a field out."""
    fields = {
        "type": "order",
        "partial": True,
        "account": "acme",
        "order": "o1",
        "status": "DELIVERED",
        "time": when(at),
    }
    given = {name: value for name, value in (fields | more).items() if value is not None}
    return json.dumps(given).encode()


def campaign(which: str, name: str | None, at: str, **more: Any) -> bytes:
    """What an email campaign is called."""
    fields = {
        "type": "campaign",
        "account": "acme",
        "channel": "email",
        "campaign": which,
        "name": name,
        "time": when(at),
    }
    return json.dumps(fields | more).encode()


def contact(name: str, at: str, **more: Any) -> bytes:
    fields = {"type": "contact", "account": "acme", "contact": name, "time": when(at)}
    return json.dumps(fields | more).encode()


def settings(effective_from: str, at: str, **more: Any) -> bytes:
    fields = {"type": "settings", "account": "acme", "effective_from": when(effective_from), "time": when(at)}
    return json.dumps(fields | more).encode()


def erase(name: str, at: str) -> bytes:
    return json.dumps({"type": "erase", "account": "acme", "contact": name, "time": when(at)}).encode()


def seen(*lines: bytes, **file: Any) -> View:
    """What a marketer of acme sees of sales; `file` is acme's table in the settings file. Nothing may be refused."""
    view = expected(lines, {"acme": file}, NOW_MS, erase_unnamed=True)
    assert view.refused == []
    return view


def seen_whole(*lines: bytes, **file: Any) -> View:
    """The same with all that the contract shows: what is on its way, hours, and orders of nobody."""
    view = expected(lines, {"acme": file}, NOW_MS, **WHOLE)
    assert view.refused == []
    return view


def credited(view: View, name: str = "o1") -> str:
    """`email/spring/m1` where an order is credited, else the reason why it is not."""
    record = view.records["acme", name]
    if not record["credited"]:
        return str(record["reason"])
    assert record["reason"] == "last_touch"
    return f"{record['channel']}/{record['campaign']}/{record['message']}"


def total(view: View, *fields: str) -> list[int]:
    """Counters of acme over all days; 0 where absent."""
    counters = view.redis.get(TOTAL, {})
    return [int(counters.get(field, "0")) for field in fields]


def on_day(view: View, day: str, *fields: str) -> list[int]:
    """Counters of acme on a day, `03-01`; 0 where absent."""
    counters = view.redis.get(f"lasttouch:{{acme}}:day:2026-{day}", {})
    return [int(counters.get(field, "0")) for field in fields]
