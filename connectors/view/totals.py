"""Where a total stands in Redis: from the key of a ledger entry to a hash and its field."""

from __future__ import annotations

from functools import lru_cache

from connectors.view import layout
from state.ledger import EntryKey
from state.totals import ALL_DAYS


@lru_cache(maxsize=262_144)
def place(entry: EntryKey) -> tuple[str, str]:
    """(key, field) of a total. An empty campaign stands for all of the channel, an empty channel for the account."""
    account, day, channel, campaign, figure = entry
    if campaign:
        if day == ALL_DAYS:
            return layout.campaign_key(account, channel, campaign), figure
        return layout.campaigns_key(account, day), layout.campaign_prefix(channel, campaign) + figure
    key = layout.total_key(account) if day == ALL_DAYS else layout.day_key(account, day)
    return key, layout.channel_prefix(channel) + figure if channel else figure
