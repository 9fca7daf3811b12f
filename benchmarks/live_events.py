"""The events that latency is measured with: one shop's, made now, nine touches for each order event.

A probe is one more message of a campaign that has nothing but probes, so that one field in Redis says how many of
them are shown.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from connectors.view.layout import campaign_prefix

ACCOUNT: Final = "acme"

_CHANNEL: Final = "email"
_CURRENCY: Final = "EUR"
_EVENTS: Final = ("sent", "delivered", "opened", "clicked")
_STATUSES: Final = ("INITIALIZED", "IN_PROGRESS", "DELIVERED")
_ORDER_SHARE: Final = 0.1


class LiveEvents:
    """Lines of JSON, at the clock's time when they are made."""

    def __init__(self, contacts: int, campaigns: int, seed: int) -> None:
        self._contacts = contacts
        self._chance = random.Random(seed)
        self._campaigns = [f"k{number}" for number in range(campaigns)]
        self._weights = [1 / number for number in range(1, campaigns + 1)]
        self._made = 0

    def first_touches(self) -> Iterator[bytes]:
        """One of every contact, over all campaigns in turn."""
        for contact in range(self._contacts):
            yield self._touch(contact, self._campaigns[contact % len(self._campaigns)], "sent", _now())

    def lines(self, count: int) -> list[bytes]:
        """Events of anybody."""
        draw, at = self._chance.random, _now()
        lines = []
        for campaign in self._chance.choices(self._campaigns, self._weights, k=count):
            contact = int(draw() * self._contacts)
            if draw() < _ORDER_SHARE:
                lines.append(self._order(contact, at))
            else:
                lines.append(self._touch(contact, campaign, self._chance.choice(_EVENTS), at))
        return lines

    def probe(self, number: int) -> bytes:
        """A message of the probe campaign `number`, to anybody."""
        return self._touch(int(self._chance.random() * self._contacts), _probe_campaign(number), "sent", _now())

    def _touch(self, contact: int, campaign: str, event: str, at: str) -> bytes:
        self._made += 1
        return (
            f'{{"type":"touch","account":"{ACCOUNT}","contact":"c{contact}","channel":"{_CHANNEL}","event":"{event}",'
            f'"campaign":"{campaign}","message":"m{self._made}","time":"{at}"}}'
        ).encode()

    def _order(self, contact: int, at: str) -> bytes:
        self._made += 1
        draw, number = self._chance.random, self._made
        return (
            f'{{"type":"order","account":"{ACCOUNT}","order":"o{number}","contact":"c{contact}",'
            f'"status":"{self._chance.choice(_STATUSES)}","amount":"{5 + int(draw() * 495)}.00",'
            f'"currency":"{_CURRENCY}","ordered_at":"{at}","time":"{at}"}}'
        ).encode()


def probe_field(number: int) -> str:
    """The field of `layout.campaigns_key` that counts the probes of a probe campaign."""
    return campaign_prefix(_CHANNEL, _probe_campaign(number)) + "sent"


def _probe_campaign(number: int) -> str:
    return f"probe{number}"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
