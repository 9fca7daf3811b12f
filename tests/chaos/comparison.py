"""What is shown at the end of a chaos run beside what the reference says: counters, rows, records, letters, reports."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from random import Random
from typing import Any, Final
from urllib.parse import unquote

import redis

from tests.chaos.commands import Commands
from tests.chaos.event_stream import FIRST_DAY, LAST_DAY
from tests.e2e.kafka_runs import OrderKey, dead_letters, last_records
from tests.e2e.views import Contents, differences, view, view_of
from tests.reference.erasure import with_own_marks
from tests.reference.reference import View

_ROWS: Final = "}:rows:"
_EXPLAINED: Final = 5
_PERIOD: Final = ("--from", FIRST_DAY, "--to", LAST_DAY)

Found = dict[str, list[str]]
"""Kind → where what is shown is not as the reference says; kinds without a difference are not in it."""
Rows = Mapping[OrderKey, dict[str, Any]]


def view_differences(right: View, client: redis.Redis) -> Found:
    """Where the view is not as it must be."""
    shown = view(client)
    return _some(
        counters=differences(_without_rows(shown), _without_rows(view_of(right))),
        rows=_rows_that_differ(right.rows, _rows(shown)),
    )


def published_differences(right: View, bootstrap: str) -> Found:
    """Where the last record of an order is not the truth, and which dead letters are missing or too many."""
    return _some(
        records=_rows_that_differ(right.records, last_records(bootstrap)),
        dead_letters=_letters_that_differ(right, bootstrap),
    )


def answered_differences(right: View, commands: Commands, random: Random) -> Found:
    """Where commands do not answer as they must."""
    return _some(
        audit=(said for account in right.currency for said in _audited(commands, account)),
        reports=(said for account in right.currency for said in _out_of_balance(commands, account, right)),
        explain=_explained_otherwise(commands, right, random),
    )


def _some(**kinds: Iterable[str]) -> Found:
    listed = {kind: list(found) for kind, found in kinds.items()}
    return {kind: found for kind, found in listed.items() if found}


def _without_rows(shown: dict[str, Contents]) -> dict[str, Contents]:
    return {key: contents for key, contents in shown.items() if _ROWS not in key}


def _rows(shown: dict[str, Contents]) -> Rows:
    """Every order's row. One that stands under a second day differs in its index, which is no row."""
    return {
        (unquote(key.partition("{")[2].partition("}")[0]), order): row
        for key, rows in shown.items()
        if _ROWS in key
        for order, row in rows.items()
    }


def _rows_that_differ(right: Rows, shown: Rows) -> Iterator[str]:
    try:
        marked = with_own_marks(dict(right), dict(shown))
    except AssertionError as error:
        yield f"pseudonyms: {error}"
        marked = dict(shown)
    for key in sorted(right.keys() | marked.keys()):
        there, due = marked.get(key), right.get(key)
        if there is None or due is None:
            yield f"{key} is {'missing' if there is None else 'too many'}"
        elif there != due:
            fields = sorted(name for name in there.keys() | due.keys() if there.get(name) != due.get(name))
            yield f"{key}: " + ", ".join(f"{name} {there.get(name)!r} instead of {due.get(name)!r}" for name in fields)


def _letters_that_differ(right: View, bootstrap: str) -> Iterator[str]:
    found = {
        base64.b64decode(letter["raw_base64"]) if "raw_base64" in letter else str(letter["raw"]).encode()
        for letter in dead_letters(bootstrap)
    }
    yield from (f"is missing: {line[:200]!r}" for line in sorted(set(right.refused) - found))
    yield from (f"is too many: {line[:200]!r}" for line in sorted(found - set(right.refused)))


def _audited(commands: Commands, account: str) -> Iterator[str]:
    done = commands.call("audit", "--account", account, *_PERIOD)
    if done.returncode or "all are equal" not in done.stdout:
        yield f"{account}: status {done.returncode}, {done.stdout.strip()[-500:]} {done.stderr.strip()[-500:]}"


def _out_of_balance(commands: Commands, account: str, right: View) -> Iterator[str]:
    """Where an account's channels and unattributed are not what its orders list says, or the list is not whole."""
    orders = commands.answer("report", "orders", "--account", account, "--limit", "1000", *_PERIOD)
    channels = commands.answer("report", "channels", "--account", account, *_PERIOD)
    totals = orders["totals"]
    delivered = totals["delivered"]["orders"], Decimal(totals["delivered"]["amount"])
    credited = _sum(channels["channels"], "purchases", "revenue")
    unattributed = _sum([channels["unattributed"]], "purchases", "revenue")
    earned = credited[0] + unattributed[0], credited[1] + unattributed[1]
    if earned != delivered:
        yield f"{account}: channels + unattributed are {earned}, the delivered orders {delivered}"
    listed = len(orders["orders"])
    while orders["next"] is not None:
        orders = commands.answer(
            "report", "orders", "--account", account, "--limit", "1000", "--cursor", orders["next"], *_PERIOD
        )
        listed += len(orders["orders"])
    due = sum(of == account for of, _ in right.rows)
    if listed != due:
        yield f"{account}: {listed} orders are listed instead of {due}"
    if orders["as_of"] != right.as_of.get(account):
        yield f"{account}: as of {orders['as_of']} instead of {right.as_of.get(account)}"
    if orders["catching_up"]:
        yield f"{account}: catching up for ever"


def _sum(rows: list[dict[str, Any]], purchases: str, revenue: str) -> tuple[int, Decimal]:
    return sum(row[purchases] for row in rows), sum((Decimal(row[revenue]) for row in rows), Decimal())


def _explained_otherwise(commands: Commands, right: View, random: Random) -> Iterator[str]:
    """A few orders that somebody is known to have made."""
    known = sorted(key for key, record in right.records.items() if record["contact"] is not None)
    for account, order in random.sample(known, _EXPLAINED):
        record = right.records[account, order]
        answer = commands.answer("explain", "--account", account, "--order", order)
        credit = answer["credit"] or {}
        said = answer["reason"], credit.get("channel"), credit.get("campaign"), credit.get("touched_at")
        due = tuple(record[name] for name in ("reason", "channel", "campaign", "touched_at"))
        if said != due:
            yield f"{(account, order)}: {said} instead of {due}"
