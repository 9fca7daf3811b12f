"""What one order or one message adds to the counters: the entries of the ledger that totals are the sums of.

An entry's key names what it counts: (account, day, channel, campaign, field). `channel` and `campaign` are "" where
it counts for the account alone. Fields are those of the layout in Redis: `sent`, `revenue:EUR`, `orders:DELIVERED:EUR`.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum
from functools import lru_cache
from typing import Final, NamedTuple

from state.attribution import Decision
from state.events import DELIVERED, ON_THE_WAY, Order
from state.messages import escape_separators, unescape_text

EntryKey = tuple[str, int, str, str, str]
"""(account, day as an ordinal, channel, campaign, field)"""

Entries = dict[EntryKey, int]

Counted = tuple[int, str, str, str, int]
"""(day, channel, campaign, field, amount): an entry of the ledger without its account."""

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


class _What(IntEnum):
    """What an order adds to a field."""

    ONE = 0
    AMOUNT = 1
    REFUNDED = 2


_Fields = tuple[tuple[str, _What], ...]


class _FieldsOf(NamedTuple):
    """The fields that an order adds to."""

    account: _Fields
    campaign: _Fields
    """Of the touch that it counts for; () if there is none."""


def counted_entries(order: Order, decision: Decision, day: int, hour: int | None = None) -> tuple[Counted, ...]:
    """What an order adds on the day, and in the hour (0–23), of its `ordered_at` (contract §4); None: by no hour.

    DELIVERED, it adds to the campaign that it is credited to, or to none; on the way, likewise to what is expected.
    """
    touch = decision.credit if order.delivered else decision.expected if order.on_the_way else None
    fields = _fields_of(
        order.status,
        order.currency,
        hour,
        is_refunded=bool(order.refunded),
        is_unknown=order.contact is None,
        is_attributed=touch is not None,
    )
    amounts = 1, order.amount, order.refunded or 0
    of_account = [(day, "", "", name, amounts[what]) for name, what in fields.account]
    if touch is None:
        return tuple(of_account)
    return *of_account, *((day, touch.channel, touch.campaign, name, amounts[what]) for name, what in fields.campaign)


def order_entries(
    order: Order, decision: Decision, day: int, hour: int | None = None
) -> Iterator[tuple[EntryKey, int]]:
    """As `counted_entries`, each with the account's name in its key."""
    for day_of_entry, channel, campaign, name, amount in counted_entries(order, decision, day, hour):
        yield (order.account, day_of_entry, channel, campaign, name), amount


@lru_cache(maxsize=65_536)
def _fields_of(
    status: str, currency: str, hour: int | None, *, is_refunded: bool, is_unknown: bool, is_attributed: bool
) -> _FieldsOf:
    statuses = [(status, _What.AMOUNT)]
    statuses += [(REFUNDED, _What.REFUNDED)] if is_refunded else []
    statuses += [(CONTACT_UNKNOWN, _What.AMOUNT)] if is_unknown else []
    counted: list[tuple[str, _What]] = []
    for name, what in statuses:
        counted += [(f"orders:{name}:{currency}", _What.ONE), (f"amount:{name}:{currency}", what)]
    if status != DELIVERED and status not in ON_THE_WAY:
        return _FieldsOf(tuple(counted), ())
    prefix = "" if status == DELIVERED else "expected_"
    sale = ((f"{prefix}purchases:{currency}", _What.ONE), (f"{prefix}revenue:{currency}", _What.AMOUNT))
    whose = sale if is_attributed else tuple((f"unattributed:{name}", what) for name, what in sale)
    counted += [] if is_attributed else whose
    counted += [] if hour is None else [(f"{HOUR}{hour:02d}:{name}", what) for name, what in whose]
    return _FieldsOf(tuple(counted), sale if is_attributed else ())
