"""The counters of a day as its order rows say they must be, computed without the dataflow's own code (contract §4)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, cast

import msgspec
import redis

from connectors.view import layout
from connectors.view.layout import OrderRow, Text
from state.events import DELIVERED
from state.money import parse_amount_cached

ROWS_PER_TRIP: Final = 1_000

_read_row: Final = msgspec.json.Decoder(OrderRow).decode


@dataclass(slots=True)
class Recount:
    """What the orders of a day add up to, in the fields of the layout (money in minor units)."""

    day: Counter[str] = field(default_factory=Counter)
    """Of `layout.day_key`, but for what messages count."""
    campaigns: Counter[str] = field(default_factory=Counter)
    """Of `layout.campaigns_key`, likewise."""
    orders: int = 0

    def add(self, row: OrderRow) -> None:
        """Count one order."""
        amount = parse_amount_cached(row.amount, row.currency)
        self.orders += 1
        self._count_status(row.status, row.currency, amount)
        if row.refunded is not None and (refunded := parse_amount_cached(row.refunded, row.currency)):
            self._count_status(layout.REFUNDED, row.currency, refunded)
        if row.status != DELIVERED:
            return
        if row.channel is None or row.campaign is None:
            _count_sale(self.day, layout.UNATTRIBUTED, row.currency, amount)
            return
        _count_sale(self.day, "", row.currency, amount)
        _count_sale(self.day, layout.channel_prefix(row.channel), row.currency, amount)
        _count_sale(self.campaigns, layout.campaign_prefix(row.channel, row.campaign), row.currency, amount)

    def _count_status(self, status: str, currency: str, amount: int) -> None:
        self.day[layout.orders_field(status, currency)] += 1
        self.day[layout.amount_field(status, currency)] += amount


def _count_sale(figures: Counter[str], prefix: str, currency: str, amount: int) -> None:
    figures[layout.purchases_field(currency, prefix)] += 1
    figures[layout.revenue_field(currency, prefix)] += amount


def recount(client: redis.Redis, account: str, day: int) -> Recount:
    """Count the rows of a day (an ordinal), some at a time."""
    counted = Recount()
    for row in _rows(client, layout.rows_key(account, day)):
        counted.add(row)
    return counted


def _rows(client: redis.Redis, key: str) -> Iterator[OrderRow]:
    """Each row once; a scan of Redis may bring one twice."""
    seen: set[Text] = set()
    cursor = 0
    while True:
        answer = client.hscan(key, cursor, count=ROWS_PER_TRIP)
        cursor, rows = cast("tuple[int, Mapping[Text, Text]]", answer)
        for order, row in rows.items():
            if order not in seen:
                seen.add(order)
                yield _read_row(row)
        if not cursor:
            return


def is_of_orders(name: str) -> bool:
    """Whether a field counts orders or their money, not messages: it ends in a currency, `revenue:EUR`."""
    currency = name.rpartition(":")[2]
    return len(currency) == 3 and currency.isupper()
