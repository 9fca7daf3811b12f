"""Events as the core knows them: parsed, checked, in milliseconds and minor units (contract §1)."""

from __future__ import annotations

from typing import Annotated, Final, Literal

import msgspec

from state import money

STATUSES: Final = ("INITIALIZED", "IN_PROGRESS", "DELIVERED", "CANCELLED", "ABANDONED_SHOPPING_CART")
"""The statuses of an order, in the order of their rank (contract §2)."""

DELIVERED: Final = "DELIVERED"
ON_THE_WAY: Final = ("INITIALIZED", "IN_PROGRESS")
"""The statuses of an order that may still be delivered: it is expected where it would be credited (contract §4)."""
_RANKS: Final = {status: rank for rank, status in enumerate(STATUSES)}

Id = Annotated[str, msgspec.Meta(min_length=1, max_length=256)]
"""An id: 1–256 characters (contract §1)."""


class Touch(msgspec.Struct, tag_field="type", tag="touch", gc=False):
    """Something happened between a message and a contact; as it is read, so that nine of ten events cost one object.

    `time` is the text of the event; what it means in ms is carried beside it in `TouchReceived`.
    """

    account: Id
    contact: Id
    channel: str
    event: Literal["sent", "delivered", "opened", "clicked"]
    campaign: Id
    message: Id
    time: str
    tags: list[str] | None = None
    automated: bool | None = None


At = int | tuple[int, int]
"""Where an event stood in its source: a line, an offset, or (offset, line)."""

TouchReceived = tuple[int, Touch, bytes, At]
"""A touch as it was read: its time in ms, itself, the raw line and where that stood (for dead letters)."""


class Order(msgspec.Struct, frozen=True, array_like=True, gc=False, tag="order"):
    """The state of an order at a moment, as one event told it."""

    account: str
    order: str
    contact: str | None
    status: str
    amount: int
    """Minor units of `currency`."""
    currency: str
    ordered_at: int
    """ms: when the purchase was made."""
    time: int
    """ms: when this status was reached."""
    refunded: int | None = None
    """Minor units given back so far."""
    email: str | None = None
    phone: str | None = None
    external_customer_id: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    items: str | None = None
    """The event's `items`, as canonical JSON text."""

    @property
    def delivered(self) -> bool:
        """Whether the order's state is DELIVERED."""
        return self.status == DELIVERED

    @property
    def on_the_way(self) -> bool:
        """Whether the order's state is one of `ON_THE_WAY`."""
        return self.status in ON_THE_WAY

    def rank(self) -> tuple[int, int, int, str]:
        """What makes one event of an order outrank another: time, status, amount by decimal value, contact (§2, §8)."""
        amount = money.comparable(self.amount, self.currency)
        return self.time, _RANKS[self.status], amount, self.contact or ""

    def canonical(self) -> bytes:
        """The known fields as JSON, keys sorted: what decides between events that tie in everything else (§8)."""
        named: dict[str, object] = {field: getattr(self, field) for field in self.__struct_fields__}
        if self.items is not None:
            named["items"] = msgspec.Raw(self.items.encode())
        return msgspec.json.encode(
            {field: value for field, value in named.items() if value is not None}, order="sorted"
        )

    def outranks(self, other: Order) -> bool:
        """Whether this event, not `other`, tells the state of the order."""
        mine, theirs = self.rank(), other.rank()
        if mine != theirs:
            return mine > theirs
        return self.canonical() > other.canonical()


class PartialOrder(msgspec.Struct, frozen=True, array_like=True, gc=False, tag="partial"):
    """What one partial event tells of an order: a field that is None it leaves as it is (contract §9)."""

    account: str
    order: str
    time: int
    """ms: when this was so."""
    status: str | None = None
    amount: int | None = None
    """Minor units of `currency`."""
    currency: str | None = None
    """There with `amount` or `refunded`, which it is the currency of; else None."""
    ordered_at: int | None = None
    """ms"""
    refunded: int | None = None
    """Minor units of `currency`."""
    contact: str | None = None
    email: str | None = None
    phone: str | None = None
    external_customer_id: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    items: str | None = None
    """The event's `items`, as canonical JSON text."""


class Contact(msgspec.Struct, frozen=True, array_like=True, gc=False, tag="contact"):
    """What a contact declared of itself at a moment; a field not given declares nothing."""

    account: str
    contact: str
    time: int
    email: str | None = None
    phone: str | None = None
    external_customer_id: str | None = None
    first_name: str | None = None
    last_name: str | None = None


class SettingsChange(msgspec.Struct, frozen=True, array_like=True, gc=False, tag="settings"):
    """A version of an account's settings, whole."""

    account: str
    effective_from: int
    time: int
    text: bytes
    """Canonical JSON of the settings (`state.settings.canonical`)."""
    by: str | None = None
    """Who changed them, where the event says so."""


class CampaignName(msgspec.Struct, frozen=True, array_like=True, gc=False, tag="campaign"):
    """What a campaign is called; the latest `time` holds, of two at the same the greater name."""

    account: str
    channel: str
    campaign: str
    name: str
    time: int


class Erase(msgspec.Struct, frozen=True, array_like=True, gc=False, tag="erase"):
    """A contact asked to be forgotten."""

    account: str
    contact: str
    time: int
