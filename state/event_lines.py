"""The events as they stand in JSON: which fields each type has (contract §1, §3, §9).

What the types say is checked while a line is parsed; the rest is `state.event_json`'s.
"""

from __future__ import annotations

import msgspec

from state.events import Touch

NOT_GIVEN = msgspec.Raw()


class OrderLine(msgspec.Struct, tag_field="type", tag="order", gc=False):
    """An `order` as it stands in JSON, whole or partial."""

    account: str
    order: str
    time: str
    contact: str | None = None
    partial: bool | None = None
    status: str | None = None
    amount: msgspec.Raw = NOT_GIVEN
    currency: str | None = None
    ordered_at: str | None = None
    refunded: msgspec.Raw = NOT_GIVEN
    email: str | None = None
    phone: str | None = None
    external_customer_id: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    items: msgspec.Raw = NOT_GIVEN


class ContactLine(msgspec.Struct, tag_field="type", tag="contact", gc=False):
    """A `contact` as it stands in JSON."""

    account: str
    contact: str
    time: str
    email: str | None = None
    phone: str | None = None
    external_customer_id: str | None = None
    first_name: str | None = None
    last_name: str | None = None


class CampaignLine(msgspec.Struct, tag_field="type", tag="campaign", gc=False):
    """A `campaign` as it stands in JSON."""

    account: str
    channel: str
    campaign: str
    name: str
    time: str


class SettingsLine(msgspec.Struct, tag_field="type", tag="settings", gc=False):
    """A `settings` event; what the settings hold is for `state.settings` to say."""

    account: str
    effective_from: str
    time: str
    by: str | None = None
    show_sales: msgspec.Raw = NOT_GIVEN
    associate_with_last_message: msgspec.Raw = NOT_GIVEN
    channels: msgspec.Raw = NOT_GIVEN
    currency: msgspec.Raw = NOT_GIVEN
    ignore_automated: msgspec.Raw = NOT_GIVEN
    excluded_tags: msgspec.Raw = NOT_GIVEN
    time_zone: msgspec.Raw = NOT_GIVEN


class EraseLine(msgspec.Struct, tag_field="type", tag="erase", gc=False):
    """An `erase` as it stands in JSON."""

    account: str
    contact: str
    time: str


EventLine = Touch | OrderLine | ContactLine | CampaignLine | SettingsLine | EraseLine


def type_of(line: EventLine) -> str:
    """The `type` of an event, as it stands in JSON."""
    return str(line.__struct_config__.tag)
