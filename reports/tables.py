"""A report as a table for a person at a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final, TextIO, assert_never

from rich.console import Console
from rich.text import Text

from reports.campaigns import CampaignRow, CampaignsReport, CampaignsTotal
from reports.channels import ChannelRow, ChannelsReport
from reports.columns import Column, lay_out, natural_width, numbers, texts, wholes
from reports.orders import OrderEntry, OrdersReport, OrdersTotals
from reports.purchases import Purchase, PurchasesReport
from reports.render import Report, channel_rows
from reports.terminal_text import NOTHING
from reports.terminal_text import shown as _shown
from state.times import zone

_CAMPAIGNS: Final = (
    *texts("Channel", "Campaign"),
    *numbers("Pur-\nchases", "Average\ncheck", "Revenue", "Expected\npurchases", "Expected\nrevenue"),
    *numbers("Sent", "Deliv-\nered", "Opened", "Clicked", "Per\nopened", "Per\nclicked"),
)
_CAMPAIGNS_NARROW: Final = (
    *texts("Channel", "Campaign"),
    *numbers("Pur-\nchases\n(exp.)", "Average\ncheck", "Revenue\n(exp.)"),
    *numbers("Sent", "Deliv-\nered", "Opened\n(rate)", "Clicked\n(rate)"),
)
_CHANNELS: Final = (
    *(*texts("Channel"), *numbers("Purchases", "Average check", "Revenue")),
    *numbers("Expected\npurchases", "Expected\nrevenue"),
)
_TOTALS: Final = (*texts("Period"), *numbers("Orders", "Amount"))
_ORDERS: Final = (
    *(*wholes("Ordered"), *texts("Order", "Contact", "Status")),
    *(*numbers("Amount"), *texts("Channel", "Campaign")),
)
_PURCHASES: Final = (
    *(*wholes("Ordered"), *texts("Order", "Contact", "Name", "Email, phone")),
    *(*numbers("Amount"), *wholes("Touched")),
)


def print_table(report: Report, time_zone: str, out: TextIO) -> None:
    """The report as a person reads it: plain text unless `out` is a terminal; times of the account's zone."""
    console = Console(file=out, highlight=False, emoji=False, markup=False, soft_wrap=False)
    _print_lines(console, [_heading(report), f"{report.currency}, days and times of {time_zone}"], style="bold")
    match report:
        case CampaignsReport():
            _print_campaigns(console, report)
        case ChannelsReport():
            _print_channels(console, report)
        case OrdersReport():
            _print_orders(console, report, time_zone)
        case PurchasesReport():
            _print_purchases(console, report, time_zone)
        case _:
            assert_never(report)
    _print_lines(console, [_freshness(report)], style="dim")


def _heading(report: Report) -> str:
    period = f"{report.from_} to {report.to}"
    match report:
        case CampaignsReport():
            return f"Campaigns of {report.account}, {report.channel or 'all channels'}, {period}"
        case ChannelsReport():
            return f"Channels of {report.account}, {period}"
        case OrdersReport():
            return f"Orders of {report.account}, {period}"
        case PurchasesReport():
            return f"Purchases of {report.account} credited to campaign {report.campaign}, {period}"


def _freshness(report: Report) -> str:
    counted = f"as of {report.as_of}" if report.as_of else "nothing counted yet"
    return f"{counted}, catching up: newer figures follow" if report.catching_up else counted


def _print_campaigns(console: Console, report: CampaignsReport) -> None:
    total = report.total
    of_all = "Total", f"{total.campaigns} in all"
    rows = [[*_campaign(row), *_sales(row), *_messages(row)] for row in report.campaigns]
    ending = [*of_all, *_sales(total), *[""] * 6]
    if natural_width(_CAMPAIGNS, [*rows, ending]) <= console.width:
        _print_rows(console, _CAMPAIGNS, rows, ending)
        return
    narrow = [[*_campaign(row), *_narrow_sales(row), *_narrow_messages(row)] for row in report.campaigns]
    _print_rows(console, _CAMPAIGNS_NARROW, narrow, [*of_all, *_narrow_sales(total), *[""] * 4])


def _campaign(row: CampaignRow) -> list[str]:
    name = [] if row.name is None else [_shown(row.name)]
    return [row.channel, "\n".join([_shown(row.campaign), *name])]


def _sales(row: CampaignRow | CampaignsTotal | ChannelRow) -> list[str]:
    expected = f"{row.expected_purchases}", row.expected_revenue
    return [f"{row.purchases}", _shown(row.average_check), row.revenue, *expected]


def _narrow_sales(row: CampaignRow | CampaignsTotal) -> list[str]:
    """What is expected, where anything is, in brackets below what is credited."""
    purchases, average_check, revenue, *_ = _sales(row)
    if not row.expected_purchases:
        return [purchases, average_check, revenue]
    return [f"{purchases}\n({row.expected_purchases})", average_check, f"{revenue}\n({row.expected_revenue})"]


def _messages(row: CampaignRow) -> list[str]:
    counted = (row.sent, row.delivered, row.opened, row.clicked)
    return [*map(str, counted), _shown(row.purchase_to_open_rate), _shown(row.purchase_to_click_rate)]


def _narrow_messages(row: CampaignRow) -> list[str]:
    sent, delivered, opened, clicked, per_opened, per_clicked = _messages(row)
    return [sent, delivered, f"{opened}\n({per_opened})", f"{clicked}\n({per_clicked})"]


def _print_channels(console: Console, report: ChannelsReport) -> None:
    rows = [[row.channel, *_sales(row)] for row in channel_rows(report)]
    total = report.total
    ending = [f"{total.purchases}", "", total.revenue, f"{total.expected_purchases}", total.expected_revenue]
    _print_rows(console, _CHANNELS, rows, ["Total", *ending])


def _print_orders(console: Console, report: OrdersReport, time_zone: str) -> None:
    names = OrdersTotals.__struct_fields__
    counted = [(_words(name), getattr(report.totals, name)) for name in names]
    _print_rows(console, _TOTALS, [[name, f"{of.orders}", of.amount] for name, of in counted])
    rows = [
        [
            *(_local(row.ordered_at, time_zone), _shown(row.order), _shown(row.contact), _words(row.status)),
            *(f"{row.amount} {row.currency}", *_earner(row)),
        ]
        for row in report.orders
    ]
    _print_list(console, _ORDERS, rows)
    _print_more(console, report)


def _earner(row: OrderEntry) -> tuple[str, str]:
    """The channel and the campaign that an order is credited to or expected at, or why there is none."""
    if row.expected is not None:
        return row.expected.channel, f"expected: {_shown(row.expected.campaign)}"
    if row.campaign is None:
        return NOTHING, f"({row.reason.replace('_', ' ')})"
    return _shown(row.channel), _shown(row.campaign)


def _print_purchases(console: Console, report: PurchasesReport, time_zone: str) -> None:
    rows = [
        [
            *(
                _local(row.ordered_at, time_zone),
                _shown(row.order),
                _shown(row.contact),
                _name(row),
                _reach(row),
            ),
            *(f"{row.amount} {row.currency}", _touched(row, time_zone)),
        ]
        for row in report.purchases
    ]
    _print_list(console, _PURCHASES, rows)
    _print_more(console, report)


def _print_list(console: Console, columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> None:
    if rows:
        _print_rows(console, columns, rows)
    else:
        _print_lines(console, ["", "no orders here", ""])


def _print_more(console: Console, report: OrdersReport | PurchasesReport) -> None:
    if isinstance(report.rows_from, str):
        _print_lines(console, [f"orders before {report.rows_from} are no longer listed"])
    if report.next is not None:
        _print_lines(console, [f"more: --cursor {report.next}"])


def _name(row: Purchase) -> str:
    return " ".join(_shown(name) for name in (row.first_name, row.last_name) if name) or NOTHING


def _reach(row: Purchase) -> str:
    return "\n".join(_shown(address) for address in (row.email, row.phone) if address) or NOTHING


def _touched(row: Purchase, time_zone: str) -> str:
    if row.touched_at is None:
        return NOTHING
    return f"{_local(row.touched_at, time_zone)}\n{row.event}"


def _local(time: str, time_zone: str) -> str:
    """RFC 3339 as the wall clock of a time zone shows it, to the minute."""
    return f"{datetime.fromisoformat(time).astimezone(zone(time_zone)):%Y-%m-%d %H:%M}"


def _words(name: str) -> str:
    """IN_PROGRESS as "In progress"."""
    return name.replace("_", " ").capitalize()


def _print_lines(console: Console, lines: Iterable[str], style: str = "") -> None:
    for line in lines:
        console.print(Text(_shown(line), style), soft_wrap=True)


def _print_rows(
    console: Console,
    columns: Sequence[Column],
    rows: Sequence[Sequence[str]],
    ending: Sequence[str] | None = None,
) -> None:
    """The rows under their names, and a line for totals."""
    layout = lay_out(columns, rows, ending, console.width)
    rule = Text("─" * layout.width, "dim")
    parts = [Text("\n".join(layout.head), "bold"), rule]
    if layout.body:
        parts.append(Text("\n".join(layout.body)))
    if layout.foot:
        parts += [rule, Text("\n".join(layout.foot), "bold")]
    console.print("", *parts, "", sep="\n", soft_wrap=True)
