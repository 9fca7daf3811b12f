"""Made-up shops as the metrics of `serve` show them over weeks: usual ones, and such that break in one way.

Orders come by chance (Poisson) along the day, are delivered or cancelled half a day to two days later, and are earned
by channels whose messages are clicked. Amounts are spread as widely as their mean. All follows from seed and kind.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import accumulate
from typing import Final

STEP_MIN: Final = 15
STEPS_A_DAY: Final = 24 * 60 // STEP_MIN
CHANNELS: Final = ("email", "sms", "webpush")
WEEKLY_CHANNEL: Final = "viber"
"""It sends on one day of the week, and skips that day when everything else breaks."""
CHECK: Final = 60.0
LARGE_ORDER: Final = 150 * CHECK

Series = tuple[str, tuple[tuple[str, str], ...]]
"""A metric's name and its labels but for the account."""


class Kind(StrEnum):
    """What happens to a shop at the moment of the break."""

    USUAL = "usual"
    HOLIDAY_BEFORE = "holiday_before"
    SLOW_WEEK = "slow_week"
    LARGE_ORDER = "large_order"
    IMPORTED = "imported"
    YOUNG = "young"
    CHECKOUT_DEAD = "checkout_dead"
    TRACKING_BROKEN = "tracking_broken"
    AMOUNTS_TRIPLED = "amounts_tripled"
    CHANNEL_SILENT = "channel_silent"
    UNATTRIBUTED = "unattributed"
    CONTACTS_UNKNOWN = "contacts_unknown"
    CANCELLED = "cancelled"
    REFUNDED = "refunded"


HEALTHY: Final = (
    Kind.USUAL,
    Kind.HOLIDAY_BEFORE,
    Kind.SLOW_WEEK,
    Kind.LARGE_ORDER,
    Kind.IMPORTED,
    Kind.YOUNG,
)


@dataclass(slots=True)
class Shop:
    """The series of one account: what is added at each step, and from when on it has series at all."""

    first_step: int
    steps: int
    added: dict[Series, list[float]] = field(default_factory=dict)
    catching_up: set[int] = field(default_factory=set)

    def add(self, step: int, name: str, amount: float = 1.0, **labels: str) -> None:
        """Count something at a step; what comes after the last is not seen."""
        if step < self.steps:
            key = (name, tuple(sorted(labels.items())))
            added = self.added.get(key)
            if added is None:
                added = self.added[key] = [0.0] * self.steps
            added[max(step, self.first_step)] += amount

    def values(self, every: int = 1) -> Iterator[tuple[Series, list[float]]]:
        """Each series as gauges, a value each so many steps from `first_step` on."""
        for key, added in self.added.items():
            yield key, [round(total, 2) for total in list(accumulate(added))[self.first_step :: every]]
        yield (
            ("lasttouch_account_catching_up", ()),
            [float(step in self.catching_up) for step in range(self.first_step, self.steps, every)],
        )


def made_up(kind: Kind, seed: int, *, orders_a_day: int, days: int, break_step: int) -> Shop:
    """A shop of `days` days that breaks in the way of `kind` at `break_step`."""
    chance = random.Random(f"{kind}/{seed}")
    steps = days * STEPS_A_DAY
    first = break_step - 10 * STEPS_A_DAY if kind is Kind.YOUNG else 0
    shop = Shop(first, steps)
    for step in range(steps):
        for _ in range(_poisson(chance, orders_a_day / STEPS_A_DAY * _pace(kind, step, break_step))):
            _order(shop, chance, kind, step, broken=step >= break_step)
        _messages(shop, chance, kind, step, broken=step >= break_step, orders_a_day=orders_a_day)
    if kind is Kind.LARGE_ORDER:
        on_its_way, delivered = break_step + STEPS_A_DAY // 4, break_step + 2 * STEPS_A_DAY
        _on_its_way(shop, on_its_way, delivered, LARGE_ORDER, "email")
        _deliver(shop, delivered, LARGE_ORDER, "email")
    if kind is Kind.IMPORTED:
        for _ in range(20 * orders_a_day):
            _deliver(shop, break_step, CHECK, "email")
        shop.catching_up.update(range(break_step - 2, break_step + 3))
    return shop


def _pace(kind: Kind, step: int, break_step: int) -> float:
    """How fast orders come: 0.1 to 1.9 of the day's mean, slowest at 2 at night; nothing where a checkout is dead."""
    hour = step % STEPS_A_DAY * 24 / STEPS_A_DAY
    pace = 1 + 0.9 * math.cos((hour - 14) / 12 * math.pi)
    week_before = break_step - 7 * STEPS_A_DAY
    if kind is Kind.HOLIDAY_BEFORE and week_before - STEPS_A_DAY // 2 <= step < week_before + STEPS_A_DAY:
        return pace * 0.1
    if kind is Kind.SLOW_WEEK and step >= break_step - STEPS_A_DAY:
        return pace * 0.8
    if kind is Kind.CHECKOUT_DEAD and step >= break_step:
        return 0.0
    return pace


def _order(shop: Shop, chance: random.Random, kind: Kind, step: int, *, broken: bool) -> None:
    amount = chance.lognormvariate(math.log(CHECK) - 0.35, 0.83)
    if kind is Kind.AMOUNTS_TRIPLED and broken:
        amount *= 3
    earned = {Kind.TRACKING_BROKEN: 0.0, Kind.UNATTRIBUTED: 0.2}.get(kind, 0.5) if broken else 0.5
    channel = chance.choices(CHANNELS, (5, 3, 2))[0] if chance.random() < earned else "(unattributed)"
    end = step + chance.randint(STEPS_A_DAY // 2, 2 * STEPS_A_DAY)
    cancelled = chance.random() < (0.45 if kind is Kind.CANCELLED and broken else 0.08)
    if kind is Kind.CANCELLED and broken and cancelled:
        end = step + chance.randint(1, STEPS_A_DAY // 4)
    shop.add(step, "lasttouch_orders", status="IN_PROGRESS", currency="EUR")
    shop.add(end, "lasttouch_orders", -1, status="IN_PROGRESS", currency="EUR")
    if chance.random() < (0.4 if kind is Kind.CONTACTS_UNKNOWN and broken else 0.05):
        shop.add(step, "lasttouch_unknown_contact_orders", currency="EUR")
    _on_its_way(shop, step, end, amount, channel)
    if cancelled:
        shop.add(end, "lasttouch_orders", status="CANCELLED", currency="EUR")
        return
    _deliver(shop, end, amount, channel)
    if chance.random() < (0.4 if kind is Kind.REFUNDED and broken else 0.04):
        back = 1 if kind is Kind.REFUNDED and broken else STEPS_A_DAY
        shop.add(step + back, "lasttouch_refunded_amount", amount, currency="EUR")


def _on_its_way(shop: Shop, step: int, end: int, amount: float, channel: str) -> None:
    for at, sign in ((step, 1), (end, -1)):
        shop.add(at, "lasttouch_expected_purchases", sign, channel=channel, currency="EUR")
        shop.add(at, "lasttouch_expected_revenue", sign * amount, channel=channel, currency="EUR")


def _deliver(shop: Shop, step: int, amount: float, channel: str) -> None:
    shop.add(step, "lasttouch_orders", status="DELIVERED", currency="EUR")
    shop.add(step, "lasttouch_purchases", channel=channel, currency="EUR")
    shop.add(step, "lasttouch_revenue", amount, channel=channel, currency="EUR")


def _messages(shop: Shop, chance: random.Random, kind: Kind, step: int, *, broken: bool, orders_a_day: int) -> None:
    """Ten messages an order, of which one in five is clicked; the weekly channel a thousand at ten of its day."""
    pace = orders_a_day / STEPS_A_DAY * _pace(Kind.USUAL, step, 0)
    for channel, share in zip(CHANNELS, (5, 3, 2), strict=True):
        if kind is Kind.CHANNEL_SILENT and broken and channel == "webpush":
            continue
        sent = _poisson(chance, pace * share)
        shop.add(step, "lasttouch_messages", sent, channel=channel, event="sent")
        shop.add(step, "lasttouch_messages", _poisson(chance, sent * 0.2), channel=channel, event="clicked")
    day, at = divmod(step, STEPS_A_DAY)
    if day % 7 == 1 and at == STEPS_A_DAY * 10 // 24 and not (broken and kind is Kind.CHANNEL_SILENT):
        shop.add(step, "lasttouch_messages", 1000, channel=WEEKLY_CHANNEL, event="sent")


def _poisson(chance: random.Random, mean: float) -> int:
    """A count by chance (Knuth's way; the means are small)."""
    limit, count, product = math.exp(-mean), 0, chance.random()
    while product > limit:
        count += 1
        product *= chance.random()
    return count


def labels_text(labels: Mapping[str, str]) -> str:
    """Labels as Prometheus writes them."""
    return ",".join(f'{name}="{value}"' for name, value in labels.items())
