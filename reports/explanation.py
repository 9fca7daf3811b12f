"""The explanation of an order for programs (contract §7); `reports.explanation_text` has it in words."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from reports.touch_words import why_words
from state.decision_history import DecisionChange
from state.explanation import Considered, Explanation
from state.money import format_amount
from state.questions import Asks, ExplainOrder
from state.settings import BEGINNING, ChannelRule, Settings
from state.timeline import Version
from state.times import format_time
from state.touch_text import TouchText, touch_text


class ExplainedSettings(msgspec.Struct, frozen=True):
    """A version of the settings, whole."""

    effective_from: str | None
    """RFC 3339; null: from the beginning of time, as the settings file or the defaults have it."""
    show_sales: bool
    associate_with_last_message: bool
    channels: dict[str, ChannelRule]
    currency: str
    ignore_automated: bool
    excluded_tags: tuple[str, ...]
    time_zone: str


class ExplainedTouch(msgspec.Struct, frozen=True):
    """A touch of the order's contact, and what became of it."""

    channel: str
    campaign: str
    message: str
    event: str
    touched_at: str
    automated: bool
    tags: tuple[str, ...]
    why: str
    """One of `state.attribution.Why`."""
    off_by_ms: int | None
    """How long after the order it was, or how far outside the window; null where neither is why."""
    words: str
    """The same for a person."""


class ExplainedChange(msgspec.Struct, frozen=True):
    """A decision as it was published at a time."""

    at: str
    """Wall clock, RFC 3339."""
    cause: str
    """What had changed: `order`, `touch`, `settings`, `identity` (a declaration of an address) or `erasure`."""
    status: str
    reason: str
    credit: TouchText | None
    expected: TouchText | None


class ExplanationReport(msgspec.Struct, frozen=True, kw_only=True):
    """Why an order is credited where it is."""

    account: str
    order: str
    contact: str | None
    moved: bool
    """Whether it has ever belonged to another contact."""
    status: str
    status_since: str
    amount: str
    currency: str
    refunded: str | None
    ordered_at: str
    time_zone: str
    """The account's."""
    credited: bool
    reason: str
    """As contract §6.2 has them."""
    credit: TouchText | None
    expected: TouchText | None
    """Where an order on the way would be credited if it were DELIVERED (contract §4)."""
    settings: ExplainedSettings
    """Those in force when it was ordered."""
    candidates: list[ExplainedTouch]
    """Newest first."""
    full_channels: list[str]
    """Channels of which the contact has as many messages as are kept: older ones may have been pushed out."""
    history: list[ExplainedChange]
    """Oldest first, the last 20."""
    as_of: str | None
    """Event time of the account's newest event that was counted."""
    catching_up: bool
    """True while a restart or an import is under way."""


class Explained(NamedTuple):
    """An explanation, and how fresh it is."""

    explanation: Explanation
    as_of: int | None
    """ms: event time of the account's newest event that was counted."""
    catching_up: bool


def explain(asks: Asks, account: str, order: str) -> Explained | None:
    """Why an order is credited where it is; None: nobody has heard of it."""
    as_of, found = asks.ask(ExplainOrder(account, order))
    return Explained(found, as_of, asks.catching_up()) if isinstance(found, Explanation) else None


def explanation_report(explained: Explained) -> ExplanationReport:
    """The explanation in texts."""
    explanation = explained.explanation
    order, decision = explanation.order, explanation.decision
    return ExplanationReport(
        account=order.account,
        order=order.order,
        contact=order.contact,
        moved=explanation.moved,
        status=order.status,
        status_since=format_time(order.time),
        amount=format_amount(order.amount, order.currency),
        currency=order.currency,
        refunded=None if order.refunded is None else format_amount(order.refunded, order.currency),
        ordered_at=format_time(order.ordered_at),
        time_zone=explanation.time_zone,
        credited=decision.credit is not None,
        reason=decision.reason,
        credit=touch_text(decision.credit),
        expected=touch_text(decision.expected),
        settings=version_shown(explanation.version),
        candidates=[_touch(one) for one in explanation.considered],
        full_channels=list(explanation.full_channels),
        history=[_change(told) for told in explanation.history],
        as_of=None if explained.as_of is None else format_time(explained.as_of),
        catching_up=explained.catching_up,
    )


def version_shown(version: Version) -> ExplainedSettings:
    """A version of the settings in texts."""
    since = None if version.effective_from == BEGINNING else format_time(version.effective_from)
    values = {name: getattr(version.settings, name) for name in Settings.__struct_fields__}
    return ExplainedSettings(since, **values)


def _touch(one: Considered) -> ExplainedTouch:
    return ExplainedTouch(
        channel=one.channel,
        campaign=one.campaign,
        message=one.message,
        event=one.event,
        touched_at=format_time(one.touched_at),
        automated=one.automated,
        tags=one.tags,
        why=one.why,
        off_by_ms=one.off_by_ms or None,
        words=why_words(one),
    )


def _change(told: DecisionChange) -> ExplainedChange:
    credit, expected = touch_text(told.credit), touch_text(told.expected)
    return ExplainedChange(format_time(told.at_ms), told.cause, told.status, told.reason, credit, expected)
