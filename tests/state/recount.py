"""What the shop's facts add up to, by the reference: the decisions of its orders and every counter, in plain loops."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from state.events import Order, PartialOrder, TouchReceived
from state.ledger import EntryKey
from tests.reference.account_settings import EVENTS, History, read_settings
from tests.reference.attribution import Credit, Decision, decide, messages_of
from tests.reference.events import Event, Person
from tests.reference.events import Order as ReferenceOrder
from tests.reference.events import PartialOrder as ReferencePartial
from tests.reference.events import Touch as ReferenceTouch
from tests.reference.identity import states
from tests.reference.values import day_text
from tests.state.shop import Fact


def as_reference(fact: Fact) -> ReferenceOrder | ReferencePartial | ReferenceTouch:
    """The same fact as the reference has it."""
    return touch_as_reference(fact) if isinstance(fact, tuple) else event_as_reference(fact)


def event_as_reference(fact: Order | PartialOrder) -> ReferenceOrder | ReferencePartial:
    return order_as_reference(fact) if isinstance(fact, Order) else partial_as_reference(fact)


def partial_as_reference(fact: PartialOrder) -> ReferencePartial:
    return ReferencePartial(
        account=fact.account,
        order=fact.order,
        contact=fact.contact,
        status=fact.status,
        amount=fact.amount,
        currency=fact.currency,
        ordered_at=fact.ordered_at,
        refunded=fact.refunded,
        person=Person(fact.email, fact.phone, fact.external_customer_id, fact.first_name, fact.last_name),
        items=fact.items,
        time=fact.time,
    )


def touch_as_reference(fact: TouchReceived) -> ReferenceTouch:
    time, touch = fact[:2]
    where = touch.account, touch.contact, touch.channel, touch.event, touch.campaign, touch.message
    return ReferenceTouch(*where, tags=frozenset(touch.tags or ()), automated=bool(touch.automated), time=time)


def order_as_reference(fact: Order) -> ReferenceOrder:
    return ReferenceOrder(
        account=fact.account,
        order=fact.order,
        contact=fact.contact,
        status=fact.status,
        amount=fact.amount,
        currency=fact.currency,
        ordered_at=fact.ordered_at,
        refunded=fact.refunded,
        person=Person(fact.email, fact.phone, fact.external_customer_id, fact.first_name, fact.last_name),
        items=fact.items,
        time=fact.time,
    )


def history(table: Mapping[str, Any]) -> History:
    """Settings of a file, in force from the beginning of time."""
    return History(read_settings(table), frozenset())


def decisions(facts: Iterable[Fact], settings: History) -> dict[tuple[str, str], Decision]:
    """(account, order) → what is decided of it."""
    events: set[Event] = {as_reference(fact) for fact in facts}
    messages = messages_of(events)
    return {
        (order.account, order.order): decide(order, order.contact, messages, settings.in_force(order.ordered_at))
        for order in states(events)
    }


def credit_of(decision: Decision) -> str:
    """`email/spring/m1` where an order is credited, else the reason why it is not."""
    credit = decision.credit
    return decision.reason if credit is None else f"{credit.channel}/{credit.campaign}/{credit.message}"


def figures(facts: Iterable[Fact], settings: History) -> dict[EntryKey, int]:
    """All counters that are not 0, as entries of the ledger."""
    found = list(facts)
    zone = settings.for_everything().time_zone
    sums: Counter[EntryKey] = Counter()
    for message in messages_of({as_reference(fact) for fact in found}):
        for event in EVENTS:
            first = message.first_counted(event, settings)
            if first is not None:
                sums[message.account, _ordinal(first, zone), message.channel, message.campaign, event] += 1
    expected = expected_credits(found, settings)
    for key, decision in decisions(found, settings).items():
        order = decision.order
        hour = _clock(order.ordered_at, zone).hour
        for channel, campaign, field, amount in _counts_of(decision, expected[key], hour):
            sums[order.account, _ordinal(order.ordered_at, zone), channel, campaign, field] += amount
    return {key: amount for key, amount in sums.items() if amount}


def expected_credits(facts: Iterable[Fact], settings: History) -> dict[tuple[str, str], Credit | None]:
    """(account, order) → where an order on the way is expected: where it would be credited if it were DELIVERED."""
    on_the_way = ("INITIALIZED", "IN_PROGRESS")
    found = list(facts)
    messages = messages_of({as_reference(fact) for fact in found})
    credits: dict[tuple[str, str], Credit | None] = {}
    for key, decision in decisions(found, settings).items():
        order = decision.order
        delivered = replace(order, status="DELIVERED")
        would_be = decide(delivered, order.contact, messages, settings.in_force(order.ordered_at))
        credits[key] = would_be.credit if order.status in on_the_way else None
    return credits


def _clock(ms: int, zone: str) -> datetime:
    return datetime.fromtimestamp(ms // 1000, ZoneInfo(zone))


def _ordinal(ms: int, zone: str) -> int:
    return date.fromisoformat(day_text(ms, zone)).toordinal()


def _counts_of(decision: Decision, expected: Credit | None, hour: int) -> list[tuple[str, str, str, int]]:
    order = decision.order
    counts = [
        ("", "", f"orders:{order.status}:{order.currency}", 1),
        ("", "", f"amount:{order.status}:{order.currency}", order.amount),
    ]
    if order.refunded:
        counts.append(("", "", f"orders:refunded:{order.currency}", 1))
        counts.append(("", "", f"amount:refunded:{order.currency}", order.refunded))
    if decision.reason == "contact_unknown":
        counts.append(("", "", f"orders:contact_unknown:{order.currency}", 1))
        counts.append(("", "", f"amount:contact_unknown:{order.currency}", order.amount))
    sales = {"DELIVERED": (decision.credit, ""), "INITIALIZED": (expected, "expected_")}
    sales["IN_PROGRESS"] = sales["INITIALIZED"]
    if order.status in sales:
        credit, prefix = sales[order.status]
        for name, amount in (("purchases", 1), ("revenue", order.amount)):
            figure = f"{prefix}{name}:{order.currency}"
            of_account = f"unattributed:{figure}" if credit is None else figure
            counts.append(("", "", f"hour:{hour:02}:{of_account}", amount))
            where = ("", "", of_account) if credit is None else (credit.channel, credit.campaign, figure)
            counts.append((*where, amount))
    return counts
