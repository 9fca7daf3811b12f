"""What other settings change of an account's counters: all that is kept of it, counted under both."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from typing import Final

from state import messages as packed_messages
from state.attribution import decide
from state.counted_messages import message_entries
from state.facts import AccountFacts
from state.key_groups import GROUPS
from state.ledger import EntryKey, order_entries
from state.timeline import Timeline

Difference = Iterator[tuple[EntryKey, int]]
ORDERS_AT_ONCE: Final = 500
"""Some tens of milliseconds of work (docs/performance.md)."""


def of_messages(account: str, facts: AccountFacts, new: Timeline) -> Difference:
    """What comes to the counts of messages, and what goes, under other settings."""
    for packed in facts.messages.values():
        for message in packed_messages.unpack(packed):
            for timeline, sign in ((facts.timeline, -1), (new, 1)):
                for key in message_entries(account, message, timeline):
                    yield key, sign


def of_orders(facts: AccountFacts, contacts: Iterable[str], new: Timeline, days: range) -> Difference:
    """What comes to the counts of orders of these contacts, and what goes, under other settings.

    `days`: those that are looked at, as ordinals.
    """
    old = facts.timeline
    for contact in contacts:
        messages = facts.messages.get(contact, b"")
        for placed in facts.orders.of(contact):
            order = placed.order
            then = new.days.day(order.ordered_at)
            if then not in days and old.days.day(order.ordered_at) not in days:
                continue
            decision = decide(order, messages, new, placed.candidate)
            for day, decided, sign in ((old.days.day(order.ordered_at), placed.decision, -1), (then, decision, 1)):
                if day in days:
                    yield from ((key, sign * amount) for key, amount in order_entries(order, decided, day))


def parts_of(facts: AccountFacts) -> int:
    """Into how many parts the contacts of a key group are dealt, so that none has many more than `ORDERS_AT_ONCE`.

    Contacts with far more orders than others may make a part larger than the rest.
    """
    return 1 + len(facts.orders) // ORDERS_AT_ONCE


def contacts_of(facts: AccountFacts, part: int, parts: int) -> list[str]:
    """The contacts with orders that are in a part: always the same ones, whatever comes in between."""
    return [contact for contact in facts.orders.contacts() if zlib.crc32(contact.encode()) // GROUPS % parts == part]
