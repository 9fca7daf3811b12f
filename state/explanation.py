"""The rule with its notes kept: an order's decision, and why each touch of its contact was or was not taken (§4)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from state import messages as packed_messages
from state.attribution import Credit, Decision, Why
from state.contact_orders import OrderAtContact
from state.decision_history import DecisionChange
from state.events import Order
from state.messages import EVENT_OF, IS_AUTOMATED
from state.settings import EVENTS, Settings
from state.timeline import Timeline, Version

_RANK: Final = {event: rank for rank, event in enumerate(EVENTS)}


class Considered(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One touch of the order's contact, and what became of it."""

    channel: str
    campaign: str
    message: str
    event: str
    touched_at: int
    """ms"""
    automated: bool
    tags: tuple[str, ...]
    """Of its message."""
    why: Why
    wanted_event: str | None
    """The event that connects its channel to a sale; None where the channel has no settings."""
    window: str | None
    """The channel's window as the settings wrote it; None likewise."""
    off_by_ms: int = 0
    """How long after the order it was, or how far outside the window, where that is why."""
    excluded_tags: tuple[str, ...] = ()
    """The tags for which it was not taken, where that is why."""

    @property
    def rank(self) -> tuple[int, int, str, str, str]:
        """Of the eligible touches the one with the greatest is credited (contract §4, §8)."""
        return self.touched_at, _RANK[self.event], self.message, self.channel, self.campaign


class Explanation(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Why an order is credited where it is."""

    order: Order
    moved: bool
    """Whether it has ever belonged to another contact."""
    decision: Decision
    version: Version
    """The settings in force at `ordered_at`."""
    time_zone: str
    """The account's."""
    considered: tuple[Considered, ...]
    """Every touch of the contact, newest first; none of an order that is known to be nobody's."""
    full_channels: tuple[str, ...]
    """Channels of which the contact has as many messages as are kept: older ones may have been pushed out (§2)."""
    history: tuple[DecisionChange, ...]
    """What was published of it, oldest first."""


def explained(
    placed: OrderAtContact,
    packed: bytes,
    timeline: Timeline,
    history: tuple[DecisionChange, ...] = (),
    *,
    moved: bool = False,
) -> Explanation:
    """The explanation of an order at its contact. `packed`: the contact's messages (`state.messages`).

    `history`: what was published of it. `moved`: whether it has belonged to another contact.
    """
    version = timeline.version_at(placed.order.ordered_at)
    return Explanation(
        order=placed.order,
        moved=moved,
        decision=placed.decision,
        version=version,
        time_zone=timeline.whole.time_zone,
        considered=considered(placed.order, packed, version.settings, placed.candidate),
        full_channels=packed_messages.full_channels(packed) if placed.order.contact is not None else (),
        history=history,
    )


def considered(
    order: Order, packed: bytes, settings: Settings, remembered: Credit | None = None
) -> tuple[Considered, ...]:
    """Every touch of an order's contact with what became of it; `CREDITED` and `EXPECTED` are those of `decide`.

    `settings`: those in force at `ordered_at`. `remembered`: as `decide` takes it.
    """
    if order.contact is None:
        return ()
    looked_at = [_look(order, touch, settings) for touch in _touches(packed, remembered)]
    looked_at.sort(key=lambda one: one.rank, reverse=True)
    of_best = _of_best(order, settings)
    best = next((place for place, one in enumerate(looked_at) if one.why is Why.ELIGIBLE), None)
    for place, one in enumerate(looked_at):
        if one.why is Why.ELIGIBLE:
            looked_at[place] = msgspec.structs.replace(one, why=of_best if place == best else Why.LATER_TOUCH)
    return tuple(looked_at)


def _of_best(order: Order, settings: Settings) -> Why:
    """What becomes of the latest eligible touch of an order."""
    if settings.credits and order.delivered:
        return Why.CREDITED
    return Why.EXPECTED if settings.credits and order.on_the_way else Why.ELIGIBLE


def _touches(packed: bytes, remembered: Credit | None) -> Iterator[Credit]:
    """Each touch as if it were credited, without a window."""
    for message in packed_messages.unpack(packed):
        for letter, times in message.times.items():
            event, automated = EVENT_OF[letter], letter in IS_AUTOMATED
            for ms in times:
                yield Credit(message.channel, message.campaign, message.message, event, ms, "", automated, message.tags)
    if remembered is not None:
        key = packed_messages.entry_key(remembered.channel, remembered.campaign, remembered.message)
        if key not in packed:
            yield remembered


def _look(order: Order, touch: Credit, settings: Settings) -> Considered:
    """A touch by itself: `ELIGIBLE`, or the first reason for which it is not."""
    rule = settings.channels.get(touch.channel)
    excluded = tuple(tag for tag in touch.tags if tag in settings.excluded_tags)
    age_ms = order.ordered_at - touch.touched_at
    off_by_ms = 0
    if rule is None:
        why = Why.NO_CHANNEL
    elif touch.event != rule.event:
        why = Why.WRONG_EVENT
    elif touch.automated and settings.ignore_automated:
        why = Why.AUTOMATED
    elif excluded:
        why = Why.EXCLUDED_TAG
    elif age_ms < 0:
        why, off_by_ms = Why.AFTER_ORDER, -age_ms
    elif age_ms > rule.window_ms:
        why, off_by_ms = Why.OUTSIDE_WINDOW, age_ms - rule.window_ms
    else:
        why = Why.ELIGIBLE
    return Considered(
        channel=touch.channel,
        campaign=touch.campaign,
        message=touch.message,
        event=touch.event,
        touched_at=touch.touched_at,
        automated=touch.automated,
        tags=touch.tags,
        why=why,
        wanted_event=None if rule is None else rule.event,
        window=None if rule is None else rule.window,
        off_by_ms=off_by_ms,
        excluded_tags=excluded if why is Why.EXCLUDED_TAG else (),
    )
