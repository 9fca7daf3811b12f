"""`lasttouch explain`: why an order is credited where it is (contract §7)."""

from __future__ import annotations

import shutil
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer

from cli.options import RecoveryDir, SettingsPath
from config.addresses import RECOVERY_DIR_DEFAULT
from config.errors import Negative
from config.settings_file import load_settings_file
from dataflows.store.retained import Retained, retained
from reports import arguments as asked
from reports.explanation import explanation_report
from reports.explanation_text import explanation_lines
from state.explanation import Explanation, explained
from state.facts import unpack_order_at_contact
from state.orders import unpack_order_state
from state.timeline import of_file

WIDTH_MAX: Final = 120


class Format(StrEnum):
    """How an explanation is shown."""

    TEXT = "text"
    JSON = "json"


def explain(
    account: Annotated[str, typer.Option("--account", metavar="ACCOUNT", help="Whose order.")],
    order: Annotated[str, typer.Option("--order", metavar="ORDER", help="Its id.")],
    shown: Annotated[Format, typer.Option("--format", help="Words for people, or JSON for programs.")] = Format.TEXT,
    recovery_dir: RecoveryDir = Path(RECOVERY_DIR_DEFAULT),
    settings: SettingsPath = None,
) -> None:
    """Why an order is credited where it is: every touch that was considered, and how the decision changed.

    Answers from what the dataflow retains, as of its last complete epoch; a run may be live.
    """
    base = load_settings_file(settings)
    asked.identifier("account", account)
    asked.identifier("order", order)
    with retained(recovery_dir, lambda name: of_file(base.of(name))) as state:
        explanation = _explanation(state, account, order)
    if explanation is None:
        raise Negative(f"order {order} of account {account} is not known here")
    if shown is Format.JSON:
        typer.echo(msgspec.json.encode(explanation_report(explanation)))
        return
    width = min(shutil.get_terminal_size().columns, WIDTH_MAX)
    for line in explanation_lines(explanation, width):
        typer.echo(line)


def _explanation(state: Retained, account: str, order: str) -> Explanation | None:
    orders = state.order_group(account, order).accounts.get(account)
    if orders is None or order not in orders.orders:
        return None
    held = unpack_order_state(orders.orders[order])
    facts = state.contact_group(held.contact_group).accounts.get(account)
    contact = held.contact or ""
    # An order of which only partial events are there is not known yet (contract §9).
    if facts is None or order not in facts.orders.get(contact, {}):
        return None
    return explained(
        unpack_order_at_contact(facts.orders[contact][order]),
        facts.messages.get(contact, b""),
        facts.timeline,
        state.published_group(account, order).history(account, order),
        moved=held.moved,
    )
