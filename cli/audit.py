"""`lasttouch audit`: are the counters what the order rows say, and does the ledger balance (contract §7, §8)."""

from __future__ import annotations

import shutil
from typing import Annotated

import msgspec
import typer

from cli.options import RedisUrl, SettingsPath, TableOrJson
from config.addresses import REDIS_URL_DEFAULT
from config.errors import Negative
from config.settings_file import load_settings_file
from connectors.view.client import connected
from reports import arguments as asked
from reports.account import read_account
from reports.audit import AuditReport, read_audit
from reports.audit_text import differences_lines, summary
from reports.period import parse_period


def audit(
    account: Annotated[str, typer.Option("--account", metavar="ACCOUNT", help="Whose counters.")],
    from_: Annotated[str, typer.Option("--from", metavar="DAY", help="First day, such as 2026-01-31.")],
    to: Annotated[str, typer.Option("--to", metavar="DAY", help="Last day, included.")],
    shown: Annotated[
        TableOrJson, typer.Option("--format", help="Lines for people, or JSON for programs.")
    ] = TableOrJson.TABLE,
    redis_url: RedisUrl = REDIS_URL_DEFAULT,
    settings: SettingsPath = None,
) -> None:
    """Recompute the counters of a period from its order rows, and compare.

    Ends with status 0 if all are equal, else with 1 and the keys that differ.
    """
    period = parse_period(from_, to)
    begun_with = load_settings_file(settings).of(asked.identifier("account", account))
    with connected(redis_url) as client:
        report = read_audit(client, read_account(client, account, begun_with), period)
    _show(report, shown)
    if not report.equal:
        raise Negative(f"audit: {report.differing:,} of {report.figures:,} figures of {account} differ")


def _show(report: AuditReport, shown: TableOrJson) -> None:
    if shown is TableOrJson.JSON:
        typer.echo(msgspec.json.encode(report))
        return
    for line in differences_lines(report, shutil.get_terminal_size().columns):
        typer.echo(line)
    typer.echo(summary(report))
