"""The reports of an account and a period, straight from the decisions (contract §4, §7, §8).

As JSON shows them, but for what depends on arrival and paging: `catching_up`, `rows_from`, `next` and the cut into
pages. Where the contract leaves the order of rows open, it is that of `campaigns`, and orders of one instant by id.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from tests.reference.account_settings import EVENTS
from tests.reference.attribution import ON_THEIR_WAY, Credit, Decision, Message
from tests.reference.events import Order
from tests.reference.reference import Facts, as_of, row_of
from tests.reference.values import DIGITS, amount_text, amount_value, day_text, rounded_half_up

Row = dict[str, Any]

_BUYER = ("order", "contact", "email", "phone", "first_name", "last_name")
_PURCHASE = (*_BUYER, "amount", "currency", "ordered_at", "channel", "event", "touched_at")
_ORDER = (
    *(*_BUYER, "status", "amount", "currency", "ordered_at", "campaign", "channel", "event", "touched_at"),
    *("reason", "expected"),
)


@dataclass(frozen=True)
class Report:
    """Of one account, the days `first` to `last` (`YYYY-MM-DD`, both included), in a currency (None: the account's).

    The facts are `reference.facts_of(reference.read_all(lines, now_ms), …)`; the account is one that has an event.
    """

    facts: Facts
    account: str
    first: str
    last: str
    asked_currency: str | None = None

    @property
    def currency(self) -> str:
        return self.asked_currency or self.facts.histories[self.account].for_everything().currency

    @property
    def time_zone(self) -> str:
        return self.facts.histories[self.account].for_everything().time_zone

    def campaigns(self, channel: str | None = None) -> Row:
        """All campaigns with anything but zeros, of one channel or of all."""
        keys = {(message.channel, message.campaign) for message in self._messages()}
        keys |= {
            (credit.channel, credit.campaign)
            for decision in self._decisions()
            for credit in (decision.credit, decision.expected)
            if credit is not None
        }
        rows = [self._campaign(*key) for key in keys if channel in (None, key[0])]
        rows = [row for row in rows if _is_something(row)]
        rows.sort(key=lambda row: (*_most_revenue_first(row), row["channel"], row["campaign"]))
        mine = [(key, figures) for key, figures in self._sales() if key and channel in (None, key.channel)]
        total = {"campaigns": len(rows), **self._earned(figures for _, figures in mine)}
        return self.head() | {"channel": channel, "total": total, "campaigns": rows}

    def channels(self) -> Row:
        """Channels, unattributed and total: what adds up to the DELIVERED and to what is on its way."""
        names = {key.channel for key, _ in self._sales() if key}
        rows = [
            {"channel": name, **self._earned(figures for key, figures in self._sales() if key and key.channel == name)}
            for name in names
        ]
        rows.sort(key=lambda row: (*_most_revenue_first(row), row["channel"]))
        unattributed = self._earned(figures for key, figures in self._sales() if key is None)
        total = self._earned(figures for _, figures in self._sales())
        for sums in (unattributed, total):
            del sums["average_check"]
        channels = [row for row in rows if _is_something(row)]
        return self.head() | {"channels": channels, "unattributed": unattributed, "total": total}

    def purchases(self, campaign: str, channel: str | None = None) -> Row:
        """The orders credited to a campaign, in any currency, newest first."""
        rows = [
            self._shown(decision, _PURCHASE)
            for decision in self._newest_first()
            if decision.credit is not None
            and decision.credit.campaign == campaign
            and channel in (None, decision.credit.channel)
        ]
        head = {name: value for name, value in self.head().items() if name != "time_zone"}
        return head | {"campaign": campaign, "purchases": rows}

    def orders(self, status: str | None = None) -> Row:
        """The orders in any currency, newest first, of one status or of all; the totals are of all in the currency."""

        def those(
            wanted: Callable[[Decision], bool], money: Callable[[Order], int] = lambda order: order.amount
        ) -> Row:
            found = [decision.order for decision in self._in_currency() if wanted(decision)]
            return {"orders": len(found), "amount": self._text(sum(money(order) for order in found))}

        totals = {
            "total": those(lambda decision: decision.order.status in (*ON_THEIR_WAY, "DELIVERED")),
            "initialized": those(lambda decision: decision.order.status == "INITIALIZED"),
            "in_progress": those(lambda decision: decision.order.status == "IN_PROGRESS"),
            "delivered": those(lambda decision: decision.order.status == "DELIVERED"),
            "cancelled": those(lambda decision: decision.order.status == "CANCELLED"),
            "refunded": those(lambda decision: bool(decision.order.refunded), lambda order: order.refunded or 0),
            "contact_unknown": those(lambda decision: decision.contact is None),
        }
        rows = [
            self._shown(decision, _ORDER)
            for decision in self._newest_first()
            if status in (None, decision.order.status)
        ]
        return self.head() | {"totals": totals, "orders": rows}

    def head(self) -> Row:
        """What every report begins with."""
        return {
            "account": self.account,
            "from": self.first,
            "to": self.last,
            "currency": self.currency,
            "time_zone": self.time_zone,
            "as_of": as_of(self.facts.events).get(self.account),
        }

    def _is_in_period(self, ms: int) -> bool:
        return self.first <= day_text(ms, self.time_zone) <= self.last

    def _messages(self) -> list[Message]:
        return [message for message in self.facts.messages if message.account == self.account]

    def _decisions(self) -> list[Decision]:
        """Those of the orders of the period."""
        return [
            decision
            for decision in self.facts.decisions
            if decision.order.account == self.account and self._is_in_period(decision.order.ordered_at)
        ]

    def _in_currency(self) -> list[Decision]:
        return [decision for decision in self._decisions() if decision.order.currency == self.currency]

    def _newest_first(self) -> list[Decision]:
        return sorted(self._decisions(), key=lambda decision: (-decision.order.ordered_at, decision.order.order))

    def _sales(self) -> list[tuple[Credit | None, tuple[str, int]]]:
        """(where, (`purchases` or `expected_purchases`, minor units)) of each order that is delivered or on its way."""
        return [(where, figures) for where, figures, _ in self.sales_made()]

    def sales_made(self) -> list[tuple[Credit | None, tuple[str, int], int]]:
        """The same, each with when it was ordered (ms)."""
        sales: list[tuple[Credit | None, tuple[str, int], int]] = []
        for decision in self._in_currency():
            order = decision.order
            if order.status == "DELIVERED":
                sales.append((decision.credit, ("purchases", order.amount), order.ordered_at))
            elif order.status in ON_THEIR_WAY:
                sales.append((decision.expected, ("expected_purchases", order.amount), order.ordered_at))
        return sales

    def _earned(self, sales: Iterable[tuple[str, int]]) -> Row:
        found = list(sales)
        credited = [amount for kind, amount in found if kind == "purchases"]
        expected = [amount for kind, amount in found if kind == "expected_purchases"]
        return {
            "purchases": len(credited),
            "average_check": self._average(credited),
            "revenue": self._text(sum(credited)),
            "expected_purchases": len(expected),
            "expected_revenue": self._text(sum(expected)),
        }

    def _average(self, amounts: list[int]) -> str | None:
        if not amounts:
            return None
        average = amount_value(sum(amounts), self.currency) / len(amounts)
        return rounded_half_up(average, DIGITS[self.currency])

    def _text(self, minor: int) -> str:
        return amount_text(minor, self.currency)

    def _campaign(self, channel: str, campaign: str) -> Row:
        earned = self._earned(
            figures for key, figures in self._sales() if key and (key.channel, key.campaign) == (channel, campaign)
        )
        counts = {event: self._count(channel, campaign, event) for event in EVENTS}
        return {
            "channel": channel,
            "campaign": campaign,
            "name": self.facts.names.get((self.account, channel, campaign)),
            **earned,
            **counts,
            "purchase_to_open_rate": _rate(earned["purchases"], counts["opened"]),
            "purchase_to_click_rate": _rate(earned["purchases"], counts["clicked"]),
        }

    def _count(self, channel: str, campaign: str, event: str) -> int:
        """Messages whose first such touch is of the period."""
        history = self.facts.histories[self.account]
        firsts = [
            message.first_counted(event, history)
            for message in self._messages()
            if (message.channel, message.campaign) == (channel, campaign)
        ]
        return sum(1 for first in firsts if first is not None and self._is_in_period(first))

    def _shown(self, decision: Decision, fields: tuple[str, ...]) -> Row:
        row = row_of(decision, self.facts, with_expected=True)
        return {name: row[name] for name in fields}


def _most_revenue_first(row: Row) -> tuple[Fraction, int]:
    return -Fraction(row["revenue"]), -row["purchases"]


def _is_something(row: Row) -> bool:
    figures = ("purchases", "revenue", "expected_purchases", "expected_revenue", *EVENTS)
    return any(Fraction(row.get(name, 0)) for name in figures)


def _rate(purchases: int, divisor: int) -> str | None:
    return rounded_half_up(Fraction(purchases, divisor), 4) if divisor else None
