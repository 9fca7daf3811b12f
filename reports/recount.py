"""The counters of a day as its order rows say they must be, computed without the dataflow's own code (contract §4)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, cast
from zoneinfo import ZoneInfo

import msgspec
import redis

from connectors.view import layout
from connectors.view.layout import OrderRow, Text
from state.events import DELIVERED, ON_THE_WAY
from state.ledger import CONTACT_UNKNOWN, REFUNDED
from state.money import parse_amount_cached

ROWS_PER_TRIP: Final = 1_000

_read_row: Final = msgspec.json.Decoder(OrderRow).decode


@dataclass(slots=True)
class Recount:
    """What the orders of a day add up to, in the fields of the layout (money in minor units)."""

    time_zone: str
    """The account's: by its clock an order belongs to an hour."""
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
            self._count_status(REFUNDED, row.currency, refunded)
        if row.contact is None:
            self._count_status(CONTACT_UNKNOWN, row.currency, amount)
        hour = layout.hour_prefix(datetime.fromisoformat(row.ordered_at).astimezone(ZoneInfo(self.time_zone)).hour)
        if row.status == DELIVERED:
            where = None if row.channel is None or row.campaign is None else (row.channel, row.campaign)
            self._count_sale((layout.PURCHASES, layout.REVENUE), row.currency, amount, where, hour)
        elif row.status in ON_THE_WAY:
            where = None if row.expected is None else (row.expected.channel, row.expected.campaign)
            figures = layout.EXPECTED_PURCHASES, layout.EXPECTED_REVENUE
            self._count_sale(figures, row.currency, amount, where, hour)

    def _count_sale(
        self, figures: tuple[str, str], currency: str, amount: int, where: tuple[str, str] | None, hour: str
    ) -> None:
        """`figures`: what counts the order, and its amount. `where`: channel and campaign; None: nobody's."""
        for figure, value in zip(figures, (1, amount), strict=True):
            of_account = "" if where else layout.UNATTRIBUTED
            for prefix in (of_account, hour + of_account):
                self.day[layout.sale_field(figure, currency, prefix)] += value
            if where:
                self.day[layout.sale_field(figure, currency, layout.channel_prefix(where[0]))] += value
                self.campaigns[layout.sale_field(figure, currency, layout.campaign_prefix(*where))] += value

    def _count_status(self, status: str, currency: str, amount: int) -> None:
        self.day[layout.orders_field(status, currency)] += 1
        self.day[layout.amount_field(status, currency)] += amount


def recount(client: redis.Redis, account: str, day: int, time_zone: str) -> Recount:
    """Count the rows of a day (an ordinal) of an account in a time zone, some at a time."""
    counted = Recount(time_zone)
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
