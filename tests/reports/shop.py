"""A shop's view in Redis, written field by field from a list of sales and touches, without the dataflow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

import msgspec
import redis
from redis.client import Pipeline

from connectors.view import layout
from connectors.view.layout import OrderRow
from reports.account import AccountView
from reports.period import Period
from state.money import format_amount
from state.times import day_of, format_time, parse_time
from state.touch_text import TouchText


@dataclass(frozen=True)
class Sale:
    """One order as the dataflow would have settled it."""

    order: str
    ordered_at: str
    amount: int = 1_000
    currency: str = "EUR"
    status: str = "DELIVERED"
    credited: tuple[str, str] | None = None
    """(channel, campaign)."""
    expected: tuple[str, str] | None = None
    """(channel, campaign), of one on the way."""
    refunded: int | None = None
    contact: str | None = "c1"

    @property
    def ms(self) -> int:
        return parse_time(self.ordered_at)

    @property
    def reason(self) -> str:
        if self.contact is None:
            return "contact_unknown"
        if self.status != "DELIVERED":
            return "not_delivered"
        return "last_touch" if self.credited else "no_eligible_touch"

    @property
    def touch_expected(self) -> TouchText | None:
        if self.expected is None:
            return None
        return TouchText(*self.expected, "m1", "clicked", format_time(self.ms - 60_000), "24h")

    def row(self) -> OrderRow:
        channel, campaign = self.credited or (None, None)
        touch = self.credited is not None
        return OrderRow(
            order=self.order,
            contact=self.contact,
            status=self.status,
            amount=format_amount(self.amount, self.currency),
            currency=self.currency,
            ordered_at=format_time(self.ms),
            refunded=None if self.refunded is None else format_amount(self.refunded, self.currency),
            campaign=campaign,
            channel=channel,
            message="m1" if touch else None,
            event="clicked" if touch else None,
            touched_at=format_time(self.ms - 60_000) if touch else None,
            reason=self.reason,
            expected=self.touch_expected,
            email=self.contact and f"{self.contact}@example.org",
            phone=None,
            external_customer_id=None,
            first_name=self.contact and "Олена",
            last_name=None,
        )


@dataclass(frozen=True)
class Touched:
    """How many messages of a campaign had their first such touch on a day."""

    day: str
    channel: str
    campaign: str
    event: str
    messages: int = 1


class Shop:
    """Writes the view of one account."""

    def __init__(self, client: redis.Redis, account: str = "acme", time_zone: str = "UTC") -> None:
        self._client = client
        self._account = account
        self._zone = time_zone
        self._counts: Counter[tuple[str, str]] = Counter()

    def known(self, **fields: str) -> Shop:
        """The account's hash."""
        for field, value in fields.items():
            self._client.hset(layout.account_key(self._account), field, value)
        return self

    def named(self, channel: str, campaign: str, name: str) -> Shop:
        """What a campaign is called."""
        self._client.hset(layout.names_key(self._account), layout.name_field(channel, campaign), name)
        return self

    def write(self, sales: Iterable[Sale] = (), touches: Iterable[Touched] = ()) -> Shop:
        """All at once: nobody who reads meanwhile sees a part of it."""
        with self._client.pipeline(transaction=True) as writes:
            for sale in sales:
                self._write_sale(writes, sale)
            for touched in touches:
                self._write_touched(writes, touched)
            self._write_counts(writes)
            writes.execute()
        return self

    def _write_counts(self, writes: Pipeline) -> None:
        by_key: dict[str, dict[str, int]] = {}
        for (key, field), count in self._counts.items():
            if count:
                by_key.setdefault(key, {})[field] = count
        for key, fields in by_key.items():
            writes.hset(key, mapping={field: str(count) for field, count in fields.items()})

    def _write_sale(self, writes: Pipeline, sale: Sale) -> None:
        day = day_of(sale.ms, self._zone)
        self._note_day(writes, day)
        writes.zadd(layout.orders_key(self._account, day), {sale.order: sale.ms})
        writes.hset(layout.rows_key(self._account, day), sale.order, msgspec.json.encode(sale.row()))
        of_day = layout.day_key(self._account, day), layout.total_key(self._account)
        for key in of_day:
            self._count(key, f"orders:{sale.status}:{sale.currency}", f"amount:{sale.status}:{sale.currency}", sale)
            if sale.refunded:
                self._counts[key, f"orders:refunded:{sale.currency}"] += 1
                self._counts[key, f"amount:refunded:{sale.currency}"] += sale.refunded
            if sale.contact is None:
                number, amount = (f"{kind}:contact_unknown:{sale.currency}" for kind in ("orders", "amount"))
                self._count(key, number, amount, sale)
        if sale.status == "DELIVERED":
            self._earn(sale, day, sale.credited, "")
        elif sale.status in ("INITIALIZED", "IN_PROGRESS"):
            self._earn(sale, day, sale.expected, "expected_")

    def _earn(self, sale: Sale, day: int, where: tuple[str, str] | None, begins: str) -> None:
        of_day = layout.day_key(self._account, day), layout.total_key(self._account)
        bought, earned = f"{begins}purchases:{sale.currency}", f"{begins}revenue:{sale.currency}"
        hour = f"hour:{datetime.fromtimestamp(sale.ms // 1000, ZoneInfo(self._zone)).hour:02}:"
        if where is None:
            for key in of_day:
                self._count(key, f"unattributed:{bought}", f"unattributed:{earned}", sale)
            self._count(of_day[0], f"{hour}unattributed:{bought}", f"{hour}unattributed:{earned}", sale)
            return
        channel, campaign = where
        self._count(of_day[0], hour + bought, hour + earned, sale)
        for key in of_day:
            self._count(key, bought, earned, sale)
            self._count(key, f"channel:{channel}:{bought}", f"channel:{channel}:{earned}", sale)
        prefix = layout.campaign_prefix(channel, campaign)
        self._count(layout.campaigns_key(self._account, day), prefix + bought, prefix + earned, sale)
        self._count(layout.campaign_key(self._account, channel, campaign), bought, earned, sale)

    def _count(self, key: str, number: str, amount: str, sale: Sale) -> None:
        self._counts[key, number] += 1
        self._counts[key, amount] += sale.amount

    def _write_touched(self, writes: Pipeline, touched: Touched) -> None:
        day = ordinal(touched.day)
        self._note_day(writes, day)
        prefix = layout.campaign_prefix(touched.channel, touched.campaign)
        for key, field in (
            (layout.day_key(self._account, day), touched.event),
            (layout.day_key(self._account, day), f"channel:{touched.channel}:{touched.event}"),
            (layout.total_key(self._account), touched.event),
            (layout.total_key(self._account), f"channel:{touched.channel}:{touched.event}"),
            (layout.campaigns_key(self._account, day), prefix + touched.event),
            (layout.campaign_key(self._account, touched.channel, touched.campaign), touched.event),
        ):
            self._counts[key, field] += touched.messages

    def _note_day(self, writes: Pipeline, day: int) -> None:
        name = date.fromordinal(day).isoformat()
        writes.zadd(layout.days_key(self._account), {name: layout.day_score(day)})


def ordinal(day: str) -> int:
    return date.fromisoformat(day).toordinal()


def period(first: str = "2026-01-01", last: str = "2026-12-31") -> Period:
    return Period(date.fromisoformat(first), date.fromisoformat(last))


def view_of(
    account: str = "acme", currency: str = "EUR", time_zone: str = "UTC", rows_from: str | None = None
) -> AccountView:
    """An account read before, of which nothing more is of interest."""
    return AccountView(account, currency, time_zone, None, False, None if rows_from is None else ordinal(rows_from))
