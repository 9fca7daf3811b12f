"""To which totals goes what contacts and orders count for."""

from __future__ import annotations

from dataflows.flow.by_contact import ContactStageOutput
from dataflows.flow.sums import Summed, combine
from state.changes import Changes
from state.totals import ALL_DAYS


def test_an_hour_is_counted_for_its_day_and_not_over_all_days() -> None:
    hour, revenue = (("acme", 738_000, "", "", name) for name in ("hour:09:revenue:EUR", "unattributed:revenue:EUR"))
    routed = combine([("00", ContactStageOutput(Changes(entries={hour: 5, revenue: 5})))])
    counted = {
        (*place, *name)
        for _, item in routed
        if isinstance(item, Summed)
        for place, amounts in item.amounts.items()
        for name in amounts
    }
    assert counted == {hour, revenue, ("acme", ALL_DAYS, *revenue[2:])}
