"""Where totals stand in Redis: from an account's day, or all its days, to hashes and their fields."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from connectors.view import layout
from state.ledger import Name
from state.totals import ALL_DAYS, Place

Value = str | int | None
"""None: the field goes."""


def hashes_of(place: Place, totals: Iterable[tuple[Name, int]]) -> dict[str, dict[str, Value]]:
    """Key → field → value of totals as they stand; 0: the field goes.

    An empty campaign stands for all of the channel, an empty channel for the account.
    """
    account, day = place
    if day == ALL_DAYS:
        return _hashes_of_all_days(account, totals)
    of_day: dict[str, Value] = {}
    of_campaigns: dict[str, Value] = {}
    for name, value in totals:
        (of_campaigns if name[1] else of_day)[_field(name)] = value or None
    found = ((layout.day_key(account, day), of_day), (layout.campaigns_key(account, day), of_campaigns))
    return {key: fields for key, fields in found if fields}


@lru_cache(maxsize=65_536)
def _field(name: Name) -> str:
    """Of a hash that is no campaign's own."""
    channel, campaign, figure = name
    if campaign:
        return layout.campaign_prefix(channel, campaign) + figure
    return layout.channel_prefix(channel) + figure if channel else figure


def _hashes_of_all_days(account: str, totals: Iterable[tuple[Name, int]]) -> dict[str, dict[str, Value]]:
    """A campaign has a hash of its own."""
    found: dict[str, dict[str, Value]] = {}
    of_account: dict[str, Value] = {}
    for name, value in totals:
        channel, campaign, figure = name
        if campaign:
            found.setdefault(layout.campaign_key(account, channel, campaign), {})[figure] = value or None
        else:
            of_account[_field(name)] = value or None
    if of_account:
        found[layout.total_key(account)] = of_account
    return found
