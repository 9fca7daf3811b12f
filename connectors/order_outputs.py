"""What is told of an order: its record for the topic `attributions` and its row for Redis (contract §6, §7)."""

from __future__ import annotations

from typing import Final

import msgspec

from connectors.redis_layout import OrderRow
from state.attribution import Credit
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
    currency = order.currency
    return _ENCODE(
        OrderRow(
            order.order,
            order.contact,
            order.status,
            format_amount(order.amount, currency),
            currency,
            format_time(order.ordered_at),
            None if order.refunded is None else format_amount(order.refunded, currency),
            *(_touch(credit) if credit else _NO_TOUCH),
            outcome.decision.reason,
            order.email,
            order.phone,
            order.external_customer_id,
            order.first_name,
            order.last_name,
            msgspec.UNSET if order.items is None else msgspec.Raw(order.items.encode()),
        )
    )


_Touch = tuple[str | None, str | None, str | None, str | None, str | None]
_NO_TOUCH: Final[_Touch] = (None,) * 5


def _touch(credit: Credit) -> _Touch:
    """What a row says of the touch: `campaign`, `channel`, `message`, `event`, `touched_at`."""
    return credit.campaign, credit.channel, credit.message, credit.event, format_time(credit.touched_at)
