"""What other settings would make of a past period: the dataflow's own step over what it retains, nothing written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

from dataflows.store.retained import Retained
from state import changed_settings
from state.timeline import Timeline

FieldKey = tuple[str, str, str]
"""(channel, campaign, field) as in `state.ledger`."""
Progress = Callable[[int], None]
"""Told how many key groups of contacts have been looked at."""


class Preview(NamedTuple):
    """The counters of a period."""

    now: Counter[FieldKey]
    """As they stand."""
    difference: Counter[FieldKey]
    """What would come to them."""


def preview(state: Retained, account: str, timeline: Timeline, days: tuple[int, int], on_progress: Progress) -> Preview:
    """Put an account under other settings, in memory. `days`: the first and the last day of the period, ordinals.

    A purchase counts by the day it has under the old settings now, and under the new ones then.
    """
    first, last = days
    difference: Counter[FieldKey] = Counter()
    for number, group in enumerate(state.contact_groups(), 1):
        if account in group.accounts:
            facts = group.accounts[account]
            _add(difference, changed_settings.of_messages(account, facts, timeline), first, last)
            _add(difference, changed_settings.of_orders(facts, timeline), first, last)
        on_progress(number)
    return Preview(state.sums(account, first, last), difference)


def _add(sums: Counter[FieldKey], entries: changed_settings.Difference, first: int, last: int) -> None:
    for (_, day, channel, campaign, name), amount in entries:
        if first <= day <= last:
            sums[channel, campaign, name] += amount
