"""The event file that all programs are measured on: one shop, 90 % touches, 10 % order events, as JSON Lines.

The same arguments give the same bytes as the `gen.py` of the peers' folder, so that figures can be laid beside each
other. The lines are in the order of event time but for about 1 %, which come up to 60 s late. Touch times differ by
at least a millisecond, so the latest touch is never a tie.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Final

ACCOUNT: Final = "acme"
CURRENCY: Final = "EUR"

_START: Final = datetime(2026, 1, 1, tzinfo=UTC)
_MINUTE_MS: Final = 60_000
_HOUR_MS: Final = 60 * _MINUTE_MS
_SPAN_MS: Final = 3 * 24 * _HOUR_MS
"""The event time that a file covers, whatever its number of events."""

_CHANNELS: Final = {"email": 50, "sms": 20, "viber": 15, "webpush": 15}
# More clicks than life has, so that about half of the orders are attributed.
_EVENTS: Final = {"sent": 20, "delivered": 25, "opened": 25, "clicked": 30}
_CAMPAIGNS: Final = {f"k{number}": 1 / number for number in range(1, 201)}
_ORDER_SHARE: Final = 0.0410
"""Of all new events; about 2.6 events of each order lie inside the file."""
_LATE_SHARE: Final = 0.01
_LATE_MS_MAX: Final = 60_000
_BLOCK: Final = 10_000

_LINES_AT_ONCE: Final = 16_384

Draw = Callable[[], float]
"""A random number from 0 (included) to 1 (excluded)."""
Progress = Callable[[int], None]
"""Told how many events have been written."""


def event_lines(events: int, contacts: int, seed: int) -> Iterator[str]:
    """`events` lines with their newlines, of contacts `c0` to `c<contacts - 1>`."""
    chance = random.Random(seed)
    draw = chance.random
    step_ms = 2 * _SPAN_MS / events
    waiting: list[tuple[int, int, str]] = []  # heap of (arrival in ms, how many waited before it, line)
    clock = orders = given = waited = block_end = 0
    while given < events:
        if given >= block_end:
            block_end = given + _BLOCK
            channels, kinds, campaigns = (_choices(chance, weights) for weights in (_CHANNELS, _EVENTS, _CAMPAIGNS))
        if waiting and waiting[0][0] <= clock:
            yield heapq.heappop(waiting)[2]
            given += 1
            continue
        clock += 1 + int(draw() * (step_ms * 1.07 - 2)) if step_ms > 2 else 1
        contact = f"c{int(draw() * contacts)}"
        if draw() < _ORDER_SHARE:
            orders += 1
            for arrival, line in _order_events(draw, orders, contact, clock):
                waited += 1
                heapq.heappush(waiting, (arrival, waited, line))
            continue
        line = (
            f'{{"type":"touch","account":"{ACCOUNT}","contact":"{contact}","channel":"{next(channels)}",'
            f'"event":"{next(kinds)}","campaign":"{next(campaigns)}","message":"m{given}","time":"{_time(clock)}"}}\n'
        )
        if draw() < _LATE_SHARE:
            waited += 1
            heapq.heappush(waiting, (clock + int(draw() * _LATE_MS_MAX), waited, line))
        else:
            yield line
            given += 1


def write_event_file(path: Path, events: int, contacts: int, seed: int, on_progress: Progress) -> None:
    """Make the file at `path`, which gets its name when it is complete."""
    unfinished = path.with_name(f".{path.name}.unfinished")
    lines = event_lines(events, contacts, seed)
    written = 0
    with unfinished.open("w", encoding="ascii") as file:
        while batch := list(islice(lines, _LINES_AT_ONCE)):
            file.write("".join(batch))
            written += len(batch)
            on_progress(written)
    unfinished.replace(path)


def _choices(chance: random.Random, weights: dict[str, int] | dict[str, float]) -> Iterator[str]:
    """Twice a block: touches that arrive late are made but not yet given."""
    return iter(chance.choices(list(weights), list(weights.values()), k=2 * _BLOCK))


def _order_events(draw: Draw, number: int, contact: str, clock: int) -> Iterator[tuple[int, str]]:
    """(arrival in ms, line) of each status of an order made at `clock`."""
    amount = f"{5 + int(draw() ** 2 * 495)}.{int(draw() * 100):02d}"
    before = f'{{"type":"order","account":"{ACCOUNT}","order":"o{number}","contact":"{contact}","status":"'
    between = f'","amount":"{amount}","currency":"{CURRENCY}","ordered_at":"{_time(clock)}","time":"'
    for status, at in _statuses(draw, clock):
        late = int(draw() * _LATE_MS_MAX) if draw() < _LATE_SHARE else 0
        yield at + late, f'{before}{status}{between}{_time(at)}"}}\n'


def _statuses(draw: Draw, clock: int) -> list[tuple[str, int]]:
    """The statuses that an order made at `clock` goes through, each with its time in ms."""
    at = clock + int(draw() * 2_000)
    statuses = [("INITIALIZED", at)]
    if draw() < 0.6:
        at += _MINUTE_MS + int(draw() * 30 * _MINUTE_MS)
        statuses.append(("IN_PROGRESS", at))
    at += 10 * _MINUTE_MS + int(draw() * 5 * _HOUR_MS)
    if draw() >= 0.8:
        return [*statuses, ("CANCELLED", at)]
    statuses.append(("DELIVERED", at))
    if draw() < 0.05:  # told twice, and must count once
        statuses.append(("DELIVERED", at + _MINUTE_MS + int(draw() * 20 * _MINUTE_MS)))
    return statuses


def _time(ms: int) -> str:
    """RFC 3339 of `ms` since the file's start."""
    return f"{_second(ms // 1000)}{ms % 1000:03d}Z"


@lru_cache(maxsize=100_000)
def _second(seconds: int) -> str:
    return (_START + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S.")
