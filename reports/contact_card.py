"""The card of a contact: who it is, when it was reached and answered last, and its orders."""

from __future__ import annotations

import msgspec

from connectors.view.order_rows import order_row
from reports.orders import OrderEntry, order_entry
from state.contact_card import Card, Channel
from state.money import format_amount
from state.people import FIELDS
from state.questions import Asks, ShowContact
from state.times import format_time


class CardChannel(msgspec.Struct, frozen=True):
    """The latest of each event between a channel's messages and the contact, RFC 3339; null: there was none."""

    channel: str
    sent_at: str | None
    delivered_at: str | None
    opened_at: str | None
    clicked_at: str | None
    opened_by_machine_at: str | None
    clicked_by_machine_at: str | None


class CurrencyRevenue(msgspec.Struct, frozen=True):
    """The DELIVERED orders of a currency, and their amounts together."""

    currency: str
    orders: int
    amount: str


class ContactCard(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a contact."""

    account: str
    contact: str
    email: str | None
    """As the contact declared it last; so the four below."""
    phone: str | None
    first_name: str | None
    last_name: str | None
    external_customer_id: str | None
    channels: list[CardChannel]
    """By name."""
    orders: list[OrderEntry]
    """Newest first, 100 at most; orders of one instant by id."""
    revenue: list[CurrencyRevenue]
    """By currency, of all its orders."""
    as_of: str | None
    """Event time of the account's newest event that was counted."""
    catching_up: bool
    """True while a restart or an import is under way."""


def read_contact_card(asks: Asks, account: str, contact: str) -> ContactCard | None:
    """The card of a contact; None: nobody has heard of it."""
    as_of, card = asks.ask(ShowContact(account, contact))
    if not isinstance(card, Card):
        return None
    return ContactCard(
        account=account,
        contact=contact,
        **{field: card.person.value(field) for field in FIELDS},
        channels=[_channel(channel) for channel in card.channels],
        orders=[order_entry(order_row(outcome)) for outcome in card.orders],
        revenue=[
            CurrencyRevenue(one.currency, one.orders, format_amount(int(one.amount), one.currency))
            for one in card.revenue
        ],
        as_of=_time(as_of),
        catching_up=asks.catching_up(),
    )


def _channel(channel: Channel) -> CardChannel:
    times = {name: _time(getattr(channel, name)) for name in Channel.__struct_fields__ if name != "channel"}
    return CardChannel(channel.channel, **times)


def _time(ms: int | None) -> str | None:
    return None if ms is None else format_time(ms)
