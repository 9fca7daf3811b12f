"""The events of `lasttouch generate`, and what they come to by the tests' reference, which works independently."""

from __future__ import annotations

import json
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Final

from benchmarks.event_file import CURRENCY
from benchmarks.plain_loop import NOBODY
from benchmarks.totals import Earned, Totals
from tests.reference.reference import facts_of, read_all

_CONTACTS_AT_ONCE: Final = 1_000


def reference_totals(events_file: Path) -> Totals:
    """What campaigns earn by the events of a file, each of which names its contact, with the default settings.

    Contact by contact, on all cores: no order is credited to touches of others, and the reference looks at all touches
    that it is given for each order.
    """
    purchases: Counter[str] = Counter()
    revenue: Counter[str] = Counter()
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        for sales in pool.map(_sales, _by_contacts(events_file)):
            for campaign, amount in sales:
                purchases[campaign] += 1
                revenue[campaign] += amount
    return {name: Earned(count, revenue[name]) for name, count in purchases.items()}


def _by_contacts(events_file: Path) -> Iterator[Sequence[Sequence[bytes]]]:
    """The lines of each contact, of some contacts together."""
    lines: defaultdict[str, list[bytes]] = defaultdict(list)
    with events_file.open("rb") as file:
        for line in file:
            lines[json.loads(line)["contact"]].append(line.removesuffix(b"\n"))
    contacts = iter(lines.values())
    while some := list(islice(contacts, _CONTACTS_AT_ONCE)):
        yield some


def _sales(contacts: Sequence[Sequence[bytes]]) -> list[tuple[str, int]]:
    """Of each delivered order in `CURRENCY`, the campaign that it is credited to, and its amount in minor units."""
    now_ms = time.time_ns() // 1_000_000
    return [
        (NOBODY if decision.credit is None else decision.credit.campaign, decision.order.amount)
        for lines in contacts
        for decision in facts_of(read_all(lines, now_ms), {}, erase_unnamed=True).decisions
        if decision.order.status == "DELIVERED" and decision.order.currency == CURRENCY
    ]
