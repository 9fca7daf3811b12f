"""A shop of more campaigns than a report's first thousand rows. What sells just now has earned nothing so far, so it
stands behind them; and more of it sells than the stream names."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from tests.reference.values import MINUTE_MS, moment_text

SENT_ONLY: Final = 1_001
SELLING: Final = 25
"""The page's stream names 20 of them: those that sell for most."""


def name_of(number: int) -> str:
    return f"Sale no. {number}"


def many_campaigns(account: str, now_ms: int) -> Iterator[bytes]:
    """Campaigns that were sent, and others that sold: order `m-<n>` of `name_of(n)`, the newest last, for the least."""
    for event in _events(now_ms):
        yield json.dumps({"account": account, **event}).encode()


def _events(now_ms: int) -> Iterator[dict[str, Any]]:
    for number in range(SENT_ONLY):
        yield _touch(f"a-{number}", "sent", f"c-{number}", now_ms - MINUTE_MS)
    for number in range(SELLING):
        campaign, contact = f"z-{number:02}", f"buyer-{number}"
        yield {
            "type": "campaign",
            "channel": "email",
            "campaign": campaign,
            "name": name_of(number),
            "time": moment_text(now_ms),
        }
        yield _touch(campaign, "clicked", contact, now_ms - MINUTE_MS)
        yield {
            "type": "order",
            "order": f"m-{number}",
            "contact": contact,
            "status": "IN_PROGRESS",
            "amount": f"{100 - number}.00",
            "currency": "EUR",
            "ordered_at": moment_text(now_ms - SELLING + number),
            "time": moment_text(now_ms),
        }


def _touch(campaign: str, event: str, contact: str, at_ms: int) -> dict[str, Any]:
    return {
        "type": "touch",
        "channel": "email",
        "event": event,
        "campaign": campaign,
        "contact": contact,
        "message": f"m-{campaign}",
        "time": moment_text(at_ms),
    }
