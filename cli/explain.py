"""`lasttouch explain`: why an order is credited where it is (contract §7)."""

from __future__ import annotations

import shutil
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer

from cli.answers import Where, answered
from cli.options import RecoveryDir, RedisUrl, SettingsPath
from config.addresses import RECOVERY_DIR_DEFAULT, REDIS_URL_DEFAULT
from config.errors import Negative
from reports import arguments as asked
from reports.explanation import explain as explanation_of
from reports.explanation import explanation_report
from reports.explanation_text import explanation_lines

WIDTH_MAX: Final = 120


class Format(StrEnum):
    """How an explanation is shown."""

    TEXT = "text"
    JSON = "json"


def explain(
    account: Annotated[str, typer.Option("--account", metavar="ACCOUNT", help="Whose order.")],
    order: Annotated[str, typer.Option("--order", metavar="ORDER", help="Its id.")],
    shown: Annotated[Format, typer.Option("--format", help="Words for people, or JSON for programs.")] = Format.TEXT,
    redis_url: RedisUrl = REDIS_URL_DEFAULT,
    recovery_dir: RecoveryDir = Path(RECOVERY_DIR_DEFAULT),
    settings: SettingsPath = None,
) -> None:
    """Why an order is credited where it is: every touch that was considered, and how the decision changed.

    A live run answers, as of now; without one the recovery directory, as of its last complete epoch.
    """
    asked.identifier("account", account)
    asked.identifier("order", order)
    explained = answered(Where(redis_url, recovery_dir, settings), lambda asks: explanation_of(asks, account, order))
    if explained is None:
        raise Negative(f"order {order} of account {account} is not known here")
    if shown is Format.JSON:
        typer.echo(msgspec.json.encode(explanation_report(explained)))
        return
    width = min(shutil.get_terminal_size().columns, WIDTH_MAX)
    for line in explanation_lines(explained.explanation, width):
        typer.echo(line)
