"""Events as lines of JSON, put together from parts that are the same for thousands of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from generator.shop import FIRST_NAMES, JPY_PER_EUR, LAST_NAMES, SKUS, UAH_PER_EUR, Campaign

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MINUTES_MOST: Final = 50_000
_MULTIPLIER: Final = 2_654_435_761
_BITS_32: Final = 0xFFFF_FFFF


class EventClock:
    """Times as RFC 3339 text with milliseconds and Z, at the cost of two look-ups."""

    def __init__(self) -> None:
        self._minutes: dict[int, str] = {}
        self._rests = [f":{rest // 1000:02d}.{rest % 1000:03d}Z" for rest in range(60_000)]

    def text(self, ms: int) -> str:
        """`ms` since 1970-01-01T00:00Z → "2026-01-05T08:15:00.250Z"."""
        minute, rest = divmod(ms, 60_000)
        head = self._minutes.get(minute)
        if head is None:
            if len(self._minutes) >= _MINUTES_MOST:
                self._minutes.clear()
            head = (_EPOCH + timedelta(minutes=minute)).strftime("%Y-%m-%dT%H:%M")
            self._minutes[minute] = head
        return head + self._rests[rest]

    def second_text(self, ms: int) -> str:
        """The second that `ms` lies in, in the same form."""
        return self.text(ms - ms % 1_000)


@dataclass(frozen=True, slots=True)
class TouchLines:
    """What stands in a campaign's touches before the contact's number, the message's number, and the time."""

    start: str
    sent: str
    delivered: str
    opened: str
    clicked: str
    by_person: str
    by_machine: str

    @classmethod
    def of(cls, account: str, campaign: Campaign) -> TouchLines:
        """The parts for a campaign on its channel."""

        def middle(event: str) -> str:
            channel, name = campaign.channel, campaign.name
            return f'","channel":"{channel}","event":"{event}","campaign":"{name}","message":"m'

        tags = f'"tags":["{campaign.tag}"],' if campaign.tag else ""
        return cls(
            start=f'{{"type":"touch","account":"{account}","contact":"c',
            sent=middle("sent"),
            delivered=middle("delivered"),
            opened=middle("opened"),
            clicked=middle("clicked"),
            by_person=f'",{tags}"time":"',
            by_machine=f'",{tags}"automated":true,"time":"',
        )


@dataclass(frozen=True, slots=True)
class Spending:
    """An amount in minor units of its currency."""

    minor: int
    currency: str

    def json(self, minor: int) -> str:
        """`minor` of this currency as it stands in an event: a decimal string, for JPY a number."""
        if self.currency == "JPY":
            return str(minor)
        return f'"{minor // 100}.{minor % 100:02d}"'


def character(contact: int) -> int:
    """32 bits that are a contact's own and always the same: its name, its currency, how keen it is."""
    mixed = (contact * _MULTIPLIER + 12_345) & _BITS_32
    mixed = ((mixed ^ mixed >> 15) * _MULTIPLIER) & _BITS_32
    return mixed ^ mixed >> 13


def spending(contact: int, cents: int) -> Spending:
    """What a contact pays for goods of so many EUR cents: mostly EUR, few UAH or JPY, ending as prices do."""
    kind = (character(contact) >> 4) % 100
    if kind < 2:
        return Spending(cents * JPY_PER_EUR // 1000 * 10, "JPY")
    if kind < 6:
        return Spending(cents * UAH_PER_EUR // 100 * 100, "UAH")
    ending = (99, 90, 50, cents % 100)[cents // 100 % 4]
    return Spending(cents // 100 * 100 + ending, "EUR")


def email_of(contact: int) -> str:
    """A contact's address, whether its orders name it or not."""
    own = character(contact)
    return f"{FIRST_NAMES[own & 31].lower()}.{LAST_NAMES[own >> 5 & 15].lower()}.{contact}@example.com"


def customer(contact: int) -> str:
    """The optional fields of a contact's orders: nothing for some, name and addresses for most."""
    own = character(contact)
    kind = own >> 10 & 15
    if kind < 5:
        return ""
    first, last = FIRST_NAMES[own & 31], LAST_NAMES[own >> 5 & 15]
    fields = f'"email":"{email_of(contact)}",'
    if kind >= 9:
        line = contact % 10_000_000
        number = f"+1555{line:07d}" if own & 64 else f"+38000{line:07d}"
        fields += f'"phone":"{number}","first_name":"{first}","last_name":"{last}",'
    if kind >= 14:
        fields += f'"external_customer_id":"crm-{contact}",'
    return fields


def order_lines(account: str, number: int, contact: int, spent: Spending, ordered_at: str) -> tuple[str, str]:
    """An order's line in front of its status, and between the status and the time."""
    items = f'"items":[{{"sku":"{SKUS[number % 8]}","quantity":{1 + number % 3}}}],' if number % 5 == 0 else ""
    amount = spent.json(spent.minor)
    return (
        f'{{"type":"order","account":"{account}","order":"A{number}","contact":"c{contact}","status":"',
        f'","amount":{amount},"currency":"{spent.currency}",{customer(contact)}{items}"ordered_at":"{ordered_at}","time":"',
    )
