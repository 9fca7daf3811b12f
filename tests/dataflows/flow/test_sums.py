"""To which totals goes what contacts and orders count for."""

from __future__ import annotations

import msgspec

from dataflows.flow.by_contact import ContactStageOutput
from dataflows.flow.publish import PublishStageOutput
from dataflows.flow.sums import Summed, TotalItem, combine, combine_orders
from state.attribution import Credit, Decision
from state.changes import Changes
from state.ledger import EntryKey, counted
from state.totals import ALL_DAYS
from tests.message_tables import message_tables
from tests.state.shop import at, day, order


def test_an_hour_is_counted_for_its_day_and_not_over_all_days() -> None:
    hour, revenue = (("acme", 738_000, "", "", name) for name in ("hour:09:revenue:EUR", "unattributed:revenue:EUR"))
    routed = combine([("00", ContactStageOutput(Changes(entries={hour: 5, revenue: 5})))])
    assert dealt(routed).keys() == {hour, revenue, ("acme", ALL_DAYS, *revenue[2:])}


def test_orders_count_the_same_whether_they_are_packed_and_whoever_adds_them_up() -> None:
    """Over all days, too; hours only for their day."""
    orders = [order("03-01 12:00", order=f"o{number}", amount=100 + number) for number in range(3)]
    credit = Credit("email", "spring", "m1", "clicked", at("03-01 11:00"), "24h")
    decided = Decision("last_touch", credit)
    changes = [(counted(one, decided, day("03-01"), 12), sign) for one, sign in zip(orders, (1, 1, -1), strict=True)]
    whole = PublishStageOutput(counted=[("acme", count, sign) for count, sign in changes])
    packed = PublishStageOutput(entries=[("acme", msgspec.msgpack.encode(changes))])
    figures = dealt(combine_orders([("00", whole)]))
    assert figures["acme", day("03-01"), "email", "spring", "revenue:EUR"] == 99
    assert figures["acme", ALL_DAYS, "email", "spring", "purchases:EUR"] == 1
    assert figures["acme", day("03-01"), "", "", "hour:12:revenue:EUR"] == 99
    assert ("acme", ALL_DAYS, "", "", "hour:12:revenue:EUR") not in figures
    assert dealt(combine_orders([("00", packed)])) == figures
    assert dealt(combine_orders([("00", packed)], message_tables)) == figures
    assert dealt(combine_orders([("00", whole)], message_tables)) == figures
    both = dealt(combine_orders([("00", packed), ("01", whole), ("02", packed)], message_tables))
    assert both == {key: 3 * amount for key, amount in figures.items()}


def dealt(routed: list[tuple[str, TotalItem]]) -> dict[EntryKey, int]:
    return {
        (*place, *name): amount
        for _, item in routed
        if isinstance(item, Summed)
        for place, amounts in item.amounts.items()
        for name, amount in amounts.items()
    }
