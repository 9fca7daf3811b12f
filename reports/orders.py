"""The orders report: the orders of a period, newest first, and its revenue by status (contract §4, §7)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import msgspec
import redis

from connectors.view.layout import (
    OrderRow,
    amount_field,
    day_key,
    orders_field,
    parse_orders_field,
    text_of,
)
from connectors.view.order_rows import order_row
from reports.account import AccountView
from reports.order_list import read_page
from reports.paging import AskedPage
from reports.period import Period, days_with_data
from reports.reading import (
    DAY_HASHES_PER_TRIP,
    Hash,
    add_up,
    read_hashes,
)
from state.changes import Outcome
from state.events import STATUSES
from state.ledger import CONTACT_UNKNOWN, REFUNDED
from state.money import format_amount
from state.questions import Asks, FindOrder
from state.times import day_text
from state.touch_text import TouchText


class Counted(msgspec.Struct, frozen=True):
    """Some orders, and their amounts together."""

    orders: int
    amount: str


class OrdersTotals(msgspec.Struct, frozen=True):
    """The orders of the period in the report's currency, whatever part of them the list shows."""

    total: Counted
    """INITIALIZED, IN_PROGRESS and DELIVERED."""
    initialized: Counted
    in_progress: Counted
    delivered: Counted
    cancelled: Counted
    refunded: Counted
    """Orders of any status with something given back, and what was given back; taken off nothing."""
    contact_unknown: Counted
    """Orders of any status that belong to no contact."""


class OrderEntry(msgspec.Struct, frozen=True):
    """One order of the list, in any currency."""

    order: str
    contact: str | None
    email: str | None
    phone: str | None
    first_name: str | None
    last_name: str | None
    status: str
    amount: str
    currency: str
    ordered_at: str
    campaign: str | None
    channel: str | None
    event: str | None
    touched_at: str | None
    reason: str
    """Why it is credited where it is (contract §6.2)."""
    expected: TouchText | None
    """The touch that it would be credited to if it were DELIVERED; null where it is not on the way."""


class OrdersReport(msgspec.Struct, frozen=True):
    """As contract §7 has it, and how fresh it is (§8)."""

    account: str
    from_: str = msgspec.field(name="from")
    to: str
    currency: str
    time_zone: str
    totals: OrdersTotals
    orders: list[OrderEntry]
    """Newest first; orders of one instant by id."""
    next: str | None
    rows_from: str | None
    """The day from which on the list is whole; null where no row of the period has left."""
    as_of: str | None
    catching_up: bool


def read_orders(
    client: redis.Redis,
    view: AccountView,
    period: Period,
    asked: AskedPage,
    *,
    status: str | None = None,
    currency: str | None = None,
) -> OrdersReport:
    """The totals in `currency`, by default the account's, and one page of the list, of one status or all."""
    currency = currency or view.currency
    days = days_with_data(client, view.account, period)
    with_status: dict[str, list[int]] = {status: [] for status in STATUSES}
    hashes = read_hashes(client, (day_key(view.account, day) for day in days), DAY_HASHES_PER_TRIP)
    totals = _totals(add_up(_noting_statuses(days, hashes, with_status)), currency)
    page = read_page(
        client,
        view.account,
        with_status[status] if status else days,
        asked,
        wanted=(lambda row: row.status == status) if status else None,
    )
    return OrdersReport(
        account=view.account,
        from_=period.first.isoformat(),
        to=period.last.isoformat(),
        currency=currency,
        time_zone=view.time_zone,
        totals=totals,
        orders=[order_entry(row) for row in page.rows],
        next=page.next,
        rows_from=rows_expired(view, (day for counted in with_status.values() for day in counted)),
        as_of=view.as_of,
        catching_up=view.catching_up,
    )


def only_order(report: OrdersReport, asks: Asks, order: str, status: str | None = None) -> OrdersReport:
    """The report with that order alone in its list, whatever its day; nothing where nobody has heard of it.

    `status`: nothing, too, where it has another one.
    """
    found = asks.ask(FindOrder(report.account, order)).found
    is_listed = isinstance(found, Outcome) and status in (None, found.order.status)
    orders = [order_entry(order_row(found))] if isinstance(found, Outcome) and is_listed else []
    return msgspec.structs.replace(report, orders=orders, next=None, rows_from=None)


def _noting_statuses(days: list[int], hashes: Iterator[Hash], with_status: dict[str, list[int]]) -> Iterator[Hash]:
    """The hashes of the days, as they are; adds each day to the statuses that an order of it has."""
    for day, values in zip(days, hashes, strict=True):
        counted = (parse_orders_field(text_of(field)) for field in values)
        for status in {of[0] for of in counted if of} & with_status.keys():
            with_status[status].append(day)
        yield values


def rows_expired(view: AccountView, days: Iterable[int]) -> str | None:
    """The day from which on rows are there, if any of these days, which all had some, lost them (§8)."""
    if view.rows_from is None or not any(day < view.rows_from for day in days):
        return None
    return day_text(view.rows_from)


def _totals(sums: Mapping[str, int], currency: str) -> OrdersTotals:
    def counted(*statuses: str) -> Counted:
        return Counted(
            sum(sums.get(orders_field(status, currency), 0) for status in statuses),
            format_amount(sum(sums.get(amount_field(status, currency), 0) for status in statuses), currency),
        )

    return OrdersTotals(
        total=counted("INITIALIZED", "IN_PROGRESS", "DELIVERED"),
        initialized=counted("INITIALIZED"),
        in_progress=counted("IN_PROGRESS"),
        delivered=counted("DELIVERED"),
        cancelled=counted("CANCELLED"),
        refunded=counted(REFUNDED),
        contact_unknown=counted(CONTACT_UNKNOWN),
    )


def order_entry(row: OrderRow) -> OrderEntry:
    """An order's row as the list shows it."""
    return OrderEntry(**{field: getattr(row, field) for field in OrderEntry.__struct_fields__})
