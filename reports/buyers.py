"""Who bought in a period: the contacts that a campaign's purchases belong to."""

from __future__ import annotations

import redis

from reports.account import AccountView
from reports.paging import LIMIT_MAX, parse_page
from reports.period import Period
from reports.purchases import read_purchases
from state.times import parse_time


def read_buyers(
    client: redis.Redis, view: AccountView, period: Period, *, campaign: str, channel: str | None, most: int
) -> dict[str, int]:
    """Contact → ms of the latest order among the purchases of a campaign, on one channel or over all its channels.

    Stops when there are more than `most`.
    """
    buyers: dict[str, int] = {}
    cursor: str | None = None
    while True:
        page = parse_page(LIMIT_MAX, cursor)
        found = read_purchases(client, view, period, page, campaign=campaign, channel=channel)
        for purchase in found.purchases:
            if purchase.contact is not None:
                # Newest first.
                buyers.setdefault(purchase.contact, parse_time(purchase.ordered_at))
        cursor = found.next
        if cursor is None or len(buyers) > most:
            return buyers
