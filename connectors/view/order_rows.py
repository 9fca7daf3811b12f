"""The row of an order in Redis (contract §7)."""

from __future__ import annotations

from typing import Final

import msgspec

from connectors.view.layout import OrderRow
from state.changes import Outcome
from state.money import format_amount
from state.times import format_time
from state.touch_text import touch_text

_ENCODE: Final = msgspec.json.Encoder().encode


def row(outcome: Outcome) -> bytes:
    """The JSON of an order's row."""
    return _ENCODE(order_row(outcome))


def order_row(outcome: Outcome) -> OrderRow:
    """An order's row."""
    order, credit = outcome.order, outcome.decision.credit
    return OrderRow(
        order=order.order,
        contact=order.contact,
        status=order.status,
        amount=format_amount(order.amount, order.currency),
        currency=order.currency,
        ordered_at=format_time(order.ordered_at),
        refunded=None if order.refunded is None else format_amount(order.refunded, order.currency),
        campaign=credit.campaign if credit else None,
        channel=credit.channel if credit else None,
        message=credit.message if credit else None,
        event=credit.event if credit else None,
        touched_at=format_time(credit.touched_at) if credit else None,
        reason=outcome.decision.reason,
        expected=touch_text(outcome.decision.expected),
        email=order.email,
        phone=order.phone,
        external_customer_id=order.external_customer_id,
        first_name=order.first_name,
        last_name=order.last_name,
        items=msgspec.UNSET if order.items is None else msgspec.Raw(order.items.encode()),
    )
