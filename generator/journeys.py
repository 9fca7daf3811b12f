"""What follows from a message, a cart and an order: each is told once, with all its events, as it begins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Final

from generator import shop
from generator.lines import EventClock, Spending, TouchLines, character, order_lines, spending
from generator.quantiles import Table, drawn, table
from generator.shop import CHANNELS, Campaign

Tell = Callable[[int, str], None]
"""Takes an event: its time (ms since the epoch) and its line."""

_KEENNESS: Final = (0.15, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.0, 1.1, 1.2, 1.4, 1.6, 1.9, 2.45)
"""How readily a contact opens, clicks and buys; a sixteenth of the contacts each, 1 on average."""
_FIRST_ORDER: Final = 100_001


@dataclass(frozen=True, slots=True)
class _Funnel:
    """A campaign, with its channel's shares and delays made ready."""

    lines: TouchLines
    text: Callable[[int], str]
    """Writes the times of its touches."""
    delivered: float
    opened: float
    clicked: float
    bought_unclicked: float
    opened_by_machine: float
    clicked_by_machine: float
    delivery: Table
    reading: Table


class Journeys:
    """Tells the events of messages and orders.

    `time_scale` multiplies every delay. Draws come from `random`, whose state is all that a seed has to fix.
    `mail_in_seconds`: touches of mails have times in whole seconds, as mail services tell them.
    """

    def __init__(
        self,
        account: str,
        random: Random,
        tell: Tell,
        clock: EventClock,
        *,
        time_scale: float,
        mail_in_seconds: bool = False,
    ) -> None:
        self._account = account
        self._uniform = random.random
        self._tell = tell
        self._text = clock.text
        self._mail_text = clock.second_text if mail_in_seconds else clock.text
        self._scale = time_scale
        self._funnels: dict[Campaign, _Funnel] = {}
        self._messages = 0
        self._orders = _FIRST_ORDER
        self._clicking = table(shop.CLICKING_MS, time_scale)
        self._machine = table(shop.MACHINE_MS, time_scale)
        self._buying = table(shop.BUYING_MS, time_scale)
        self._reminding = table(shop.REMINDING_MS, time_scale)
        self._storing = table(shop.STORING_MS, time_scale)
        self._packing = table(shop.PACKING_MS, time_scale)
        self._collecting = table(shop.COLLECTING_MS, time_scale)
        self._shipping = table(shop.SHIPPING_MS, time_scale)
        self._cancelling = table(shop.CANCELLING_MS, time_scale)
        self._returning = table(shop.RETURNING_MS, time_scale)
        self._amount = table(shop.AMOUNT)

    def message(self, campaign: Campaign, contact: int, at: int) -> None:
        """A message goes out at `at` (ms); it may be delivered, opened, clicked, and bought from."""
        uniform, tell = self._uniform, self._tell
        funnel = self._funnels.get(campaign) or self._funnel(campaign)
        lines, text = funnel.lines, funnel.text
        number = self._messages = self._messages + 1
        start = f"{lines.start}{contact}"
        end = f"{number}{lines.by_person}"
        tell(at, f'{start}{lines.sent}{end}{text(at)}"}}')
        if uniform() >= funnel.delivered:
            return
        at += drawn(funnel.delivery, uniform())
        tell(at, f'{start}{lines.delivered}{end}{text(at)}"}}')
        if funnel.opened_by_machine:
            self._machines(funnel, start, number, at)
        keen = _KEENNESS[character(contact) >> 20 & 15]
        if funnel.opened:
            if uniform() >= funnel.opened * keen:
                return
            at += drawn(funnel.reading, uniform())
            tell(at, f'{start}{lines.opened}{end}{text(at)}"}}')
            if uniform() < 0.12:
                again = at + drawn(funnel.reading, uniform())
                tell(again, f'{start}{lines.opened}{end}{text(again)}"}}')
        if uniform() < funnel.clicked * keen:
            at += drawn(self._clicking if funnel.opened else funnel.reading, uniform())
            tell(at, f'{start}{lines.clicked}{end}{text(at)}"}}')
            if uniform() < shop.BOUGHT_AFTER_CLICK * keen:
                self.order(contact, at + drawn(self._buying, uniform()))
        elif funnel.bought_unclicked and uniform() < funnel.bought_unclicked * keen:
            self.order(contact, at + drawn(self._buying, uniform()))

    def cart(self, contact: int, at: int) -> None:
        """A full cart is left at `at` (ms); most are reminded of it, and some come back and buy."""
        uniform = self._uniform
        spent = spending(contact, drawn(self._amount, uniform()))
        head, tail = self._new_order(contact, spent, at)
        at += drawn(self._storing, uniform())
        self._tell(at, f'{head}ABANDONED_SHOPPING_CART{tail}{self._text(at)}"}}')
        if uniform() < 0.8:
            reminder = shop.CART_REMINDERS[int(uniform() * len(shop.CART_REMINDERS))]
            self.message(reminder, contact, at + drawn(self._reminding, uniform()))

    def order(self, contact: int, at: int) -> None:
        """Somebody buys at `at` (ms): it is stored, packed, delivered or cancelled, and may come back."""
        uniform = self._uniform
        spent = spending(contact, drawn(self._amount, uniform()))
        head, tail = self._new_order(contact, spent, at)
        at += drawn(self._storing, uniform())
        self._status(head, tail, "INITIALIZED", at)
        fate = uniform()
        if fate < 0.09:
            self._status(head, tail, "CANCELLED", at + drawn(self._cancelling, uniform()))
            return
        if fate < 0.11:  # never paid
            return
        at += drawn(self._packing, uniform())
        self._status(head, tail, "IN_PROGRESS", at)
        if uniform() < 0.3:
            notice = shop.ORDER_NOTICES[int(uniform() * len(shop.ORDER_NOTICES))]
            self.message(notice, contact, at + drawn(self._storing, uniform()))
        if fate < 0.16:
            self._status(head, tail, "CANCELLED", at + drawn(self._cancelling, uniform()))
            return
        at += drawn(self._collecting if fate < 0.5 else self._shipping, uniform())
        self._status(head, tail, "DELIVERED", at)
        if fate > 0.94:
            self._come_back(head, tail, spent, at + drawn(self._returning, uniform()))

    def _come_back(self, head: str, tail: str, spent: Spending, at: int) -> None:
        """Goods come back: all are refunded and the order cancelled, or a part is and it stays delivered."""
        if self._uniform() < 0.3:
            status, back = "CANCELLED", spent.minor
        else:
            status, back = "DELIVERED", spent.minor * (20 + int(self._uniform() * 81)) // 100
        self._status(head, f'","refunded":{spent.json(back)},{tail[2:]}', status, at)

    def _status(self, head: str, tail: str, status: str, at: int) -> None:
        self._tell(at, f'{head}{status}{tail}{self._text(at)}"}}')

    def _machines(self, funnel: _Funnel, start: str, number: int, at: int) -> None:
        """A proxy that opens for the person's privacy, a scanner that follows every link."""
        end = f"{number}{funnel.lines.by_machine}"
        if self._uniform() < funnel.opened_by_machine:
            opened = at + drawn(self._machine, self._uniform())
            self._tell(opened, f'{start}{funnel.lines.opened}{end}{funnel.text(opened)}"}}')
        if self._uniform() < funnel.clicked_by_machine:
            clicked = at + drawn(self._machine, self._uniform())
            self._tell(clicked, f'{start}{funnel.lines.clicked}{end}{funnel.text(clicked)}"}}')

    def _new_order(self, contact: int, spent: Spending, at: int) -> tuple[str, str]:
        number = self._orders
        self._orders += 1
        return order_lines(self._account, number, contact, spent, self._text(at))

    def _funnel(self, campaign: Campaign) -> _Funnel:
        channel = CHANNELS[campaign.channel]
        funnel = self._funnels[campaign] = _Funnel(
            lines=TouchLines.of(self._account, campaign),
            text=self._mail_text if campaign.channel == "email" else self._text,
            delivered=channel.delivered,
            opened=channel.opened * campaign.appeal,
            clicked=channel.clicked * campaign.appeal,
            bought_unclicked=0.0 if campaign.tag else channel.bought_unclicked,
            opened_by_machine=channel.opened_by_machine,
            clicked_by_machine=channel.clicked_by_machine,
            delivery=table(channel.delivery_ms, self._scale),
            reading=table(channel.reading_ms, self._scale),
        )
        return funnel
