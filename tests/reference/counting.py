"""The counters as they lie in Redis: key → field → decimal integer as text, nothing that is 0 (README)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from tests.reference.account_settings import EVENTS, History
from tests.reference.attribution import ON_THEIR_WAY, Credit, Decision, Message
from tests.reference.events import Order
from tests.reference.values import day_text, hour_text

Hashes = dict[str, dict[str, int]]


@dataclass
class Counting:
    """The hashes so far. with_expected, with_hours, with_contact_unknown: see `reference.expected`."""

    histories: Mapping[str, History]
    with_expected: bool
    with_hours: bool
    with_contact_unknown: bool
    hashes: Hashes = field(default_factory=dict)

    def message(self, message: Message) -> None:
        history = self.histories[message.account]
        zone = history.for_everything().time_zone
        for event in EVENTS:
            first = message.first_counted(event, history)
            if first is None:
                continue
            account, day = message.account, day_text(first, zone)
            self._to_account(account, day, event, 1)
            self._to_account(account, day, f"channel:{message.channel}:{event}", 1)
            self._to_campaign(account, day, message.channel, message.campaign, event, 1)

    def order(self, decision: Decision) -> None:
        order = decision.order
        day = day_text(order.ordered_at, self.histories[order.account].for_everything().time_zone)
        kinds = {order.status: order.amount}
        if order.refunded:
            kinds["refunded"] = order.refunded
        if self.with_contact_unknown and decision.contact is None:
            kinds["contact_unknown"] = order.amount
        for kind, amount in kinds.items():
            self._to_account(order.account, day, f"orders:{kind}:{order.currency}", 1)
            self._to_account(order.account, day, f"amount:{kind}:{order.currency}", amount)
        if order.status == "DELIVERED":
            self._sale(order, day, decision.credit, "")
        elif order.status in ON_THEIR_WAY and self.with_expected:
            self._sale(order, day, decision.expected, "expected_")

    def _sale(self, order: Order, day: str, credit: Credit | None, prefix: str) -> None:
        """A purchase where it is credited, or (prefix `expected_`) expected, or among the unattributed."""
        account = order.account
        hour = hour_text(order.ordered_at, self.histories[account].for_everything().time_zone)
        for name, number in (("purchases", 1), ("revenue", order.amount)):
            figure = f"{prefix}{name}:{order.currency}"
            of_account = figure if credit is not None else f"unattributed:{figure}"
            self._to_account(account, day, of_account, number)
            if self.with_hours:
                self._add(f"{key_prefix(account)}day:{day}", f"hour:{hour}:{of_account}", number)
            if credit is not None:
                self._to_account(account, day, f"channel:{credit.channel}:{figure}", number)
                self._to_campaign(account, day, credit.channel, credit.campaign, figure, number)

    def _to_account(self, account: str, day: str, name: str, number: int) -> None:
        self._add(f"{key_prefix(account)}day:{day}", name, number)
        self._add(f"{key_prefix(account)}total", name, number)

    def _to_campaign(self, account: str, day: str, channel: str, campaign: str, name: str, number: int) -> None:
        which = f"{channel}:{quote(campaign, safe='')}"
        self._add(f"{key_prefix(account)}campaigns:{day}", f"{which}:{name}", number)
        self._add(f"{key_prefix(account)}campaign:{which}", name, number)

    def _add(self, key: str, name: str, number: int) -> None:
        fields = self.hashes.setdefault(key, {})
        fields[name] = fields.get(name, 0) + number

    def as_text(self) -> dict[str, dict[str, str]]:
        texts = {}
        for key, fields in self.hashes.items():
            kept = {name: str(number) for name, number in fields.items() if number != 0}
            if kept:
                texts[key] = kept
        return texts


def counters(
    messages: Iterable[Message],
    decisions: Iterable[Decision],
    histories: Mapping[str, History],
    *,
    with_expected: bool = False,
    with_hours: bool = False,
    with_contact_unknown: bool = False,
) -> dict[str, dict[str, str]]:
    """The hashes `day:D`, `total`, `campaigns:D` and `campaign:…` of all accounts."""
    counting = Counting(histories, with_expected, with_hours, with_contact_unknown)
    for message in messages:
        counting.message(message)
    for decision in decisions:
        counting.order(decision)
    return counting.as_text()


def key_prefix(account: str) -> str:
    return "lasttouch:{" + quote(account, safe="") + "}:"
