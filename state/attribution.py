"""The one rule: which touch an order is credited to, from its contact's messages and the settings (contract §4)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache
from typing import Final, NamedTuple

import msgspec

from state.events import Order
from state.messages import (
    AUTOMATED,
    HUMAN,
    IS_AUTOMATED,
    US,
    entry_key,
    escape_separators,
    find,
    unescape_separators,
)
from state.settings import EVENTS, from_canonical
from state.timeline import Timeline


class Reason(StrEnum):
    """Why an order stands where it stands: the first that applies (contract §6.2)."""

    CONTACT_UNKNOWN = "contact_unknown"
    NOT_DELIVERED = "not_delivered"
    SALES_HIDDEN = "sales_hidden"
    NO_ELIGIBLE_TOUCH = "no_eligible_touch"
    LAST_TOUCH = "last_touch"


class Credit(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The touch that an order is credited to, or expected at."""

    channel: str
    campaign: str
    message: str
    event: str
    touched_at: int
    """ms"""
    window: str
    """The channel's attribution window as the settings wrote it: "24h"."""
    automated: bool = False
    tags: tuple[str, ...] = ()


class Decision(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What was decided of an order."""

    reason: str
    credit: Credit | None
    expected: Credit | None = None
    """Where an order on the way would be credited if it were DELIVERED (contract §4)."""

    @property
    def touch(self) -> Credit | None:
        """The touch that the order counts for, as credited or as expected."""
        return self.credit or self.expected


class Why(StrEnum):
    """What became of one candidate touch, for `explain`."""

    CREDITED = "credited"
    EXPECTED = "expected"
    """The order will be credited to it once it is delivered."""
    ELIGIBLE = "eligible"
    """It would be credited, if the order were."""
    LATER_TOUCH = "lost_to_later_touch"
    NO_CHANNEL = "channel_has_no_settings"
    WRONG_EVENT = "wrong_event"
    AFTER_ORDER = "after_order"
    OUTSIDE_WINDOW = "outside_window"
    EXCLUDED_TAG = "excluded_tag"
    AUTOMATED = "automated"


class _Rule(NamedTuple):
    human: bytes
    """The letter of people's touches that connect this channel to a sale."""
    machine: bytes
    """Likewise of machines'; the same as `human` where theirs do not count."""
    window: str
    window_ms: int
    event: str
    times: re.Pattern[bytes]


_TRIED_MOST: Final = 32
"""Channels that a pattern tries for each message; to look one up takes as long."""


class Rules(NamedTuple):
    """Settings, made ready for packed messages."""

    credits: bool
    channels: dict[bytes, _Rule]
    excluded: frozenset[bytes]
    """Excluded tags as they stand in packed messages."""
    connecting: re.Pattern[bytes]
    """Finds (channel, campaign, message, times, tags) of at least the messages with a touch that connects to a sale."""


@lru_cache(maxsize=65_536)
def rules_of(text: bytes) -> Rules:
    """The rules that settings (in their canonical JSON) make."""
    settings = from_canonical(text)
    channels = {}
    for name, rule in settings.channels.items():
        human = HUMAN[rule.event]
        machine = human if settings.ignore_automated else AUTOMATED[rule.event]
        times = re.compile(f"([{human}{machine}])(-?[0-9a-f]+)".encode())
        channels[name.encode()] = _Rule(
            human.encode(), machine.encode(), rule.window, rule.window_ms, rule.event, times
        )
    excluded = frozenset(escape_separators(tag).encode() for tag in settings.excluded_tags)
    return Rules(settings.credits, channels, excluded, _connecting(channels))


def _connecting(channels: Mapping[bytes, _Rule]) -> re.Pattern[bytes]:
    """See `Rules`. Most messages of a contact have no such touch: nothing is made of those.

    The pattern tries one channel after the other: where there are many, all messages are found.
    """
    with_touch = (
        re.escape(name) + b"(?=\x1f[^\x1f]*\x1f[^\x1f]*\x1f[^\x1e\x1f]*[" + rule.human + rule.machine + b"])"
        for name, rule in channels.items()
    )
    channel = b"|".join(with_touch) or b"(?!)" if len(channels) <= _TRIED_MOST else b"[^\x1f]+"
    return re.compile(b"\x1e(" + channel + b")\x1f([^\x1f]*)\x1f([^\x1f]*)\x1f([^\x1e\x1f]*)([^\x1e]*)")


_IS_AUTOMATED: Final = frozenset(letter.encode() for letter in IS_AUTOMATED)
_RANK: Final = {event: rank for rank, event in enumerate(EVENTS)}
_Rank = tuple[int, int, str, str, str]


def decide(order: Order, packed: bytes, timeline: Timeline, remembered: Credit | None = None) -> Decision:
    """The decision of an order, from what is known of its contact. Pure; the order of arrival is not in it.

    `packed`: the contact's messages (`state.messages`). `remembered`: the touch it was credited to or expected at last,
    which stays a candidate when its message has left the state (what counts is not taken back by a bound, contract §2).
    """
    if order.contact is None:
        return Decision(Reason.CONTACT_UNKNOWN, None)
    if not order.delivered and not order.on_the_way:
        return Decision(Reason.NOT_DELIVERED, None)
    rules = rules_of(timeline.version_at(order.ordered_at).text)
    touch = last_touch(order.ordered_at, packed, rules, remembered) if rules.credits else None
    if not order.delivered:
        return Decision(Reason.NOT_DELIVERED, None, touch)
    if not rules.credits:
        return Decision(Reason.SALES_HIDDEN, None)
    return Decision(Reason.LAST_TOUCH if touch else Reason.NO_ELIGIBLE_TOUCH, touch)


def last_touch(ordered_at: int, packed: bytes, rules: Rules, remembered: Credit | None = None) -> Credit | None:
    """The latest eligible touch at `ordered_at` over all channels; ties as contract §4 and §8 break them."""
    best: _Candidate | None = None
    for channel, campaign, message, times, packed_tags in rules.connecting.findall(packed):
        rule = rules.channels.get(channel)
        found = None if rule is None else _latest(rule, times, ordered_at)
        if rule is None or found is None or (best is not None and found[0] < best.ms):
            continue
        tags = packed_tags.split(US)[1:]
        if tags and not rules.excluded.isdisjoint(tags):
            continue
        candidate = _Candidate(*found, rule, channel, campaign, message, tags)
        if best is None or found[0] > best.ms or candidate.rank() > best.rank():
            best = candidate
    credit = None if best is None else best.credit()
    if remembered is None or _is_same_touch(credit, remembered):
        return credit
    return _with_remembered(credit, None if best is None else best.rank(), ordered_at, packed, rules, remembered)


class _Candidate(msgspec.Struct, frozen=True, gc=False):
    """A touch that an order may be credited to, as it stands packed."""

    ms: int
    automated: bool
    rule: _Rule
    channel: bytes
    campaign: bytes
    message: bytes
    tags: list[bytes]

    def rank(self) -> _Rank:
        """Of two the greater is credited (contract §4, §8)."""
        message, campaign = unescape_separators(self.message), unescape_separators(self.campaign)
        return self.ms, _RANK[self.rule.event], message, self.channel.decode(), campaign

    def credit(self) -> Credit:
        """The credit that it makes."""
        return Credit(
            self.channel.decode(),
            unescape_separators(self.campaign),
            unescape_separators(self.message),
            self.rule.event,
            self.ms,
            self.rule.window,
            self.automated,
            tuple(map(unescape_separators, self.tags)),
        )


def _is_same_touch(credit: Credit | None, remembered: Credit) -> bool:
    """Whether a touch that counted before has not left, for it is the one that is found now."""
    return (
        credit is not None
        and credit.touched_at == remembered.touched_at
        and credit.message == remembered.message
        and credit.campaign == remembered.campaign
        and credit.channel == remembered.channel
    )


def _latest(rule: _Rule, times: bytes, ordered_at: int) -> tuple[int, bool] | None:
    """The latest touch inside the window as (ms, whether a machine did it)."""
    best: tuple[int, bool] | None = None
    for letter, hexadecimal in rule.times.findall(times):
        ms = int(hexadecimal, 16)
        if 0 <= ordered_at - ms <= rule.window_ms and (best is None or ms > best[0]):
            best = (ms, letter in _IS_AUTOMATED)
    return best


def _with_remembered(
    best: Credit | None, best_rank: _Rank | None, ordered_at: int, packed: bytes, rules: Rules, remembered: Credit
) -> Credit | None:
    """The better of `best` and the touch that counted before, if that one has left and is still eligible."""
    known = find(packed, entry_key(remembered.channel, remembered.campaign, remembered.message))
    if known is not None and any(remembered.touched_at in times for times in known.times.values()):
        return best
    rule = rules.channels.get(remembered.channel.encode())
    if rule is None or rule.event != remembered.event:
        return best
    if remembered.automated and rule.machine == rule.human:
        return best
    if not 0 <= ordered_at - remembered.touched_at <= rule.window_ms:
        return best
    tags = {*remembered.tags, *(known.tags if known else ())}
    if not rules.excluded.isdisjoint(escape_separators(tag).encode() for tag in tags):
        return best
    kept = remembered
    rank = (kept.touched_at, _RANK[kept.event], kept.message, kept.channel, kept.campaign)
    if best_rank is not None and best_rank >= rank:
        return best
    return msgspec.structs.replace(remembered, window=rule.window)
