"""The records of the topic `attributions`: one for each change of an order's decision (contract §6.2)."""

from __future__ import annotations

from typing import Final

import msgspec

from state.changes import Outcome
from state.money import format_amount
from state.times import format_time
from state.touch_text import TouchText, touch_text


class AttributionRecord(msgspec.Struct, frozen=True, gc=False):
    """The value of a record of `attributions`, as the contract has it (§6.2)."""

    account: str
    order: str
    contact: str | None
    status: str
    amount: str
    currency: str
    ordered_at: str
    credited: bool
    channel: str | None
    campaign: str | None
    message: str | None
    event: str | None
    touched_at: str | None
    window: str | None
    reason: str
    expected: TouchText | None


_ENCODE: Final = msgspec.json.Encoder().encode


def record_key(account: str, order: str) -> bytes:
    """The key of an order's record: a JSON array of account and order."""
    return _ENCODE((account, order))


def record(outcome: Outcome) -> bytes:
    """The JSON of an order's record."""
    order, credit = outcome.order, outcome.decision.credit
    return _ENCODE(
        AttributionRecord(
            order.account,
            order.order,
            order.contact,
            order.status,
            format_amount(order.amount, order.currency),
            order.currency,
            format_time(order.ordered_at),
            credit is not None,
            credit.channel if credit else None,
            credit.campaign if credit else None,
            credit.message if credit else None,
            credit.event if credit else None,
            format_time(credit.touched_at) if credit else None,
            credit.window if credit else None,
            outcome.decision.reason,
            touch_text(outcome.decision.expected),
        )
    )
