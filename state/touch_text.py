"""The touch that an order counts for, in texts: as records, order rows and explanations show it (contract §6.2)."""

from __future__ import annotations

import msgspec

from state.attribution import Credit
from state.times import format_time


class TouchText(msgspec.Struct, frozen=True, gc=False):
    """A touch that an order is credited to, or expected at."""

    channel: str
    campaign: str
    message: str
    """Empty in the history of an order that has moved since: it was another contact's."""
    event: str
    touched_at: str
    """RFC 3339."""
    window: str
    """The channel's attribution window as the settings wrote it: "24h"."""


def touch_text(credit: Credit | None) -> TouchText | None:
    """The texts of a touch; None for none."""
    if credit is None:
        return None
    at = format_time(credit.touched_at)
    return TouchText(credit.channel, credit.campaign, credit.message, credit.event, at, credit.window)
