"""What every program has to agree on: purchases and revenue per campaign, and of nobody."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

import redis

from benchmarks.event_file import ACCOUNT, CURRENCY
from benchmarks.plain_loop import NOBODY
from connectors.view.layout import (
    PURCHASES,
    REVENUE,
    UNATTRIBUTED,
    account_tag,
    campaign_key,
    percent_decode,
    sale_field,
    text_of,
    total_key,
)

_SCAN_COUNT: Final = 1_000


class Earned(NamedTuple):
    """Revenue in minor units."""

    purchases: int
    revenue: int


Totals = Mapping[str, Earned]
"""Campaign (all its channels together) or `NOBODY` → what it earned; who earned nothing is absent."""


def of_file(path: Path) -> Totals:
    """What a program wrote: {campaign: {"purchases", "revenue"}}."""
    told = json.loads(path.read_text(encoding="utf-8"))
    return {name: Earned(total["purchases"], total["revenue"]) for name, total in told.items()}


def of_redis(client: redis.Redis) -> Totals:
    """The view's campaigns over all days, and what is unattributed in its total."""
    purchases: Counter[str] = Counter()
    revenue: Counter[str] = Counter()
    for key in client.scan_iter(match=f"{account_tag(ACCOUNT)}campaign:*", count=_SCAN_COUNT):
        name = campaign_of(key.decode())
        fields = fields_of(client, key.decode())
        purchases[name] += fields.get(sale_field(PURCHASES, CURRENCY), 0)
        revenue[name] += fields.get(sale_field(REVENUE, CURRENCY), 0)
    total = fields_of(client, total_key(ACCOUNT))
    purchases[NOBODY] = total.get(sale_field(PURCHASES, CURRENCY, UNATTRIBUTED), 0)
    revenue[NOBODY] = total.get(sale_field(REVENUE, CURRENCY, UNATTRIBUTED), 0)
    return {name: Earned(purchases[name], revenue[name]) for name in purchases if purchases[name]}


def campaign_of(key: str) -> str:
    """The campaign whose `campaign_key`, on whichever channel, this is."""
    before = campaign_key(ACCOUNT, "", "").removesuffix(":")
    return percent_decode(key[len(before) :].split(":")[1])


def fields_of(client: redis.Redis, key: str) -> dict[str, int]:
    """A hash of counters."""
    return {text_of(field): int(value) for field, value in client.hgetall(key).items()}


def difference(totals: Totals, expected: Totals) -> str | None:
    """None if they are equal to the last minor unit, else in one line how many rows differ, and by how much."""
    nothing = Earned(0, 0)
    pairs = [(totals.get(name, nothing), expected.get(name, nothing)) for name in {*totals, *expected}]
    wrong = [(ours, theirs) for ours, theirs in pairs if ours != theirs]
    if not wrong:
        return None
    purchases = sum(abs(ours.purchases - theirs.purchases) for ours, theirs in wrong)
    revenue = sum(abs(ours.revenue - theirs.revenue) for ours, theirs in wrong)
    return f"{len(wrong)} of {len(pairs)} rows differ, by {purchases} purchases and {revenue} minor units"
