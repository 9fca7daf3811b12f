"""The shop "acme": its campaigns, when it sends them, how its customers take them, and what they spend."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from generator.quantiles import Knots

SECOND_MS: Final = 1_000
MINUTE_MS: Final = 60 * SECOND_MS
HOUR_MS: Final = 60 * MINUTE_MS
DAY_MS: Final = 24 * HOUR_MS
WEEK_MS: Final = 7 * DAY_MS
HOURS_A_WEEK: Final = 168


@dataclass(frozen=True, slots=True)
class Channel:
    """What becomes of a message on a channel: shares of the step before, and delays in ms.

    `opened` 0: the channel cannot tell, and clicks are a share of the delivered. `bought_unclicked` is the
    share of those who buy after the message has reached them (opened, or delivered), without a click.
    """

    delivered: float
    opened: float
    clicked: float
    bought_unclicked: float
    opened_by_machine: float
    clicked_by_machine: float
    delivery_ms: Knots
    reading_ms: Knots


CHANNELS: Final = {
    "email": Channel(
        0.972, 0.26, 0.17, 0.0, 0.11, 0.012,
        ((0, 800), (0.6, 4_000), (0.95, 30_000), (0.995, 5 * MINUTE_MS), (1, HOUR_MS)),
        ((0, 15_000), (0.1, 3 * MINUTE_MS), (0.5, 75 * MINUTE_MS), (0.9, 14 * HOUR_MS), (1, 60 * HOUR_MS)),
    ),
    "sms": Channel(
        0.955, 0.0, 0.07, 0.012, 0.0, 0.0,
        ((0, 900), (0.8, 6_000), (0.97, MINUTE_MS), (1, 9 * HOUR_MS)),
        ((0, 8_000), (0.5, 6 * MINUTE_MS), (0.9, 3 * HOUR_MS), (1, 30 * HOUR_MS)),
    ),
    "viber": Channel(
        0.91, 0.58, 0.12, 0.012, 0.0, 0.0,
        ((0, 500), (0.7, 3_000), (0.93, 10 * MINUTE_MS), (1, 20 * HOUR_MS)),
        ((0, 5_000), (0.4, 8 * MINUTE_MS), (0.85, 4 * HOUR_MS), (1, 40 * HOUR_MS)),
    ),
    "webpush": Channel(
        0.84, 0.0, 0.075, 0.0, 0.0, 0.0,
        ((0, 300), (0.6, 2_000), (0.9, 2 * HOUR_MS), (1, 22 * HOUR_MS)),
        ((0, 2_000), (0.6, 5 * MINUTE_MS), (0.95, 4 * HOUR_MS), (1, 15 * HOUR_MS)),
    ),
    "mobilepush": Channel(
        0.88, 0.13, 0.42, 0.004, 0.0, 0.0,
        ((0, 300), (0.8, 2_000), (0.95, 30 * MINUTE_MS), (1, 16 * HOUR_MS)),
        ((0, 3_000), (0.5, 20 * MINUTE_MS), (0.9, 5 * HOUR_MS), (1, 24 * HOUR_MS)),
    ),
}  # fmt: skip
"""Higher than in life where a campaign would else earn too little to look at in a demo."""


@dataclass(frozen=True, slots=True, eq=False)  # told apart as objects: they are looked up once a message
class Campaign:
    """A campaign on one channel. `appeal` multiplies the shares of opens and clicks; `tag` its messages'."""

    name: str
    channel: str
    appeal: float = 1.0
    tag: str | None = None


TRIGGERED: Final = (
    (Campaign("welcome", "email", 1.7), 12),
    (Campaign("welcome", "mobilepush", 1.4), 4),
    (Campaign("abandoned-browse", "email", 1.4), 14),
    (Campaign("abandoned-browse", "webpush", 1.5), 9),
    (Campaign("price-drop", "email", 1.5), 12),
    (Campaign("price-drop", "webpush", 1.6), 6),
    (Campaign("price-drop", "mobilepush", 1.5), 7),
    (Campaign("back-in-stock", "email", 1.8), 5),
    (Campaign("back-in-stock", "sms", 1.9), 3),
    (Campaign("birthday", "email", 1.3), 4),
    (Campaign("birthday", "sms", 1.4), 2),
    (Campaign("win-back", "email", 0.6), 8),
    (Campaign("win-back", "viber", 0.7), 4),
    (Campaign("replenish-reminder", "email", 1.4), 5),
    (Campaign("loyalty-points", "viber", 1.1), 5),
    (Campaign("product-picks", "email", 1.0), 9),
    (Campaign("review-request", "email", 0.9), 5),
)
"""Sent when a customer does something, all day long; with their weights."""

CART_REMINDERS: Final = (
    Campaign("abandoned-cart", "email", 2.2),
    Campaign("abandoned-cart", "viber", 1.5),
    Campaign("abandoned-cart", "webpush", 2.4),
)
ORDER_NOTICES: Final = (
    Campaign("order-status", "email", 1.6, "transactional"),
    Campaign("order-status", "viber", 1.3, "transactional"),
    Campaign("delivery-notice", "sms", 0.6, "service"),
    Campaign("delivery-notice", "mobilepush", 1.6, "service"),
)

_WEEK: Final = (
    # day from Monday, hour, share of the week's broadcasts in thousandths
    (Campaign("weekly-newsletter", "email", 0.9), 0, 9, 150),
    (Campaign("app-only-offer", "mobilepush", 1.1), 0, 18, 30),
    (Campaign("spring-sale", "email", 1.3), 1, 10, 130),
    (Campaign("spring-sale", "sms", 1.3), 1, 12, 50),
    (Campaign("new-arrivals", "email", 1.0), 2, 9, 110),
    (Campaign("new-arrivals", "mobilepush", 1.0), 2, 18, 40),
    (Campaign("vip-preview", "email", 1.6), 3, 8, 30),
    (Campaign("vip-preview", "viber", 1.4), 3, 10, 20),
    (Campaign("members-day", "email", 1.1), 3, 12, 80),
    (Campaign("members-day", "viber", 1.0), 3, 17, 50),
    (Campaign("flash-friday", "sms", 1.5), 4, 9, 45),
    (Campaign("flash-friday", "webpush", 1.2), 4, 12, 35),
    (Campaign("flash-friday", "mobilepush", 1.3), 4, 16, 35),
    (Campaign("weekend-deals", "webpush", 0.9), 5, 10, 35),
    (Campaign("weekend-deals", "mobilepush", 0.9), 5, 11, 30),
    (Campaign("gift-guide", "email", 0.8), 5, 17, 50),
    (Campaign("spring-sale", "viber", 1.1), 6, 11, 40),
    (Campaign("clearance", "sms", 0.9), 6, 13, 20),
    (Campaign("clearance", "email", 0.8), 6, 18, 20),
    (Campaign("last-chance", "webpush", 1.1), 6, 20, 20),
)
BROADCASTS: Final = {24 * day + hour: (campaign, weight) for campaign, day, hour, weight in _WEEK}
"""Hour of the week, from Monday 00:00 → the campaign that goes out to everybody in it, and its weight."""

_BROADCAST_TENTHS: Final = 6
"""Of all that is not triggered by an order or a cart."""
_DAY: Final = (3, 2, 1, 1, 1, 2, 6, 14, 24, 34, 40, 42, 44, 42, 38, 36, 38, 42, 50, 58, 60, 48, 26, 10)


def hour_weights() -> tuple[tuple[int, int], ...]:
    """For each hour of a week: the weight of what happens all day long, and that of the hour's broadcast.

    Whole numbers, because the sum of floats is not the same in every Python.
    """
    daily = 7 * sum(_DAY)
    sent = sum(weight for _, weight in BROADCASTS.values())
    return tuple(
        (
            (10 - _BROADCAST_TENTHS) * sent * _DAY[hour % 24],
            _BROADCAST_TENTHS * daily * BROADCASTS[hour][1] if hour in BROADCASTS else 0,
        )
        for hour in range(HOURS_A_WEEK)
    )


# How orders go. Delays in ms.
ORGANIC_SHARE: Final = 0.016
"""Of what happens all day long or in a broadcast: somebody buys, of their own accord."""
CART_SHARE: Final = 0.008
"""… and somebody leaves a full cart."""
BOUGHT_AFTER_CLICK: Final = 0.24

BUYING_MS: Final[Knots] = (
    (0, MINUTE_MS), (0.5, 12 * MINUTE_MS), (0.8, 90 * MINUTE_MS), (0.93, 8 * HOUR_MS),
    (0.98, 26 * HOUR_MS), (1, 60 * HOUR_MS),
)  # fmt: skip
CLICKING_MS: Final[Knots] = ((0, 2_000), (0.6, 20_000), (0.95, 4 * MINUTE_MS), (1, 30 * MINUTE_MS))
MACHINE_MS: Final[Knots] = ((0, 400), (0.7, 5_000), (0.95, 2 * MINUTE_MS), (1, 20 * MINUTE_MS))
REMINDING_MS: Final[Knots] = ((0, 40 * MINUTE_MS), (0.7, HOUR_MS), (1, 4 * HOUR_MS))
STORING_MS: Final[Knots] = ((0, 150), (0.9, 900), (1, 4_000))
PACKING_MS: Final[Knots] = ((0, 2 * MINUTE_MS), (0.5, 40 * MINUTE_MS), (0.9, 9 * HOUR_MS), (1, 20 * HOUR_MS))
COLLECTING_MS: Final[Knots] = ((0, 20 * MINUTE_MS), (0.5, 2 * HOUR_MS), (1, 8 * HOUR_MS))
SHIPPING_MS: Final[Knots] = ((0, 5 * HOUR_MS), (0.3, 20 * HOUR_MS), (0.8, 2 * DAY_MS), (1, 4 * DAY_MS))
CANCELLING_MS: Final[Knots] = ((0, 2 * MINUTE_MS), (0.5, 2 * HOUR_MS), (1, 30 * HOUR_MS))
RETURNING_MS: Final[Knots] = ((0, 6 * HOUR_MS), (0.5, 30 * HOUR_MS), (1, 5 * DAY_MS))

# What is spent, in minor units of EUR.
AMOUNT: Final[Knots] = (
    (0, 490), (0.1, 1_290), (0.5, 4_490), (0.8, 10_900), (0.95, 28_900), (0.99, 74_900), (0.998, 190_000),
    (1, 640_000),
)  # fmt: skip
UAH_PER_EUR: Final = 49
JPY_PER_EUR: Final = 180

# People. The addresses are in a domain kept for examples, the numbers in ranges that nobody has.
FIRST_NAMES: Final = (
    "Ada", "Bohdan", "Chiara", "Daryna", "Emil", "Freja", "Georg", "Halyna", "Ines", "Jonas", "Kateryna",
    "Luca", "Maria", "Nils", "Oksana", "Petro", "Quentin", "Rosa", "Sofia", "Taras", "Ulla", "Viktor",
    "Wanda", "Xenia", "Yuki", "Zoe", "Marko", "Lesia", "Haruto", "Aoi", "Pavlo", "Nora",
)  # fmt: skip
LAST_NAMES: Final = (
    "Example", "Sampleson", "Testenko", "Muster", "Demoreaux", "Placehold", "Probe", "Ejemplo", "Vzorek",
    "Beispiel", "Fixture", "Mockenhaupt", "Fikcyjny", "Dummyson", "Esempio", "Prykladenko",
)  # fmt: skip
SKUS: Final = (
    "mug-blue",
    "lamp-arc",
    "sock-wool",
    "book-atlas",
    "tea-green",
    "vase-tall",
    "rug-small",
    "pan-iron",
)
