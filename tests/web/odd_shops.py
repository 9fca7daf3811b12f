"""Shops that are hard to show: names that are markup, very wide, or read from the right; the greatest amounts;
currencies without decimals and with three."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from tests.reference.values import HOUR_MS, MINUTE_MS, moment_text

SETTINGS: Final = """
[accounts.odd]
time_zone = "Pacific/Auckland"

[accounts.yen]
currency = "JPY"
time_zone = "Asia/Tokyo"

[accounts.dinar]
currency = "KWD"
time_zone = "Asia/Kuwait"
"""
SCRIPT: Final = "<script>alert(1)</script>"
WIDE: Final = "W" * 256
ARABIC: Final = "عرض الربيع ٢٠٢٦"
SLASHED: Final = "50%/off?#ü"
GREAT: Final = "12345678.90"
"""EUR."""

_SALES: Final = (
    # account, channel, campaign, order, amount, currency, hours ago
    ("odd", "email", SCRIPT, "s-1", GREAT, "EUR", 2),
    ("odd", "email", WIDE, "w-1", "49.90", "EUR", 3),
    ("odd", "sms", ARABIC, "a-1", "120.00", "EUR", 4),
    ("odd", "webpush", SLASHED, "50%/o?#", "0.01", "EUR", 30),
    ("yen", "email", "haru", "y-1", "1250", "JPY", 2),
    ("yen", "email", "haru", "y-2", "98000", "JPY", 26),
    ("dinar", "sms", "rabee", "k-1", "3.125", "KWD", 2),
    ("dinar", "sms", "rabee", "k-2", "12345678.901", "KWD", 50),
)


def odd_events(now_ms: int) -> list[bytes]:
    """Messages and their sales, all within the last days before `now_ms` (ms since the epoch)."""
    return [json.dumps(event, ensure_ascii=False).encode() for sale in _SALES for event in _sale(now_ms, *sale)]


def _sale(
    now_ms: int, account: str, channel: str, campaign: str, order: str, amount: str, currency: str, hours: int
) -> Iterator[dict[str, Any]]:
    at = now_ms - hours * HOUR_MS
    contact = f"c-{order}"
    yield {
        "type": "contact",
        "account": account,
        "contact": contact,
        "email": f"{order[0]}@shop.example",
        "first_name": SCRIPT,
        "last_name": ARABIC,
        "time": moment_text(at),
    }
    for minutes, event in enumerate(("sent", "delivered", "opened", "clicked")):
        yield {
            "type": "touch",
            "account": account,
            "contact": contact,
            "channel": channel,
            "event": event,
            "campaign": campaign,
            "message": f"m-{order}",
            "tags": [SCRIPT],
            "time": moment_text(at + minutes * MINUTE_MS),
        }
    yield {
        "type": "order",
        "account": account,
        "order": order,
        "contact": contact,
        "status": "DELIVERED",
        "amount": amount,
        "currency": currency,
        "ordered_at": moment_text(at + HOUR_MS),
        "time": moment_text(at + HOUR_MS),
    }
