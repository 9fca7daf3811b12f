"""What one order or one message adds to the counters: the entries of the ledger that totals are the sums of.

An entry's key names what it counts: (account, day, channel, campaign, field). `channel` and `campaign` are "" where
it counts for the account alone. Fields are those of the layout in Redis: `sent`, `revenue:EUR`, `orders:DELIVERED:EUR`.
"""

from __future__ import annotations

from functools import lru_cache

from state.attribution import Decision
from state.events import Order
from state.messages import escape, unescape_text

EntryKey = tuple[str, int, str, str, str]
"""(account, day as an ordinal, channel, campaign, field)"""

Entries = dict[EntryKey, int]

Name = tuple[str, str, str]
"""(channel, campaign, field)"""


def touch_kind(channel: str, campaign: str, event: str) -> str:
    """What a touch counts as, in one text, that batches of touches are counted by."""
    return f"{channel}\x1f{escape(campaign)}\x1f{event}"


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


def order_entries(order: Order, decision: Decision, day: int) -> list[tuple[EntryKey, int]]:
    """What an order adds on the day of its `ordered_at` (contract §4); DELIVERED, to a campaign or to none."""
    account, currency, amount = order.account, order.currency, order.amount
    orders, amounts = _status_fields(order.status, currency)
    entries: list[tuple[EntryKey, int]] = [
        ((account, day, "", "", orders), 1),
        ((account, day, "", "", amounts), amount),
    ]
    if order.refunded:
        orders, amounts = _status_fields("refunded", currency)
        entries += (((account, day, "", "", orders), 1), ((account, day, "", "", amounts), order.refunded))
    if not order.delivered:
        return entries
    purchases, revenue, no_purchases, no_revenue = _sale_fields(currency)
    credit = decision.credit
    if credit is None:
        entries += (((account, day, "", "", no_purchases), 1), ((account, day, "", "", no_revenue), amount))
    else:
        channel, campaign = credit.channel, credit.campaign
        entries += (
            ((account, day, channel, campaign, purchases), 1),
            ((account, day, channel, campaign, revenue), amount),
        )
    return entries
