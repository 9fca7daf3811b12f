"""A question on its way through the stages that know a part of its answer, as the data goes.

Each stage hands it on with what it knows. Whoever holds the stages' key groups, a live dataflow or a reader of its
recovery store, moves it on with the same functions, and so comes to the same answer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

import msgspec

from state import changed_settings, people
from state.contact_card import as_decided, contact_card
from state.contact_orders import OrderAtContact
from state.contacts import ContactGroup
from state.explanation import Explanation, explained
from state.facts import AccountFacts
from state.key_groups import GROUPS, key_group
from state.ledger import EntryKey
from state.order_state import unpack_order_state
from state.orders import OrderGroup
from state.published import PublishedOrders
from state.questions import (
    AccountVersions,
    Answer,
    CountedSales,
    ExplainOrder,
    FindOrder,
    Found,
    OrdersSlice,
    PreviewOrders,
    Question,
    ShowContact,
    Sums,
)
from state.retention import NEVER
from state.totals import ALL_DAYS, Totals, totals_group

_UNATTRIBUTED: Final = "unattributed:"


NOTHING: Final = Answer(None, None)


class Stop(StrEnum):
    """Where a question goes next."""

    ORDERS = "by_order"
    CONTACTS = "by_contact"
    PUBLISHED = "publish"
    TOTALS = "by_total"
    ASKER = "asker"
    """It is answered."""


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose an order is."""

    contact: str | None
    moved: bool
    """Whether it has ever belonged to another contact."""


@dataclass(frozen=True, slots=True)
class Inquiry:
    """A question, and what is known of its answer."""

    id: str
    """The asker's, for the answer."""
    question: Question
    stop: Stop
    group: int
    """The key group of the stage that it goes to."""
    answer: Answer = NOTHING
    owner: Owner | None = None

    def to(self, stop: Stop, group: int, found: Found) -> Inquiry:
        """It goes on with what was found."""
        return replace(self, stop=stop, group=group, answer=Answer(None, found))

    def answered(self, found: Found, as_of: int | None = None) -> Inquiry:
        """It goes back to who asked."""
        return replace(self, stop=Stop.ASKER, answer=Answer(as_of, found))


def begin(inquiry_id: str, question: Question) -> Inquiry:
    """A question at its start."""
    match question:
        case ExplainOrder() | FindOrder():
            return Inquiry(inquiry_id, question, Stop.ORDERS, key_group(question.account, question.order, GROUPS))
        case ShowContact():
            return Inquiry(inquiry_id, question, Stop.CONTACTS, key_group(question.account, question.contact, GROUPS))
        case PreviewOrders():
            return Inquiry(inquiry_id, question, Stop.CONTACTS, question.group)
        case CountedSales():
            return Inquiry(inquiry_id, question, Stop.TOTALS, question.group)
        case AccountVersions():
            return Inquiry(inquiry_id, question, Stop.TOTALS, totals_group(question.account, ALL_DAYS))


def at_orders(group: OrderGroup, inquiry: Inquiry) -> Inquiry:
    """What the stage by order knows: whose the order is. Of partial events alone, nothing (contract §9)."""
    question = inquiry.question
    assert isinstance(question, ExplainOrder | FindOrder)
    known = group.accounts.get(question.account)
    packed = b"" if known is None else known.orders.get(question.order, b"")
    held = unpack_order_state(packed) if packed else None
    if held is None or held.whole is None:
        return inquiry.answered(None)
    return replace(inquiry, stop=Stop.CONTACTS, group=held.contact_group, owner=Owner(held.contact, held.moved))


def at_contacts(group: ContactGroup, inquiry: Inquiry) -> Inquiry:
    """What the stage by contact knows: decisions, touches and people."""
    question = inquiry.question
    facts = group.accounts.get(question.account)
    match question:
        case PreviewOrders():
            return inquiry.answered(_slice(facts, question))
        case _ if facts is None:
            return inquiry.answered(None)
        case ShowContact():
            card = contact_card(question.account, question.contact, facts)
            return inquiry.answered(None) if card is None else _to_account(inquiry, card)
        case ExplainOrder() | FindOrder() if inquiry.owner is not None:
            contact = inquiry.owner.contact or ""
            placed = facts.orders.find(contact, question.order)
            if placed is None:
                return inquiry.answered(None)
            return _of_order(inquiry, inquiry.owner, facts, placed)
    raise AssertionError(f"{question!r} is not for the stage by contact")


def _of_order(inquiry: Inquiry, owner: Owner, facts: AccountFacts, placed: OrderAtContact) -> Inquiry:
    question, contact = inquiry.question, owner.contact or ""
    if isinstance(question, FindOrder):
        return inquiry.answered(as_decided(placed, people.unpack(facts.people.get(contact)), facts))
    explanation = explained(placed, facts.messages.get(contact, b""), facts.timeline, moved=owner.moved)
    return inquiry.to(Stop.PUBLISHED, key_group(question.account, placed.order.order, GROUPS), explanation)


def at_published(group: PublishedOrders, inquiry: Inquiry) -> Inquiry:
    """What the last stage by order knows: what was shown when."""
    explanation = inquiry.answer.found
    assert isinstance(explanation, Explanation)
    order = explanation.order
    history = group.history(order.account, order.order)
    return _to_account(inquiry, msgspec.structs.replace(explanation, history=history))


def at_totals(group: Totals, inquiry: Inquiry) -> Inquiry:
    """What the stage of totals knows: sums, settings, and how fresh an account is."""
    question = inquiry.question
    if isinstance(question, CountedSales):
        return inquiry.answered(_counted(group, question))
    seen = group.seen.get(question.account)
    as_of = None if seen is None or seen.newest == NEVER else seen.newest
    if isinstance(question, AccountVersions):
        known = group.settings.timelines.get(question.account)
        return inquiry.answered(None if known is None else known.versions, as_of)
    return inquiry.answered(inquiry.answer.found, as_of)


def _to_account(inquiry: Inquiry, found: Found) -> Inquiry:
    """To where the account as a whole is known, for `as_of`."""
    return inquiry.to(Stop.TOTALS, totals_group(inquiry.question.account, ALL_DAYS), found)


def _slice(facts: AccountFacts | None, question: PreviewOrders) -> OrdersSlice:
    if facts is None:
        return OrdersSlice(1, [])
    parts = question.parts or changed_settings.parts_of(facts)
    contacts = changed_settings.contacts_of(facts, question.part, parts)
    timeline = facts.timeline.with_version(question.version)
    days = range(question.first, question.last + 1)
    return OrdersSlice(parts, _sales(changed_settings.of_orders(facts, contacts, timeline, days)))


def _counted(totals: Totals, question: CountedSales) -> Sums:
    account, days = question.account, range(question.first, question.last + 1)
    totals.fold()
    places = {*totals.packed, *totals.live}
    return _sales(
        ((account, day, *name), amount)
        for owner, day in places
        if owner == account and day in days
        for name, amount in totals.of_day(account, day).items()
    )


def _sales(entries: Iterable[tuple[EntryKey, int]]) -> Sums:
    """The sums of sales over all days: of campaigns, and of what no channel earns."""
    sums: Counter[tuple[str, str, str]] = Counter()
    for (_, _, channel, campaign, field), amount in entries:
        # The counts of messages have no currency.
        if ":" in field if campaign else field.startswith(_UNATTRIBUTED):
            sums[channel, campaign, field] += amount
    return [(*name, str(amount)) for name, amount in sums.items() if amount]
