"""Entries of the ledger, one by one, as totals take and tell them by their places."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from state.ledger import Amounts, Entries, EntryKey, Name, entries_of
from state.order_sums import SumOrders, amounts_of_packed
from state.publication import Publication
from state.totals import Place, Totals


def by_place(entries: Mapping[EntryKey, int]) -> dict[Place, Amounts]:
    """As totals take them."""
    places: dict[Place, Amounts] = {}
    for (account, day, *name), amount in entries.items():
        channel, campaign, figure = name
        places.setdefault((account, day), {})[channel, campaign, figure] = amount
    return places


def one_by_one(told: Iterable[tuple[Place, Iterable[tuple[Name, int]]]]) -> list[tuple[EntryKey, int]]:
    """As totals tell them."""
    return [((*place, *name), amount) for place, amounts in told for name, amount in amounts]


def of_publication(told: Publication, sum_orders: SumOrders | None = None) -> Entries:
    """What decisions change in the ledger, whoever published them."""
    entries = entries_of(told.counted)
    for account, packed in told.entries:
        for day, amounts in amounts_of_packed(account, [packed], sum_orders).items():
            for name, amount in amounts.items():
                entries[account, day, *name] = entries.get((account, day, *name), 0) + amount
    return {key: amount for key, amount in entries.items() if amount}


def add(totals: Totals, entries: Mapping[EntryKey, int]) -> None:
    """Add differences."""
    for place, amounts in by_place(entries).items():
        totals.add(place, amounts)
