"""A report as JSON for programs and as CSV for spreadsheets."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from reports.campaign_page import CampaignPage
from reports.campaigns import CampaignRow, CampaignsReport
from reports.channels import ChannelRow, ChannelsReport
from reports.hours import Hour, HoursReport
from reports.orders import OrderEntry, OrdersReport
from reports.purchases import Purchase, PurchasesReport
from reports.timeline import Day, DayChannel, TimelineReport
from state.touch_text import TouchText

Report = CampaignsReport | ChannelsReport | OrdersReport | PurchasesReport
"""Those of contract §7, which the commands print."""
DailyReport = TimelineReport | HoursReport | CampaignPage
"""Those of http.md §3 alone, made of days or hours."""

UNATTRIBUTED_NAME: Final = "(unattributed)"
"""Stands in a list of channels where no channel does; no channel can be called so."""

_BEGINS_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What makes a spreadsheet calculate a cell instead of showing it; the last four are full-width forms."""

_NUMBER_OR_PHONE: Final = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?", re.ASCII)
_ORDER_OWN_NAMES: Final = tuple(name for name in OrderEntry.__struct_fields__ if name != "expected")
_TOUCH_NAMES: Final = TouchText.__struct_fields__
_ORDER_NAMES: Final = (*_ORDER_OWN_NAMES, *(f"expected_{name}" for name in _TOUCH_NAMES))


def as_json(report: Report | DailyReport) -> bytes:
    """The report in the shape of contract §7 or http.md §3, on one line."""
    return msgspec.json.encode(report) + b"\n"


def as_csv(report: Report | DailyReport) -> bytes:
    """The rows of the report's list under a line of names, without totals, UTF-8. Null is an empty cell.

    A timeline by channel has a row for each channel of a day, and one for what none of them earned.
    What an order is expected at has a column for each of its fields, `expected_channel` and so on. A text that a
    spreadsheet would take for a formula gets an apostrophe before it, but for numbers and phones (contract §8).
    """
    names, rows = _list_of(report)
    text = io.StringIO()
    writer = csv.writer(text)  # lines end in CRLF, as RFC 4180 has it
    writer.writerow(names)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue().encode()


def _list_of(report: Report | DailyReport) -> tuple[tuple[str, ...], Iterable[tuple[object, ...]]]:
    match report:
        case CampaignsReport():
            return CampaignRow.__struct_fields__, map(msgspec.structs.astuple, report.campaigns)
        case ChannelsReport():
            return ChannelRow.__struct_fields__, map(msgspec.structs.astuple, channel_rows(report))
        case OrdersReport():
            return _ORDER_NAMES, map(_order_cells, report.orders)
        case PurchasesReport():
            return Purchase.__struct_fields__, map(msgspec.structs.astuple, report.purchases)
        case HoursReport():
            return Hour.__struct_fields__, map(msgspec.structs.astuple, report.hours)
        case TimelineReport() | CampaignPage():
            return _days_of(report.days)


def _days_of(days: list[Day]) -> tuple[tuple[str, ...], Iterable[tuple[object, ...]]]:
    """What is known of the days; all days of a report have the same fields."""
    if days[0].channels is not msgspec.UNSET:
        return ("day", *DayChannel.__struct_fields__), (row for day in days for row in _channels_of(day))
    names = tuple(name for name in Day.__struct_fields__ if getattr(days[0], name) is not msgspec.UNSET)
    return names, (tuple(getattr(day, name) for name in names) for day in days)


def _channels_of(day: Day) -> Iterator[tuple[object, ...]]:
    for channel in day.channels or ():
        yield day.day, *msgspec.structs.astuple(channel)
    if day.unattributed_purchases is not msgspec.UNSET:
        nobody = day.unattributed_purchases, day.unattributed_revenue
        yield (
            *(day.day, UNATTRIBUTED_NAME, *nobody),
            *(day.unattributed_expected_purchases, day.unattributed_expected_revenue),
        )


def channel_rows(report: ChannelsReport) -> list[ChannelRow]:
    """The channels, and a last row for what none of them earned."""
    nobody = report.unattributed
    expected = nobody.expected_purchases, nobody.expected_revenue
    return [*report.channels, ChannelRow(UNATTRIBUTED_NAME, nobody.purchases, None, nobody.revenue, *expected)]


def _order_cells(row: OrderEntry) -> tuple[object, ...]:
    expected = [None] * len(_TOUCH_NAMES) if row.expected is None else msgspec.structs.astuple(row.expected)
    return *(getattr(row, name) for name in _ORDER_OWN_NAMES), *expected


def _cell(value: object) -> object:
    is_formula = isinstance(value, str) and value.startswith(_BEGINS_FORMULA) and not _NUMBER_OR_PHONE.fullmatch(value)
    return f"'{value}" if is_formula else value
