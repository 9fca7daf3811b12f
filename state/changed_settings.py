"""What other settings change of an account's counters: all that is kept of it, counted under both."""

from __future__ import annotations

from collections.abc import Iterator

from state import messages as packed_messages
from state.attribution import decide
from state.facts import AccountFacts, unpack_order_at_contact
from state.ledger import EntryKey, order_entries
from state.messages import counted_events
from state.timeline import Timeline

Difference = Iterator[tuple[EntryKey, int]]


def of_messages(account: str, facts: AccountFacts, new: Timeline) -> Difference:
    """What comes to the counts of messages, and what goes, under other settings."""
    for packed in facts.messages.values():
        for message in packed_messages.unpack(packed):
            for timeline, sign in ((facts.timeline, -1), (new, 1)):
                for event, first in counted_events(message, timeline).items():
                    day = timeline.days.day(first)
                    yield (account, day, message.channel, message.campaign, event), sign


def of_orders(facts: AccountFacts, new: Timeline) -> Difference:
    """What comes to the counts of orders, and what goes, under other settings."""
    for contact, orders in facts.orders.items():
        messages = facts.messages.get(contact, b"")
        for packed in orders.values():
            placed = unpack_order_at_contact(packed)
            order = placed.order
            then = decide(order, messages, new, placed.candidate)
            for timeline, decision, sign in ((facts.timeline, placed.decision, -1), (new, then, 1)):
                for key, amount in order_entries(order, decision, *timeline.hour_of(order.ordered_at)):
                    yield key, sign * amount
