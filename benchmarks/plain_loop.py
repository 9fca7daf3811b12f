"""The yardstick: last-touch attribution as one would write it for one file, without an engine.

msgspec decodes, dicts remember, nothing survives a crash, and only what this file needs is right: one account, the
default settings, amounts with two decimals, no order that leaves DELIVERED, no touch that comes after the order it
earns. So it is what Python can do at best, and a second opinion on the totals.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from bisect import insort
from datetime import datetime, timedelta
from operator import attrgetter
from pathlib import Path
from typing import Final

import msgspec

NOBODY: Final = "(none)"
"""Stands where a campaign stands, for orders that are delivered and credited to none; the peers call it so too."""

_CONNECTS: Final = {"email": "clicked", "sms": "delivered", "viber": "opened", "webpush": "clicked"}
_WINDOWS: Final = {
    "email": timedelta(hours=24),
    "sms": timedelta(hours=48),
    "viber": timedelta(hours=24),
    "webpush": timedelta(hours=12),
}
_TIME: Final = attrgetter("time")


class Touch(msgspec.Struct, tag="touch", tag_field="type", gc=False):
    """Of a touch, what decides."""

    contact: str
    channel: str
    event: str
    campaign: str
    time: datetime


class Order(msgspec.Struct, tag="order", tag_field="type", gc=False):
    """Of an order event, what decides."""

    contact: str
    order: str
    status: str
    amount: str
    ordered_at: datetime


def credit(path: Path) -> tuple[int, dict[str, list[int]]]:
    """The number of events in the file, and campaign → [purchases, revenue in minor units]."""
    decode = msgspec.json.Decoder(Touch | Order).decode
    touches: dict[str, list[Touch]] = {}  # by contact, oldest first
    delivered: set[str] = set()
    totals: dict[str, list[int]] = {}
    number = 0
    with path.open("rb", buffering=1 << 20) as lines:
        for number, line in enumerate(lines, 1):  # noqa: B007 - the last one is how many there are
            event = decode(line)
            if type(event) is Touch:
                if event.event == _CONNECTS[event.channel]:
                    own = touches.setdefault(event.contact, [])
                    if own and own[-1].time > event.time:
                        insort(own, event, key=_TIME)
                    else:
                        own.append(event)
            elif event.status == "DELIVERED" and event.order not in delivered:
                delivered.add(event.order)
                total = totals.setdefault(_campaign(touches.get(event.contact, []), event.ordered_at), [0, 0])
                total[0] += 1
                total[1] += int(event.amount.replace(".", ""))
    return number, totals


def _campaign(touches: list[Touch], ordered_at: datetime) -> str:
    """The campaign of the latest touch that may earn an order."""
    for touch in reversed(touches):
        if touch.time <= ordered_at and ordered_at - touch.time <= _WINDOWS[touch.channel]:
            return touch.campaign
    return NOBODY


def main() -> None:
    """Arguments: the event file, and where the totals go (JSON). Says on stdout how long it took."""
    events_file, out = (Path(argument) for argument in sys.argv[1:])
    gc.freeze()
    gc.disable()
    started = time.perf_counter()
    events, totals = credit(events_file)
    seconds = time.perf_counter() - started
    out.write_text(json.dumps({name: {"purchases": p, "revenue": r} for name, (p, r) in totals.items()}))
    print(json.dumps({"events": events, "processing_s": round(seconds, 3)}))


if __name__ == "__main__":
    main()
