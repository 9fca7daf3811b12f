"""What is known of one contact: who it is, when it was reached and answered last, and its orders."""

from __future__ import annotations

from collections.abc import Iterator
from heapq import nsmallest
from typing import Final

import msgspec

from state import messages as packed_messages
from state import people
from state.changes import Outcome
from state.contact_orders import OrderAtContact
from state.erasures import is_pseudonym
from state.facts import AccountFacts
from state.messages import EVENT_OF, IS_AUTOMATED
from state.people import NOBODY, Person

ORDERS_MOST: Final = 100
"""Orders that a card has, the newest."""
_ONLY_BY_PEOPLE: Final = ("opened", "clicked")
"""What machines do to them is told apart; a message that a machine sent is sent."""


class Channel(msgspec.Struct, frozen=True, gc=False):
    """The latest of each event between a channel's messages and the contact, in ms; None: there was none."""

    channel: str
    sent_at: int | None = None
    delivered_at: int | None = None
    opened_at: int | None = None
    clicked_at: int | None = None
    opened_by_machine_at: int | None = None
    clicked_by_machine_at: int | None = None


class Revenue(msgspec.Struct, frozen=True, gc=False):
    """The DELIVERED orders of a currency."""

    currency: str
    orders: int
    amount: str
    """Minor units, as decimal text: a sum may be greater than what 64 bits hold."""


class Card(msgspec.Struct, frozen=True, gc=False):
    """One contact."""

    account: str
    contact: str
    person: Person
    channels: list[Channel]
    """By name."""
    orders: list[Outcome]
    """Newest first; orders of one instant by id."""
    revenue: list[Revenue]
    """By currency, of all its orders."""


def contact_card(account: str, contact: str, facts: AccountFacts) -> Card | None:
    """The card of a contact; None where nothing is known of it."""
    person, packed = people.unpack(facts.people.get(contact)), facts.messages.get(contact, b"")
    placed = facts.orders.of(contact)
    # What is left of an erased contact is nobody's.
    if is_pseudonym(contact) or not (packed or placed or person != NOBODY):
        return None
    newest = nsmallest(ORDERS_MOST, placed, key=lambda one: (-one.order.ordered_at, one.order.order))
    return Card(
        account=account,
        contact=contact,
        person=person,
        channels=list(_channels(packed)),
        orders=[as_decided(one, person, facts) for one in newest],
        revenue=list(_revenue(placed)),
    )


def as_decided(placed: OrderAtContact, person: Person, facts: AccountFacts) -> Outcome:
    """An order as the lists show it."""
    at = facts.timeline.hour_of(placed.order.ordered_at)
    return Outcome(placed.sequence, people.shown(placed.order, person), placed.decision, *at)


def _channels(packed: bytes) -> Iterator[Channel]:
    latest: dict[str, dict[str, int]] = {}
    for message in packed_messages.unpack(packed):
        known = latest.setdefault(message.channel, {})
        for letter, times in message.times.items():
            event = EVENT_OF[letter]
            machine = event in _ONLY_BY_PEOPLE and letter in IS_AUTOMATED
            field = f"{event}_by_machine_at" if machine else f"{event}_at"
            known[field] = max(known.get(field, times[-1]), times[-1])
    return (Channel(channel, **latest[channel]) for channel in sorted(latest))


def _revenue(placed: list[OrderAtContact]) -> Iterator[Revenue]:
    sums: dict[str, tuple[int, int]] = {}
    for order in (one.order for one in placed if one.order.delivered):
        orders, amount = sums.get(order.currency, (0, 0))
        sums[order.currency] = orders + 1, amount + order.amount
    return (Revenue(currency, orders, str(amount)) for currency, (orders, amount) in sorted(sums.items()))
