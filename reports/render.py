"""A report as JSON for programs and as CSV for spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Final

import msgspec

from reports.campaigns import CampaignRow, CampaignsReport
from reports.channels import ChannelRow, ChannelsReport
from reports.orders import OrderEntry, OrdersReport
from reports.purchases import Purchase, PurchasesReport

Report = CampaignsReport | ChannelsReport | OrdersReport | PurchasesReport

UNATTRIBUTED_NAME: Final = "(unattributed)"
"""Stands in a list of channels where no channel does; no channel can be called so."""

_BEGINS_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What makes a spreadsheet calculate a cell instead of showing it; the last four are full-width forms."""


def as_json(report: Report) -> bytes:
    """The report in the shape of contract §7, on one line."""
    return msgspec.json.encode(report) + b"\n"


def as_csv(report: Report) -> bytes:
    """The rows of the report's list under a line of names, without totals, UTF-8. Null is an empty cell.

    A text that a spreadsheet would take for a formula gets an apostrophe before it.
    """
    names, rows = _list_of(report)
    text = io.StringIO()
    writer = csv.writer(text)  # lines end in CRLF, as RFC 4180 has it
    writer.writerow(names)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue().encode()


def _list_of(report: Report) -> tuple[tuple[str, ...], Iterable[tuple[object, ...]]]:
    match report:
        case CampaignsReport():
            return CampaignRow.__struct_fields__, map(msgspec.structs.astuple, report.campaigns)
        case ChannelsReport():
            return ChannelRow.__struct_fields__, map(msgspec.structs.astuple, channel_rows(report))
        case OrdersReport():
            return OrderEntry.__struct_fields__, map(msgspec.structs.astuple, report.orders)
        case PurchasesReport():
            return Purchase.__struct_fields__, map(msgspec.structs.astuple, report.purchases)


def channel_rows(report: ChannelsReport) -> list[ChannelRow]:
    """The channels, and a last row for what none of them earned."""
    nobody = report.unattributed
    return [*report.channels, ChannelRow(UNATTRIBUTED_NAME, nobody.purchases, None, nobody.revenue)]


def _cell(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(_BEGINS_FORMULA) else value
