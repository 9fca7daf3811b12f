"""What happens in a shop while somebody looks at its page."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any, Final

from tests.reference.values import MINUTE_MS, moment_text

BEFORE_MS: Final = 5 * MINUTE_MS
"""How long before the order its message was clicked."""


def sale(account: str, campaign: str, order: str, amount: str, currency: str) -> Iterator[dict[str, Any]]:
    """A click in an email just before, and the order that it earned just now."""
    now_ms = time.time_ns() // 1_000_000
    whose = {"account": account, "contact": f"c-{order}"}
    for event in ("sent", "clicked"):
        touch = {"channel": "email", "event": event, "campaign": campaign, "message": f"m-{order}"}
        yield {"type": "touch", **whose, **touch, "time": moment_text(now_ms - BEFORE_MS)}
    at = {"ordered_at": moment_text(now_ms), "time": moment_text(now_ms)}
    yield {
        "type": "order",
        **whose,
        "order": order,
        "status": "DELIVERED",
        "amount": amount,
        "currency": currency,
        **at,
    }
