"""What holds for all of a report: the account's currency and time zone, and how fresh the view is."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

import redis

from connectors.view import layout
from connectors.view.layout import Text, text_of
from state.settings import Settings


class AccountView(NamedTuple):
    """An account as Redis shows it."""

    account: str
    currency: str
    """What its reports are in unless asked otherwise."""
    time_zone: str
    as_of: str | None
    """RFC 3339: event time of the newest event counted; None when nothing is."""
    catching_up: bool
    """True while a restart or an import is under way."""
    rows_from: int | None
    """Order rows of older days (as an ordinal) have left; None: none has."""


def read_account(client: redis.Redis, account: str, begun_with: Settings) -> AccountView:
    """The account, one round trip. `begun_with`: the settings that hold until Redis knows the account.

    Read it before the figures, so that they are at least as fresh as it says.
    """
    fields = (layout.CURRENCY, layout.TIME_ZONE, layout.AS_OF, layout.ROWS_FROM)
    pipeline = client.pipeline(transaction=False)
    pipeline.hmget(layout.account_key(account), fields)
    pipeline.hget(layout.RUN_KEY, layout.CATCHING_UP)
    found, catching_up = pipeline.execute()
    currency, time_zone, as_of, rows_from = map(_known, found)
    return AccountView(
        account=account,
        currency=currency or begun_with.currency,
        time_zone=time_zone or begun_with.time_zone,
        as_of=as_of,
        catching_up=_known(catching_up) == "1",
        rows_from=date.fromisoformat(rows_from).toordinal() if rows_from else None,
    )


def _known(value: Text | None) -> str | None:
    return None if value is None else text_of(value)
