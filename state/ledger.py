"""What one order or one message adds to the counters: the entries of the ledger that totals are the sums of.

An entry's key names what it counts: (account, day, channel, campaign, field). `channel` and `campaign` are "" where
it counts for the account alone. Fields are those of the layout in Redis: `sent`, `revenue:EUR`, `orders:DELIVERED:EUR`.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from state.attribution import Decision
from state.events import Order
from state.messages import escape_separators, unescape_text

EntryKey = tuple[str, int, str, str, str]
"""(account, day as an ordinal, channel, campaign, field)"""

Entries = dict[EntryKey, int]

Name = tuple[str, str, str]
"""(channel, campaign, field)"""


def touch_kind(channel: str, campaign: str, event: str) -> str:
    """What a touch counts as, in one text, that batches of touches are counted by."""
    return f"{channel}\x1f{escape_separators(campaign)}\x1f{event}"


@lru_cache(maxsize=262_144)
def name_of(kind: str) -> Name:
    """What the entry of a `touch_kind` counts."""
    channel, campaign, event = kind.split("\x1f")
    return channel, unescape_text(campaign), event


@lru_cache(maxsize=4_096)
def _status_fields(status: str, currency: str) -> tuple[str, str]:
    return f"orders:{status}:{currency}", f"amount:{status}:{currency}"


@lru_cache(maxsize=1_024)
def _sale_fields(currency: str) -> tuple[str, str, str, str]:
    return (
        f"purchases:{currency}",
        f"revenue:{currency}",
        f"unattributed:purchases:{currency}",
        f"unattributed:revenue:{currency}",
    )


def order_entries(order: Order, decision: Decision, day: int) -> Iterator[tuple[EntryKey, int]]:
    """What an order adds on the day of its `ordered_at` (contract §4); DELIVERED, to a campaign or to none."""
    account, currency = order.account, order.currency
    orders, amount = _status_fields(order.status, currency)
    yield (account, day, "", "", orders), 1
    yield (account, day, "", "", amount), order.amount
    if order.refunded:
        orders, amount = _status_fields("refunded", currency)
        yield (account, day, "", "", orders), 1
        yield (account, day, "", "", amount), order.refunded
    if not order.delivered:
        return
    purchases, revenue, no_purchases, no_revenue = _sale_fields(currency)
    credit = decision.credit
    if credit is None:
        yield (account, day, "", "", no_purchases), 1
        yield (account, day, "", "", no_revenue), order.amount
    else:
        yield (account, day, credit.channel, credit.campaign, purchases), 1
        yield (account, day, credit.channel, credit.campaign, revenue), order.amount
