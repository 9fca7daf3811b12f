"""The events of the shop as one stream of lines, about in the order of their times.

Time goes by in narrow slots. In each, as many messages and orders begin as it takes to come to the number of
events asked for just as the span ends; what follows from them waits in the slot in which it will happen.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from random import Random
from typing import Final

from generator import shop
from generator.journeys import Journeys
from generator.lines import EventClock
from generator.shop import BROADCASTS, HOUR_MS, HOURS_A_WEEK, TRIGGERED, WEEK_MS, Campaign

START_MS: Final = 1_767_571_200_000
"""2026-01-05T00:00Z, a Monday."""
ACCOUNT: Final = "acme"

_SLOTS_AN_HOUR: Final = 60
_MONDAY_HOURS: Final = 72
"""1970-01-01 was a Thursday."""
_LATE_SHARE: Final = 0.01
_LATE_MS: Final = 60_000
_REPEATED_SHARE: Final = 0.002
_REPEATED_MS: Final = 300_000
_YIELD: Final = ((0.0, 1.3), (0.25, 1.9), (1.0, 2.03), (4.0, 2.16), (16.0, 2.3), (48.0, 2.41), (168.0, 2.48))
_HOURS: Final = shop.hour_weights()
_TRIGGERED: Final = tuple(campaign for campaign, weight in TRIGGERED for _ in range(weight))
_STRIDES: Final = (2_654_435_761, 2_246_822_519, 3_266_489_917)


def events(
    n: int,
    contacts: int,
    seed: int,
    *,
    start_ms: int = START_MS,
    span_ms: int = WEEK_MS,
    account: str = ACCOUNT,
) -> Iterator[bytes]:
    """Exactly `n` lines of JSON, without newlines: touches and orders of `contacts` people (both at least 1).

    Their times lie in [`start_ms`, `start_ms + span_ms`) (ms since the epoch). About 1 % of the lines come up to a
    minute late, a few twice. The same arguments give the same bytes with every Python.
    """
    assert n >= 1
    assert contacts >= 1
    assert span_ms >= 1
    stream = _Stream(n, contacts, seed, start_ms=start_ms, span_ms=span_ms, time_scale=1.0, account=account)
    return stream.lines()


def live(
    n: int,
    contacts: int,
    seed: int,
    *,
    start_ms: int,
    end_ms: int,
    mail_in_seconds: bool = False,
) -> Iterator[bytes]:
    """The events of a whole week of the shop, squeezed or stretched between two times (ms since the epoch).

    Orders are delivered within the span, however short it is. Sent evenly so that the last line goes out at
    `end_ms`, over no longer than the span, hardly any event is ahead of the clock. `mail_in_seconds`: touches of
    mails have times in whole seconds, as mail services tell them.
    """
    span_ms = end_ms - start_ms
    stream = _Stream(
        n,
        contacts,
        seed,
        start_ms=start_ms,
        span_ms=span_ms,
        time_scale=span_ms / WEEK_MS,
        account=ACCOUNT,
        mail_in_seconds=mail_in_seconds,
    )
    return stream.lines()


class _Stream:
    def __init__(
        self,
        n: int,
        contacts: int,
        seed: int,
        *,
        start_ms: int,
        span_ms: int,
        time_scale: float,
        account: str,
        mail_in_seconds: bool = False,
    ) -> None:
        self._wanted = n
        self._told = 0
        self._start = start_ms
        self._end = start_ms + span_ms
        self._hour_ms = HOUR_MS * time_scale
        self._slot_ms = max(1, int(self._hour_ms) // _SLOTS_AN_HOUR)
        self._late_ms = _LATE_MS * time_scale
        self._repeated_ms = _REPEATED_MS * time_scale
        self._waiting: defaultdict[int, list[tuple[int, int, str]]] = defaultdict(list)
        random = Random(seed)
        self._uniform = random.random
        self._journeys = Journeys(
            account, random, self._tell, EventClock(), time_scale=time_scale, mail_in_seconds=mail_in_seconds
        )
        self._contacts = contacts
        self._stride = next(stride for stride in _STRIDES if contacts == 1 or contacts % stride)
        self._reached: dict[Campaign, int] = {}

    def lines(self) -> Iterator[bytes]:
        """All of them, in the order of their arrival."""
        left = self._wanted
        slots = -(-(self._end - self._start) // self._slot_ms)
        weights_left = sum(sum(_HOURS[self._hour(slot)]) for slot in range(slots))
        due = self._uniform()
        for slot in range(slots):
            hour = self._hour(slot)
            weight = sum(_HOURS[hour])
            to_tell = max(0, self._wanted - self._told)
            due += to_tell / self._yield(slot) * weight / weights_left
            weights_left -= weight
            for _ in range(int(due)):
                self._begin(slot, hour)
            due -= int(due)
            while slot == slots - 1 and self._told < self._wanted:
                self._begin(slot, hour)
            waiting = self._waiting.pop(slot, None)
            if waiting is not None:
                waiting.sort()
                for _, _, line in waiting[:left]:
                    yield line.encode()
                left = max(0, left - len(waiting))

    def _hour(self, slot: int) -> int:
        """The hour of the shop's week, from Monday 00:00."""
        return (self._start // HOUR_MS + _MONDAY_HOURS + int(slot * self._slot_ms / self._hour_ms)) % HOURS_A_WEEK

    def _yield(self, slot: int) -> float:
        """How many events a beginning has before the end, on average over all from this slot on; measured."""
        hours = (self._end - self._start - slot * self._slot_ms) / self._hour_ms
        for (low_hours, low), (high_hours, high) in pairwise(_YIELD):
            if hours < high_hours:
                return low + (high - low) * (hours - low_hours) / (high_hours - low_hours)
        return _YIELD[-1][1]

    def _begin(self, slot: int, hour: int) -> None:
        """Somebody buys, leaves a cart, or is sent a message, at some moment of the slot."""
        uniform = self._uniform
        at = min(self._start + slot * self._slot_ms + int(uniform() * self._slot_ms), self._end - 1)
        what = uniform()
        if what < shop.ORGANIC_SHARE:
            self._journeys.order(self._anybody(), at)
        elif what < shop.ORGANIC_SHARE + shop.CART_SHARE:
            self._journeys.cart(self._anybody(), at)
        else:
            steady, broadcast = _HOURS[hour]
            if broadcast and uniform() * (steady + broadcast) < broadcast:
                campaign = BROADCASTS[hour][0]
                self._journeys.message(campaign, self._next_reached(campaign), at)
            else:
                campaign = _TRIGGERED[int(uniform() * len(_TRIGGERED))]
                self._journeys.message(campaign, self._anybody(), at)

    def _anybody(self) -> int:
        return 1 + int(self._uniform() * self._contacts)

    def _next_reached(self, campaign: Campaign) -> int:
        """A broadcast reaches every contact before it reaches one twice, in no order that could be seen."""
        reached = self._reached[campaign] = self._reached.get(campaign, 0) + 1
        return 1 + reached * self._stride % self._contacts

    def _tell(self, at: int, line: str) -> None:
        """Let an event arrive as it happens, a little late, or twice; what lies after the end never does."""
        if at >= self._end:
            return
        draw = self._uniform()
        if draw < _LATE_SHARE:
            at = min(at + int(draw / _LATE_SHARE * self._late_ms), self._end - 1)
        elif draw < _LATE_SHARE + _REPEATED_SHARE:
            again = min(at + int(self._uniform() * self._repeated_ms), self._end - 1)
            self._told += 1
            self._waiting[(again - self._start) // self._slot_ms].append((again, self._told, line))
        self._told += 1
        self._waiting[(at - self._start) // self._slot_ms].append((at, self._told, line))
