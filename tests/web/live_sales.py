"""A click and the order that it earns, happening as a test looks on."""

from __future__ import annotations

import time
from typing import Any

from tests.reference.values import MINUTE_MS, moment_text

CAMPAIGN = "haru"
SECOND_MS = 1_000


def sale(
    account: str,
    order: str,
    amount: str,
    currency: str,
    *,
    minutes_after_click: int = 1,
    seconds_ago: int = 2,
    status: str = "DELIVERED",
) -> list[dict[str, Any]]:
    """Of a contact of its own, by the campaign `CAMPAIGN` on email."""
    ordered_ms = time.time_ns() // 1_000_000 - seconds_ago * SECOND_MS
    of_contact = {"account": account, "contact": f"c-{order}"}
    about_message = {"channel": "email", "campaign": CAMPAIGN, "message": f"m-{order}"}
    clicked_at = moment_text(ordered_ms - minutes_after_click * MINUTE_MS)
    ordered_at = moment_text(ordered_ms)
    state = {"status": status, "amount": amount, "currency": currency, "ordered_at": ordered_at, "time": ordered_at}
    return [
        {"type": "touch", **of_contact, **about_message, "event": "clicked", "time": clicked_at},
        {"type": "order", **of_contact, "order": order, **state},
    ]
