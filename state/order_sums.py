"""What many orders change in the ledger, packed and added up by kind before anybody looks at one of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple

import msgspec

from state.ledger import Amounts, CountChange, Counted, entries_of, fields_of, sale_fields
from state.packed_values import items_in


class AccountSum(NamedTuple):
    """What orders add up to that count alike for their account."""

    day: int
    """An ordinal."""
    hour: int | None
    status: str
    currency: str
    is_refunded: bool
    is_unknown: bool
    is_attributed: bool
    """Whether they count for a campaign."""
    orders: int
    amount: int
    """Minor units."""
    refunded: int
    """Likewise."""


class CampaignSum(NamedTuple):
    """What orders add up to that count alike for their campaign."""

    day: int
    """An ordinal."""
    status: str
    currency: str
    channel: str
    campaign: str
    orders: int
    amount: int
    """Minor units."""


OrderSums = tuple[list[AccountSum], list[CampaignSum]]
SumOrders = Callable[[bytes, int], bytes | None]
"""Adds up packed lists of (`Counted`, 1 or -1), one behind the other, so many changes in all: packed `OrderSums`. None:
a sum has more than 64 bits."""

_pack: Final = msgspec.msgpack.Encoder().encode
unpack_changes: Final = msgspec.msgpack.Decoder(list[tuple[Counted, int]]).decode
unpack_sums: Final = msgspec.msgpack.Decoder(OrderSums).decode


def amounts_of_packed(account: str, packed: Sequence[bytes], sum_orders: SumOrders | None) -> dict[int, Amounts]:
    """What changes of one account, packed lists of (`Counted`, 1 or -1), come to by day (an ordinal): nothing, perhaps.

    As `state.ledger.entries_of` has it, which does it where there is no `sum_orders`.
    """
    sums = sum_orders(b"".join(packed), sum(map(items_in, packed))) if sum_orders is not None else None
    by_day: defaultdict[int, Amounts] = defaultdict(dict)
    if sums is None:
        changes = ((account, order, sign) for one in packed for order, sign in unpack_changes(one))
        for (_, day, channel, campaign, figure), amount in entries_of(changes).items():
            by_day[day][channel, campaign, figure] = amount
        return by_day
    of_account, of_campaigns = unpack_sums(sums)
    for one in of_account:
        fields = fields_of(
            one.status,
            one.currency,
            one.hour,
            is_refunded=one.is_refunded,
            is_unknown=one.is_unknown,
            is_attributed=one.is_attributed,
        )
        amounts, added_up = by_day[one.day], (one.orders, one.amount, one.refunded)
        for figure, what in fields.account:
            name = "", "", figure
            amounts[name] = amounts.get(name, 0) + added_up[what]
    for day, status, currency, channel, campaign, orders, amount in of_campaigns:
        (purchases, _), (revenue, _) = sale_fields(status, currency)
        amounts = by_day[day]
        for name, more in (((channel, campaign, purchases), orders), ((channel, campaign, revenue), amount)):
            amounts[name] = amounts.get(name, 0) + more
    return {day: {name: amount for name, amount in amounts.items() if amount} for day, amounts in by_day.items()}


def pack_changes(changes: Iterable[CountChange]) -> dict[str, bytes]:
    """By account, packed lists of (`Counted`, 1 or -1)."""
    by_account: defaultdict[str, list[tuple[Counted, int]]] = defaultdict(list)
    for account, order, sign in changes:
        by_account[account].append((order, sign))
    return {account: _pack(of_account) for account, of_account in by_account.items()}
