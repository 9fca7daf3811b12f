"""What one order or one message adds to the counters: the entries of the ledger that totals are the sums of.

An entry's key names what it counts: (account, day, channel, campaign, field). `channel` and `campaign` are "" where
it counts for the account alone. Fields are those of the layout in Redis: `sent`, `revenue:EUR`, `orders:DELIVERED:EUR`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache
from typing import Final, NamedTuple

import msgspec

from state.attribution import Decision
from state.events import DELIVERED, ON_THE_WAY, Order
from state.messages import escape_separators, unescape_text

EntryKey = tuple[str, int, str, str, str]
"""(account, day as an ordinal, channel, campaign, field)"""

Entries = dict[EntryKey, int]

Name = tuple[str, str, str]
"""(channel, campaign, field)"""

Amounts = dict[Name, int]
"""Of one place."""


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


class OrderKind(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What orders have in common that count for the same entries."""

    day: int
    """Of `ordered_at`, an ordinal."""
    hour: int | None
    """The hour of it, 0 to 23; None: they count by no hour."""
    status: str
    currency: str
    is_refunded: bool
    is_unknown: bool
    """Whether they belong to no contact."""
    channel: str
    """Of the touch that they count for, as credited or as expected; "" if there is none."""
    campaign: str
    """Likewise."""


class Counted(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What one order counts for."""

    kind: OrderKind
    amount: int
    """Minor units of the kind's currency."""
    refunded: int
    """Likewise."""


CountChange = tuple[str, Counted, int]
"""(account, what an order counts for, 1 where it comes to that or -1 where it goes from there)"""


_ONE, _AMOUNT, _REFUNDED = range(3)
"""What an order adds to a field: which of the sums of its kind."""

_Fields = tuple[tuple[str, int], ...]


class FieldsOf(NamedTuple):
    """The fields that an order adds to."""

    account: _Fields
    campaign: _Fields
    """Of the touch that it counts for; () if there is none."""


def counted(order: Order, decision: Decision, day: int, hour: int | None = None) -> Counted:
    """What an order counts for on the day, and in the hour (0–23), of its `ordered_at` (contract §4).

    DELIVERED, it counts for the campaign that it is credited to, or for none; on the way, for where it is expected.
    """
    touch = decision.credit if order.delivered else decision.expected if order.on_the_way else None
    channel, campaign = ("", "") if touch is None else (touch.channel, touch.campaign)
    refunded = order.refunded or 0
    kind = OrderKind(day, hour, order.status, order.currency, refunded != 0, order.contact is None, channel, campaign)
    return Counted(kind, order.amount, refunded)


def entries_of(changes: Iterable[CountChange]) -> Entries:
    """What orders change in the ledger; no entries where what comes and what goes is the same.

    Orders of a kind are added up first, and so are kinds that differ in their campaigns: fields are found for few.
    """
    kinds: defaultdict[tuple[str, OrderKind], list[int]] = defaultdict(_nothing)
    for account, order, sign in changes:
        sums = kinds[account, order.kind]
        sums[_ONE] += sign
        sums[_AMOUNT] += sign * order.amount
        sums[_REFUNDED] += sign * order.refunded
    alike: defaultdict[tuple[str, int, _Fields], list[int]] = defaultdict(_nothing)
    entries: Entries = {}
    for (account, kind), sums in kinds.items():
        fields = fields_of(
            kind.status,
            kind.currency,
            kind.hour,
            is_refunded=kind.is_refunded,
            is_unknown=kind.is_unknown,
            is_attributed=kind.channel != "",
        )
        of_alike = alike[account, kind.day, fields.account]
        for what, amount in enumerate(sums):
            of_alike[what] += amount
        for name, what in fields.campaign:
            key = account, kind.day, kind.channel, kind.campaign, name
            entries[key] = entries.get(key, 0) + sums[what]
    for (account, day, of_account), sums in alike.items():
        for name, what in of_account:
            key = account, day, "", "", name
            entries[key] = entries.get(key, 0) + sums[what]
    return {key: amount for key, amount in entries.items() if amount}


def _nothing() -> list[int]:
    return [0, 0, 0]


def order_entries(
    order: Order, decision: Decision, day: int, hour: int | None = None
) -> Iterable[tuple[EntryKey, int]]:
    """The entries that one order counts for, as `counted` finds them."""
    return entries_of([(order.account, counted(order, decision, day, hour), 1)]).items()


@lru_cache(maxsize=65_536)
def fields_of(
    status: str, currency: str, hour: int | None, *, is_refunded: bool, is_unknown: bool, is_attributed: bool
) -> FieldsOf:
    """The fields that orders of a kind add to, each with the place of what they add: how many, amount, refunded."""
    statuses = [(status, _AMOUNT)]
    statuses += [(REFUNDED, _REFUNDED)] if is_refunded else []
    statuses += [(CONTACT_UNKNOWN, _AMOUNT)] if is_unknown else []
    fields: list[tuple[str, int]] = []
    for name, what in statuses:
        fields += [(f"orders:{name}:{currency}", _ONE), (f"amount:{name}:{currency}", what)]
    if status != DELIVERED and status not in ON_THE_WAY:
        return FieldsOf(tuple(fields), ())
    sale = sale_fields(status, currency)
    whose = sale if is_attributed else tuple((f"unattributed:{name}", what) for name, what in sale)
    fields += [] if is_attributed else whose
    fields += [] if hour is None else [(f"{HOUR}{hour:02d}:{name}", what) for name, what in whose]
    return FieldsOf(tuple(fields), sale if is_attributed else ())


@lru_cache(maxsize=4_096)
def sale_fields(status: str, currency: str) -> tuple[tuple[str, int], tuple[str, int]]:
    """What an order adds to that is a sale, or may become one."""
    prefix = "" if status == DELIVERED else "expected_"
    return (f"{prefix}purchases:{currency}", _ONE), (f"{prefix}revenue:{currency}", _AMOUNT)
