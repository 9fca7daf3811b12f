"""A month of a shop with many campaigns, of which every one has every figure on every day, and what happens then.

While it is followed live, nine touches come for each order event, all of the present; orders are of the present or,
as they are delivered, of the days before, so that several days change all the time.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

ACCOUNT: Final = "acme"
DAYS: Final = 30
DAYS_TO_DELIVERY: Final = 3
"""Orders are delivered so many days after they are made, at most."""

_EVENTS: Final = ("sent", "delivered", "opened", "clicked")
_ORDER_SHARE: Final = 0.1


class MonthEvents:
    """Lines of JSON. Every campaign has a contact of its own for each day, who buys twice."""

    def __init__(self, campaigns: int, seed: int) -> None:
        self._campaigns = campaigns
        self._chance = random.Random(seed)
        self._made = 0
        self._now = datetime.now(UTC)

    def history(self) -> Iterator[bytes]:
        """The days up to today."""
        for days_ago in reversed(range(DAYS)):
            for campaign in range(self._campaigns):
                contact, at = f"d{days_ago}k{campaign}", self._hours_ago(24 * days_ago + 2)
                for event in _EVENTS:
                    yield self._touch(contact, campaign, event, at, f"m{contact}")
                for status in ("DELIVERED", "IN_PROGRESS"):
                    yield self._order(contact, f"{status}-{contact}", status, self._hours_ago(24 * days_ago + 1))

    def lines(self, count: int) -> Iterator[bytes]:
        """What happens at the moment."""
        self._now = datetime.now(UTC)
        now, draw = self._hours_ago(0), self._chance.random
        for _ in range(count):
            campaign = int(draw() * self._campaigns)
            if draw() >= _ORDER_SHARE:
                event = _EVENTS[int(draw() * len(_EVENTS))]
                yield self._touch(f"c{int(draw() * 100_000)}", campaign, event, now)
                continue
            days_ago = int(draw() * (DAYS_TO_DELIVERY + 1))
            contact = f"d{days_ago}k{campaign}"
            status = "DELIVERED" if days_ago else "INITIALIZED"
            yield self._order(contact, f"o{self._made}", status, self._hours_ago(24 * days_ago + 1))

    def _hours_ago(self, hours: int) -> str:
        return (self._now - timedelta(hours=hours)).isoformat(timespec="milliseconds")

    def _touch(self, contact: str, campaign: int, event: str, at: str, message: str | None = None) -> bytes:
        self._made += 1
        return (
            f'{{"type":"touch","account":"{ACCOUNT}","contact":"{contact}","channel":"email","event":"{event}",'
            f'"campaign":"campaign-{campaign}","message":"{message or f"m{self._made}"}","time":"{at}"}}'
        ).encode()

    def _order(self, contact: str, order: str, status: str, ordered_at: str) -> bytes:
        self._made += 1
        amount = 5 + int(self._chance.random() * 495)
        return (
            f'{{"type":"order","account":"{ACCOUNT}","order":"{order}","contact":"{contact}","status":"{status}",'
            f'"amount":"{amount}.00","currency":"EUR","ordered_at":"{ordered_at}",'
            f'"time":"{self._hours_ago(0)}"}}'
        ).encode()
