"""The days of a period and the hours of a day, straight from the decisions (http.md §3).

A day is the reports of that day alone; an hour is what its orders come to.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

from tests.reference.account_settings import EVENTS
from tests.reference.reports import Report, Row
from tests.reference.values import amount_text, hour_text, minor_units

SALES = ("purchases", "revenue", "expected_purchases", "expected_revenue")


def days(report: Report, channel: str | None = None, campaign: str | None = None, *, by_channel: bool = False) -> Row:
    """The timeline of the report's account and period, but for `catching_up`."""
    shown = [_day(one, channel, campaign, by_channel=by_channel) for one in _each_day(report)]
    return report.head() | {"channel": channel, "campaign": campaign, "days": shown}


def hours(report: Report) -> Row:
    """The 24 hours of the report's one day, but for `catching_up`."""
    shown = [{"hour": hour, **_hour(report, f"{hour:02d}")} for hour in range(24)]
    return report.head() | {"channel": None, "campaign": None, "hours": shown}


def _each_day(report: Report) -> Iterator[Report]:
    day = date.fromisoformat(report.first)
    while day.isoformat() <= report.last:
        yield replace(report, first=day.isoformat(), last=day.isoformat())
        day += timedelta(1)


def _day(report: Report, channel: str | None, campaign: str | None, *, by_channel: bool) -> Row:
    rows = [row for row in report.campaigns(channel)["campaigns"] if campaign in (None, row["campaign"])]
    day = {"day": report.first, **_sum(rows, SALES, report.currency), **_sum(rows, EVENTS, report.currency)}
    if channel is None and campaign is None:
        nobody = report.channels()["unattributed"]
        day |= {f"unattributed_{figure}": nobody[figure] for figure in SALES}
    if by_channel:
        day["channels"] = [
            {"channel": name, **_sum([row for row in rows if row["channel"] == name], SALES, report.currency)}
            for name in sorted({row["channel"] for row in rows if row["purchases"] or row["expected_purchases"]})
        ]
    return day


def _hour(report: Report, hour: str) -> Row:
    those = [
        (key, kind, amount)
        for key, (kind, amount), ordered_at in report.sales_made()
        if hour_text(ordered_at, report.time_zone) == hour
    ]
    figures: Row = {}
    for whose, of_nobody in (("", False), ("unattributed_", True)):
        for begins, purchases in (("", "purchases"), ("expected_", "expected_purchases")):
            amounts = [amount for key, kind, amount in those if kind == purchases and (key is None) == of_nobody]
            figures[f"{whose}{begins}purchases"] = len(amounts)
            figures[f"{whose}{begins}revenue"] = amount_text(sum(amounts), report.currency)
    return figures


def _sum(rows: list[Row], figures: tuple[str, ...], currency: str) -> Row:
    def total(figure: str) -> int | str:
        if not figure.endswith("revenue"):
            return sum(int(row[figure]) for row in rows)
        return amount_text(sum(minor_units(row[figure], currency) for row in rows), currency)

    return {figure: total(figure) for figure in figures}
