"""The explanation of an order in words, for a marketer at a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from textwrap import wrap
from typing import Final

from reports.columns import Column, lay_out, texts, wholes
from reports.terminal_text import shown
from reports.touch_words import span_words, why_words
from state.attribution import Credit, Reason, Why
from state.decision_history import DecisionChange
from state.explanation import Considered, Explanation
from state.messages import MESSAGES_MOST
from state.money import format_amount
from state.settings import BEGINNING, Settings
from state.timeline import Version
from state.times import zone

TOUCHES_ALL_MAX: Final = 30
"""So many touches are all listed; of more, those that could never have counted are only numbered."""
TOUCHES_LISTED_MAX: Final = 60
_TOUCHES: Final = (*wholes("When"), *texts("Touch", "Campaign, message", "What became of it"))
_HISTORY: Final = (*wholes("Shown at"), *texts("Because of", "Status", "Decision"))
_ELIGIBLE: Final = frozenset({Why.CREDITED, Why.EXPECTED, Why.ELIGIBLE, Why.LATER_TOUCH})
_NEVER: Final = {
    Why.WRONG_EVENT: "of an event that does not connect its channel to a sale",
    Why.NO_CHANNEL: "of a channel that the settings do not have",
}
_ALL: Final = "--format json has all"
_CAUSES: Final = {
    "order": "an event of the order",
    "touch": "a touch",
    "settings": "the settings",
    "identity": "a declared address",
    "erasure": "an erasure",
}
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def explanation_lines(explanation: Explanation, width: int) -> Iterator[str]:
    """The lines of the explanation, within `width` cells where ids allow it."""
    yield from _paragraph(_heading(explanation), width)
    yield ""
    yield from _paragraph(_decision(explanation), width)
    yield ""
    yield from _paragraph(_settings(explanation.version, explanation), width)
    yield ""
    yield from _touches(explanation, width)
    yield from _paragraph(_pushed_out(explanation.full_channels), width)
    if explanation.history:
        yield ""
        yield "What was shown, and when:"
        yield from _table(_HISTORY, [_told(told, explanation) for told in explanation.history], width)
    if explanation.moved:
        yield "It belonged to another contact before."


def _paragraph(sentences: Sequence[str], width: int) -> Iterator[str]:
    for sentence in sentences:
        yield from wrap(shown(sentence), width, subsequent_indent="  ")


def _table(columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int) -> Iterator[str]:
    layout = lay_out(columns, rows, None, width)
    yield from layout.head
    yield "─" * layout.width
    yield from layout.body


def _heading(explanation: Explanation) -> list[str]:
    order = explanation.order
    amount = f"{format_amount(order.amount, order.currency)} {order.currency}"
    given_back = f", {format_amount(order.refunded, order.currency)} given back" if order.refunded else ""
    whose = "of a contact that is not known yet" if order.contact is None else f"of contact {order.contact}"
    ordered, since = _at(order.ordered_at, explanation), _at(order.time, explanation)
    return [
        f"Order {order.order} of account {order.account}, {amount}{given_back}, {whose}",
        f"ordered {ordered}, {_status(order.status)} since {since} ({explanation.time_zone})",
    ]


def _decision(explanation: Explanation) -> list[str]:
    order, decision = explanation.order, explanation.decision
    if decision.credit is not None:
        return [f"Credited to {_earner(decision.credit, explanation)}"]
    if decision.expected is not None:
        on_the_way = f"It is {_status(order.status)}, and credited to nobody until it is delivered."
        return [f"Expected at {_earner(decision.expected, explanation)} {on_the_way}"]
    if decision.reason == Reason.NO_ELIGIBLE_TOUCH:
        count = len(explanation.considered)
        why = f"none of the contact's {count} touches is eligible" if count else "the contact has no touches"
        return [f"Delivered, but credited to nobody: {why}."]
    nobody = f"Credited to nobody: {_reason(decision.reason, order.status, explanation.version.settings)}."
    if not order.on_the_way or order.contact is None:
        return [nobody]
    once = "It would be credited to nobody once delivered, either: "
    why = "the contact has no eligible touch" if explanation.version.settings.credits else "sales are hidden"
    return [nobody, f"{once}{why}."]


def _earner(touch: Credit, explanation: Explanation) -> str:
    """The campaign and the touch that an order counts for."""
    eligible = sum(one.why in _ELIGIBLE for one in explanation.considered)
    message = f"message {touch.message} was {touch.event} {_at(touch.touched_at, explanation)}"
    age = span_words(explanation.order.ordered_at - touch.touched_at)
    rest = f"It is the latest of {eligible} eligible touches." if eligible > 1 else "It is the only eligible touch."
    return f"campaign {touch.campaign} ({touch.channel}): {message}, {age} before the order. {rest}"


def _reason(reason: str, status: str, settings: Settings) -> str:
    match reason:
        case Reason.CONTACT_UNKNOWN:
            return "no contact has declared its external_customer_id, email or phone yet"
        case Reason.NOT_DELIVERED:
            return f"only delivered orders are, and this one is {_status(status)}"
        case Reason.SALES_HIDDEN:
            switch = "associate_with_last_message" if settings.show_sales else "show_sales"
            return f"the settings have {switch} off"
        case _:
            return reason.replace("_", " ")


def _settings(version: Version, explanation: Explanation) -> list[str]:
    settings = version.settings
    is_first = version.effective_from == BEGINNING
    since = "the beginning" if is_first else _at(version.effective_from, explanation)
    rules = [f"{name} {rule.event} within {rule.window}" for name, rule in sorted(settings.channels.items())]
    more = [
        f"excluded tags: {', '.join(settings.excluded_tags) or 'none'}",
        f"automated touches {'are ignored' if settings.ignore_automated else 'count'}",
        *(f"{name} is off" for name in ("show_sales", "associate_with_last_message") if not getattr(settings, name)),
    ]
    return [
        f"Settings in force when it was ordered, since {since}:",
        f"  {'; '.join(rules) or 'no channel earns anything'}",
        f"  {'; '.join(more)}",
    ]


def _touches(explanation: Explanation, width: int) -> Iterator[str]:
    touches = explanation.considered
    if not touches:
        yield "There are no touches to consider."
        return
    listed = touches
    if len(touches) > TOUCHES_ALL_MAX:
        listed = tuple(one for one in touches if one.why not in _NEVER)
    if listed:
        yield "Touches of the contact, newest first:"
        yield from _table(_TOUCHES, [_touch(one, explanation) for one in listed[:TOUCHES_LISTED_MAX]], width)
        yield from [""] if len(touches) > len(listed[:TOUCHES_LISTED_MAX]) else []
    yield from _paragraph(_not_listed(touches, listed), width)


def _pushed_out(channels: Sequence[str]) -> list[str]:
    """What a bound of the state may have taken from the list."""
    return [
        f"Of {channel} the contact's {MESSAGES_MOST} latest messages are kept: older ones may have been pushed out."
        for channel in channels
    ]


def _not_listed(touches: Sequence[Considered], listed: Sequence[Considered]) -> list[str]:
    """What a long list leaves out, in numbers."""
    said = []
    if len(listed) > TOUCHES_LISTED_MAX:
        said.append(f"{len(listed) - TOUCHES_LISTED_MAX} older ones.")
    if len(listed) < len(touches):
        for why, words in _NEVER.items():
            counted = Counter(f"{one.channel} {one.event}" for one in touches if one.why is why)
            if counted:
                kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(counted.items()))
                said.append(f"{counted.total()} {words}: {kinds}.")
    return [f"Not listed ({_ALL}): {said[0]}", *said[1:]] if said else []


def _touch(one: Considered, explanation: Explanation) -> list[str]:
    mark = "→ " if one.why in {Why.CREDITED, Why.EXPECTED} else ""
    machine = ", automated" if one.automated else ""
    return [
        _at(one.touched_at, explanation),
        shown(f"{one.channel} {one.event}{machine}"),
        shown(f"{one.campaign}, {one.message}"),
        shown(f"{mark}{why_words(one)}"),
    ]


def _told(told: DecisionChange, explanation: Explanation) -> list[str]:
    decision = _short(told.reason)
    if told.credit is not None:
        decision = f"credited to {_where(told.credit)}"
    elif told.expected is not None:
        decision = f"expected at {_where(told.expected)}"
    return [_at(told.at_ms, explanation), _CAUSES.get(told.cause, told.cause), _status(told.status), shown(decision)]


def _where(credit: Credit) -> str:
    message = f", {credit.message}" if credit.message else ""
    return f"{credit.campaign}{message} ({credit.channel} {credit.event})"


def _short(reason: str) -> str:
    return f"credited to nobody: {reason.replace('_', ' ')}"


def _status(status: str) -> str:
    """IN_PROGRESS as "in progress", ABANDONED_SHOPPING_CART as "abandoned"."""
    return status.removesuffix("_SHOPPING_CART").replace("_", " ").lower()


def _at(ms: int, explanation: Explanation) -> str:
    """An instant as the account's clocks show it."""
    moment = (_EPOCH + timedelta(milliseconds=ms)).astimezone(zone(explanation.time_zone))
    return f"{moment:%Y-%m-%d %H:%M:%S}"
