"""Messages from touches, and the one decision: which touch an order is credited to (contract §2, §4)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from tests.reference.account_settings import EVENTS, History, Rule, Settings
from tests.reference.events import Event, Order, Touch

ON_THEIR_WAY = ("INITIALIZED", "IN_PROGRESS")

MessageKey = tuple[str, str, str, str, str]  # account, contact, channel, campaign, message


@dataclass
class Message:
    """One message to one contact: the union of its tags, and its touches: (event, ms) → automated."""

    account: str
    contact: str
    channel: str
    campaign: str
    message: str
    tags: set[str] = field(default_factory=set)
    touches: dict[tuple[str, int], bool] = field(default_factory=dict)

    def first_counted(self, event: str, history: History) -> int | None:
        """The first touch of the event that its count takes, in ms; automated opens and clicks go by the
        settings at their own time (contract §1, §8)."""
        counted = [
            time
            for (name, time), automated in self.touches.items()
            if name == event
            and not (automated and event in ("opened", "clicked") and history.in_force(time).ignore_automated)
        ]
        return min(counted, default=None)


def messages_of(events: Iterable[Event]) -> list[Message]:
    messages: dict[MessageKey, Message] = {}
    for event in events:
        if isinstance(event, Touch):
            key = event.account, event.contact, event.channel, event.campaign, event.message
            message = messages.setdefault(key, Message(*key))
            message.tags |= event.tags
            touch = event.event, event.time
            message.touches[touch] = message.touches.get(touch, False) or event.automated
    return [messages[key] for key in sorted(messages)]


@dataclass(frozen=True)
class Credit:
    """The touch that earned an order."""

    channel: str
    campaign: str
    message: str
    event: str
    touched_at: int
    window: str

    def rank(self) -> tuple[int, int, str, str, str]:
        """Greatest is the latest touch (contract §4; ties in everything but the campaign: §8)."""
        return self.touched_at, EVENTS.index(self.event), self.message, self.channel, self.campaign


@dataclass(frozen=True)
class Decision:
    """expected: the touch that an order on its way would be credited to (contract §4)."""

    order: Order
    contact: str | None
    reason: str
    credit: Credit | None
    expected: Credit | None = None


def decide(order: Order, contact: str | None, messages: list[Message], settings: Settings) -> Decision:
    """settings: those in force at `ordered_at`. The reason is the first that applies (contract §6.2)."""
    if contact is not None and order.status in ON_THEIR_WAY:
        delivered = decide(replace(order, status="DELIVERED"), contact, messages, settings)
        return Decision(order, contact, "not_delivered", None, expected=delivered.credit)
    if contact is None:
        return Decision(order, None, "contact_unknown", None)
    if order.status != "DELIVERED":
        return Decision(order, contact, "not_delivered", None)
    if not settings.show_sales or not settings.associate_with_last_message:
        return Decision(order, contact, "sales_hidden", None)
    credits = [
        credit
        for message in messages
        if (message.account, message.contact) == (order.account, contact)
        for credit in _eligible(message, order, settings)
    ]
    if not credits:
        return Decision(order, contact, "no_eligible_touch", None)
    return Decision(order, contact, "last_touch", max(credits, key=Credit.rank))


def _eligible(message: Message, order: Order, settings: Settings) -> list[Credit]:
    rule = settings.rule(message.channel)
    if rule is None or message.tags & settings.excluded_tags:
        return []
    return [
        Credit(message.channel, message.campaign, message.message, event, time, rule.window)
        for (event, time), automated in message.touches.items()
        if event == rule.event
        and not (automated and settings.ignore_automated)
        and _within(order.ordered_at - time, rule)
    ]


def _within(distance_ms: int, rule: Rule) -> bool:
    return 0 <= distance_ms <= rule.window_ms
