"""What is told of an order: its record for the topic `attributions` and its row for Redis (contract §6, §7)."""

from __future__ import annotations

from typing import Final

import msgspec

from connectors.redis_layout import OrderRow
from state.changes import Outcome
from state.money import format_amount
from state.times import format_time


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
        )
    )


def row(outcome: Outcome) -> bytes:
    """The JSON of an order's row."""
    order, credit = outcome.order, outcome.decision.credit
    return _ENCODE(
        OrderRow(
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
            email=order.email,
            phone=order.phone,
            external_customer_id=order.external_customer_id,
            first_name=order.first_name,
            last_name=order.last_name,
            items=msgspec.UNSET if order.items is None else msgspec.Raw(order.items.encode()),
        )
    )
