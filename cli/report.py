"""`lasttouch report`: the reports on stdout, as a table, JSON or CSV (contract §7)."""

from __future__ import annotations

import sys
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import redis
import typer

from cli.options import RedisUrl, SettingsPath
from config.addresses import REDIS_URL_DEFAULT
from config.errors import UserError
from config.settings_file import load_settings_file
from connectors.view.client import connected
from reports import arguments as asked
from reports.account import AccountView, read_account
from reports.campaigns import read_campaigns
from reports.channels import read_channels
from reports.orders import OrdersReport, read_orders
from reports.paging import LIMIT_DEFAULT, LIMIT_MAX, parse_page
from reports.period import parse_period
from reports.purchases import PurchasesReport, read_purchases
from reports.render import Report, as_csv, as_json
from reports.tables import print_table
from state.events import STATUSES

_CONTEXT: Final = {"help_option_names": ["-h", "--help"]}

app: Final = typer.Typer(add_completion=False, context_settings=_CONTEXT)


class Format(StrEnum):
    """How a report is shown."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


Account = Annotated[str, typer.Option("--account", metavar="ACCOUNT", help="Whose report.")]
From = Annotated[
    str,
    typer.Option("--from", metavar="DAY", help="First day, such as 2026-01-31, as the account's zone has it."),
]
To = Annotated[str, typer.Option("--to", metavar="DAY", help="Last day, included.")]
Currency = Annotated[
    str | None,
    typer.Option("--currency", metavar="CODE", help="Which orders count; by default the account's currency."),
]
Channel = Annotated[str | None, typer.Option("--channel", metavar="CHANNEL", help="Only this channel.")]
Shown = Annotated[Format, typer.Option("--format", help="A table for people, JSON for programs, CSV for spreadsheets.")]
Limit = Annotated[int, typer.Option("--limit", metavar="N", help=f"Orders on one page, at most {LIMIT_MAX}.")]
Cursor = Annotated[
    str | None, typer.Option("--cursor", metavar="CURSOR", help="The page to show: `next` of the one before.")
]


@app.callback(invoke_without_command=True)
def report(context: typer.Context) -> None:
    """What campaigns and channels earned, the orders, and who bought."""
    if context.invoked_subcommand is None:
        raise UserError("report: which one? Write one of campaigns, channels, orders, purchases, or --help")


@app.command("campaigns")
def campaigns(
    account: Account,
    from_: From,
    to: To,
    channel: Channel = None,
    currency: Currency = None,
    shown: Shown = Format.TABLE,
    redis_url: RedisUrl = REDIS_URL_DEFAULT,
    settings: SettingsPath = None,
) -> None:
    """What each campaign of a period earned, sent and got opened."""
    period = parse_period(from_, to)
    of_channel = None if channel is None else asked.channel(channel)
    in_currency = None if currency is None else asked.currency(currency)

    def read(client: redis.Redis, view: AccountView) -> Report:
        return read_campaigns(client, view, period, channel=of_channel, currency=in_currency)

    _report(account, read, shown, redis_url, settings)


@app.command("channels")
def channels(
    account: Account,
    from_: From,
    to: To,
    currency: Currency = None,
    shown: Shown = Format.TABLE,
    redis_url: RedisUrl = REDIS_URL_DEFAULT,
    settings: SettingsPath = None,
) -> None:
    """Every channel beside each other, with what no channel earned."""
    period = parse_period(from_, to)
    in_currency = None if currency is None else asked.currency(currency)

    def read(client: redis.Redis, view: AccountView) -> Report:
        return read_channels(client, view, period, currency=in_currency)

    _report(account, read, shown, redis_url, settings)


@app.command("orders")
def orders(  # noqa: PLR0913, PLR0917 - typer reads the options off the parameters
    account: Account,
    from_: From,
    to: To,
    status: Annotated[
        str | None, typer.Option("--status", metavar="STATUS", help=f"List only {', '.join(STATUSES)}.")
    ] = None,
    currency: Currency = None,
    limit: Limit = LIMIT_DEFAULT,
    cursor: Cursor = None,
    shown: Shown = Format.TABLE,
    redis_url: RedisUrl = REDIS_URL_DEFAULT,
    settings: SettingsPath = None,
) -> None:
    """The orders of a period, newest first, with its revenue by status."""
    period = parse_period(from_, to)
    of_status = None if status is None else asked.status(status)
    in_currency = None if currency is None else asked.currency(currency)
    page = parse_page(limit, cursor)

    def read(client: redis.Redis, view: AccountView) -> Report:
        return read_orders(client, view, period, page, status=of_status, currency=in_currency)

    _report(account, read, shown, redis_url, settings)


@app.command("purchases")
def purchases(  # noqa: PLR0913, PLR0917 - typer reads the options off the parameters
    account: Account,
    campaign: Annotated[str, typer.Option("--campaign", metavar="CAMPAIGN", help="On all its channels, or on one.")],
    from_: From,
    to: To,
    channel: Channel = None,
    currency: Currency = None,
    limit: Limit = LIMIT_DEFAULT,
    cursor: Cursor = None,
    shown: Shown = Format.TABLE,
    redis_url: RedisUrl = REDIS_URL_DEFAULT,
    settings: SettingsPath = None,
) -> None:
    """Who bought: the orders credited to one campaign, newest first."""
    period = parse_period(from_, to)
    of_campaign = asked.identifier("campaign", campaign)
    of_channel = None if channel is None else asked.channel(channel)
    in_currency = None if currency is None else asked.currency(currency)
    page = parse_page(limit, cursor)

    def read(client: redis.Redis, view: AccountView) -> Report:
        return read_purchases(
            client, view, period, page, campaign=of_campaign, channel=of_channel, currency=in_currency
        )

    _report(account, read, shown, redis_url, settings)


def _report(
    account: str,
    read: Callable[[redis.Redis, AccountView], Report],
    shown: Format,
    redis_url: str,
    settings: Path | None,
) -> None:
    begun_with = load_settings_file(settings).of(asked.identifier("account", account))
    with connected(redis_url) as client:
        view = read_account(client, account, begun_with)
        report_value = read(client, view)
    _show(report_value, view.time_zone, shown)


def _show(report_value: Report, time_zone: str, shown: Format) -> None:
    match shown:
        case Format.TABLE:
            print_table(report_value, time_zone, sys.stdout)
        case Format.JSON:
            typer.echo(as_json(report_value), nl=False)
        case Format.CSV:
            typer.echo(as_csv(report_value), nl=False)
            _say_more_follows(report_value)


def _say_more_follows(report_value: Report) -> None:
    """On stderr, because a CSV that ends at the page's limit does not show that it is not all."""
    if isinstance(report_value, OrdersReport | PurchasesReport) and report_value.next is not None:
        typer.echo(f"more: --cursor {report_value.next}", err=True)
