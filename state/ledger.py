"""What one order or one message adds to the counters: the entries of the ledger that totals are the sums of.

An entry's key names what it counts: (account, day, channel, campaign, field). `channel` and `campaign` are "" where
it counts for the account alone. Fields are those of the layout in Redis: `sent`, `revenue:EUR`, `orders:DELIVERED:EUR`.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Final, NamedTuple

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


CONTACT_UNKNOWN: Final = "contact_unknown"
"""Stands where a status stands: orders of any status that belong to no contact (contract §8)."""
REFUNDED: Final = "refunded"
"""Stands where a status stands: orders of any status with something given back, and the sum given back."""
HOUR: Final = "hour:"
"""Begins the fields of an hour, which are counted for its day and never over all days."""


@lru_cache(maxsize=4_096)
def _status_fields(status: str, currency: str) -> tuple[str, str]:
    return f"orders:{status}:{currency}", f"amount:{status}:{currency}"


class _SaleFields(NamedTuple):
    purchases: str
    revenue: str


@lru_cache(maxsize=4_096)
def _sale_fields(prefix: str, currency: str) -> _SaleFields:
    """`prefix`: "" for what is credited, "expected_" for what is on the way."""
    return _SaleFields(f"{prefix}purchases:{currency}", f"{prefix}revenue:{currency}")


@lru_cache(maxsize=65_536)
def _of_account(fields: _SaleFields, hour: int | None, *, attributed: bool) -> tuple[_SaleFields, ...]:
    """The fields of a sale that count for the account alone: what nobody earns, and the figures of the hour."""
    whose = fields if attributed else _SaleFields(*(f"unattributed:{name}" for name in fields))
    of_hour = [] if hour is None else [_SaleFields(*(f"{HOUR}{hour:02d}:{name}" for name in whose))]
    return (*([] if attributed else [whose]), *of_hour)


def order_entries(
    order: Order, decision: Decision, day: int, hour: int | None = None
) -> Iterator[tuple[EntryKey, int]]:
    """What an order adds on the day, and in the hour (0–23), of its `ordered_at` (contract §4); None: by no hour.

    DELIVERED, it adds to the campaign that it is credited to, or to none; on the way, likewise to what is expected.
    """
    account, currency = order.account, order.currency
    statuses = [(order.status, order.amount)]
    if order.refunded:
        statuses.append((REFUNDED, order.refunded))
    if order.contact is None:
        statuses.append((CONTACT_UNKNOWN, order.amount))
    for status, counted in statuses:
        orders, amount = _status_fields(status, currency)
        yield (account, day, "", "", orders), 1
        yield (account, day, "", "", amount), counted
    if not order.delivered and not order.on_the_way:
        return
    fields = _sale_fields("" if order.delivered else "expected_", currency)
    touch = decision.credit if order.delivered else decision.expected
    if touch is not None:
        yield (account, day, touch.channel, touch.campaign, fields.purchases), 1
        yield (account, day, touch.channel, touch.campaign, fields.revenue), order.amount
    for purchases, revenue in _of_account(fields, hour, attributed=touch is not None):
        yield (account, day, "", "", purchases), 1
        yield (account, day, "", "", revenue), order.amount
