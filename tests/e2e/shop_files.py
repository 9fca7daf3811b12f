"""Files of events: a generated shop, a shop whose totals only grow, and the ways to cut, pack and join them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from generator.stream import START_MS, events
from tests.reference.values import HOUR_MS, MINUTE_MS, moment_text

CAMPAIGNS: Final = ("spring", "summer", "autumn")
TOTAL: Final = "lasttouch:{acme}:total"


def write(path: Path, lines: Iterable[bytes]) -> Path:
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    return path


def generated(path: Path, count: int, *, seed: int = 1) -> Path:
    """A week of the shop: orders change their status, machines click, some events come late, a few twice."""
    return write(path, events(count, count // 12, seed))


def cut(path: Path, pieces: int) -> list[Path]:
    """The same lines, in order, as several files beside it."""
    lines = path.read_bytes().splitlines()
    size = -(-len(lines) // pieces)
    return [
        write(path.with_name(f"{path.stem}-{number}.jsonl"), lines[number * size : (number + 1) * size])
        for number in range(pieces)
    ]


def growing(path: Path, contacts: int) -> Path:
    """Everybody is sent one message, clicks on it, and buys: five events each, and no total ever falls."""
    return write(path, (line for number in range(contacts) for line in _buyer(number)))


def _buyer(number: int) -> Iterator[bytes]:
    at = START_MS + number * 1_000
    campaign = CAMPAIGNS[number % len(CAMPAIGNS)]
    for minutes, event in enumerate(("sent", "delivered", "opened", "clicked")):
        yield touch(f"c{number}", at + minutes * MINUTE_MS, event=event, campaign=campaign, message=f"m{number}")
    yield order(f"o{number}", f"c{number}", at + HOUR_MS, amount=f"{number % 90 + 1}.50")


def touch(contact: str, at_ms: int, **more: Any) -> bytes:
    """A click on an email of the campaign `spring`, unless `more` says otherwise."""
    fields = {
        "type": "touch",
        "account": "acme",
        "contact": contact,
        "channel": "email",
        "event": "clicked",
        "campaign": "spring",
        "message": "m1",
        "time": moment_text(at_ms),
    }
    return json.dumps(fields | more).encode()


def order(order_id: str, contact: str, ordered_at_ms: int, **more: Any) -> bytes:
    """An order over 10 EUR, delivered the moment it was made, unless `more` says otherwise."""
    fields = {
        "type": "order",
        "account": "acme",
        "order": order_id,
        "contact": contact,
        "status": "DELIVERED",
        "amount": "10.00",
        "currency": "EUR",
        "ordered_at": moment_text(ordered_at_ms),
        "time": moment_text(ordered_at_ms),
    }
    return json.dumps(fields | more).encode()


def lines_of(files: Sequence[Path]) -> list[bytes]:
    return [line for file in files for line in file.read_bytes().splitlines()]
