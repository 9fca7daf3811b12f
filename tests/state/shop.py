"""Facts of a shop called acme in 2026, in the core's own types, and a shop that takes them and keeps what it is told.

Times are `"03-01 10:00"` (UTC, of 2026), RFC 3339 in full, or ms.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from itertools import groupby
from typing import Any, Final

from state import placing
from state.changes import UNKNOWN, Changes, Forgotten, OrderMessage, Outcome, Seen, TooLate, whole_outcome
from state.contacts import ContactGroup
from state.counted_touches import count_by_kind
from state.erasures import Erasures, Secret
from state.events import Order, PartialOrder, Touch, TouchReceived
from state.ledger import EntryKey, name_of
from state.order_batches import OrderBatch, OrderReceived, pack_order_batch
from state.orders import OrderGroup
from state.packed_words import Packed, PackedWords
from state.publication import Publication
from state.published import PublishedOrders
from state.retention import FORGET_AFTER_MS_DEFAULT
from state.settings import DEFAULT, ChannelRule, Settings
from state.timeline import Timeline, of_file
from state.touches import PackedTouches, in_columns, pack_touches, row
from tests.message_tables import message_tables
from tests.state.ledger_entries import of_publication

MINUTE: Final = 60_000
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR

GROUPS: Final = 64
SECRET: Final = Secret(b"the shop's own")

Fact = TouchReceived | Order | PartialOrder


def at(when: str | int) -> int:
    """The ms of a time."""
    if isinstance(when, int):
        return when
    text = when if "T" in when else f"2026-{when.replace(' ', 'T')}:00Z"
    moment = datetime.fromisoformat(text) - datetime.fromisoformat("1970-01-01T00:00:00Z")
    return moment.days * DAY + moment.seconds * 1000 + moment.microseconds // 1000


def day(date: str) -> int:
    """The ordinal of a day of 2026: `"03-01"`."""
    return datetime.fromisoformat(f"2026-{date}").toordinal()


def channel(event: str, window: str) -> ChannelRule:
    return ChannelRule(event, window)


def touch(
    event: str,
    when: str | int,
    *,
    account: str = "acme",
    contact: str = "ann",
    channel: str = "email",
    campaign: str = "spring",
    message: str = "m1",
    tags: Iterable[str] | None = None,
    automated: bool | None = None,
) -> TouchReceived:
    """Something happened between Ann and message m1 of the email campaign `spring`."""
    given = None if tags is None else list(tags)
    made = Touch(account, contact, channel, event, campaign, message, str(when), given, automated)  # type: ignore[arg-type]  # any event
    return at(when), made, f"{channel} {event} {campaign} {message} at {when}".encode(), 1


def order(ordered_at: str | int = "03-01 12:00", time: str | int | None = None, **more: Any) -> Order:
    """Ann's order o1 over 10 EUR, delivered an hour after she made it."""
    fields: dict[str, Any] = {
        "account": "acme",
        "order": "o1",
        "contact": "ann",
        "status": "DELIVERED",
        "amount": 1000,
        "currency": "EUR",
        "ordered_at": at(ordered_at),
        "time": at(ordered_at) + HOUR if time is None else at(time),
    }
    return Order(**fields | more)


class Shop:
    """One key group of orders, one of contacts, and what was published, all that they have told added up."""

    def __init__(self, settings: Settings = DEFAULT, *, forget_after_ms: int = FORGET_AFTER_MS_DEFAULT) -> None:
        self.timeline = of_file(settings)
        self.contacts = ContactGroup(lambda _account: self.timeline, Erasures(SECRET), forget_after_ms, message_tables)
        self.orders = OrderGroup(Erasures(SECRET), GROUPS, forget_after_ms, message_tables)
        self.published = PublishedOrders(message_tables)
        self.now_ms = at("2030-01-01T00:00:00Z")
        self.sums: Counter[EntryKey] = Counter()
        self.outcomes: dict[tuple[str, str], Outcome] = {}
        self.seen: dict[str, Seen] = {}
        self.too_late: list[TooLate] = []
        self.pushed_out: Counter[str] = Counter()

    def receive(self, *facts: Fact) -> Changes:
        """Take a batch; what it changed."""
        changes = Changes(now_ms=self.now_ms)
        for account, batch in groupby(facts, _account_of_touch):
            if account is None:
                for fact in batch:
                    self._order(fact, changes)
            else:
                touches = [fact for fact in batch if isinstance(fact, tuple)]
                packed = pack_touches(in_columns(account, map(row, touches)))
                self.contacts.add_touches(PackedTouches(packed), changes)
        return self._note(changes)

    def resend(self, *orders: str, account: str = "acme") -> Changes:
        """As a resumed run does with the orders that a crash may have left published otherwise."""
        changes = Changes(now_ms=self.now_ms)
        for name in orders:
            self.orders.request_resend(account, name)
        self.tell_contacts(self.orders.take_resends(), changes)
        return self._note(changes)

    def change_settings(self, timeline: Timeline, account: str = "acme") -> Changes:
        changes = Changes(now_ms=self.now_ms)
        self.timeline = timeline
        self.contacts.change_settings(account, timeline, changes)
        return self._note(changes)

    def _order(self, fact: Fact, changes: Changes) -> None:
        assert not isinstance(fact, tuple)
        received = [OrderReceived(fact, b"an order's line", 1)]
        batch = pack_order_batch(OrderBatch(fact.account, "orders", None, UNKNOWN, received))
        taken = self.orders.take(fact.account, [batch], self.now_ms)
        self.tell_contacts([word.packed for word in taken.words.each()], changes)
        for _, left in taken.left:
            told = self.orders.add(left.order, left.raw, left.at, self.now_ms)
            if isinstance(told, TooLate):
                self.too_late.append(told)
            else:
                self.tell_contacts(told, changes)

    def tell_contacts(self, told: Iterable[OrderMessage | bytes], changes: Changes) -> None:
        placing.take(self.contacts, [*told], changes)

    def _note(self, changes: Changes) -> Changes:
        for (account, day), counted in changes.counted.items():
            for kind, touches in count_by_kind(counted).items():
                self.sums[account, day, *name_of(kind)] += touches
        for key, amount in changes.entries.items():
            self.sums[key] += amount
        for outcome in outcomes(changes):
            self._publish(outcome)
        self.seen.update(changes.seen)
        self.too_late += changes.too_late
        self.pushed_out += changes.pushed_out
        return changes

    def _publish(self, told: Outcome | Forgotten | Packed) -> None:
        """Every difference leaves what must add up adding up: readers may look between any two."""
        outcome = whole_outcome(told.packed if isinstance(told, Packed) else told)
        publication = Publication()
        self.published.publish([outcome], self.now_ms, publication)
        for key, amount in of_publication(publication).items():
            self.sums[key] += amount
        if publication.rows and isinstance(outcome, Outcome):
            self.outcomes[outcome.order.account, outcome.order.order] = outcome

    def credited(self, order: str = "o1", account: str = "acme") -> str:
        """`email/spring/m1` where an order is credited, else the reason why it is not."""
        return shown(self.outcomes[account, order])

    def total(self, field: str, **where: Any) -> int:
        """A counter over all days; `channel`, `campaign` or `day` narrow it down."""
        return sum(amount for key, amount in self.sums.items() if key[4] == field and _is_there(key, where))

    def figures(self) -> dict[EntryKey, int]:
        """All counters that are not 0."""
        return {key: amount for key, amount in self.sums.items() if amount}


def _is_there(key: EntryKey, where: dict[str, Any]) -> bool:
    place = dict(zip(("account", "day", "channel", "campaign"), key[:4], strict=True))
    return all(place[name] == value for name, value in where.items())


def _account_of_touch(fact: Fact) -> str | None:
    """None: it is an order's event."""
    return fact[1].account if isinstance(fact, tuple) else None


def outcomes(changes: Changes) -> list[Outcome | Forgotten | Packed]:
    """What was told, one by one."""
    told: list[Outcome | Forgotten | Packed] = []
    for one in changes.outcomes:
        told += one.each() if isinstance(one, PackedWords) else [one]
    return told


def decisions(changes: Changes) -> list[Outcome]:
    """What was decided, without what was forgotten."""
    told = (whole_outcome(one.packed if isinstance(one, Packed) else one) for one in outcomes(changes))
    return [outcome for outcome in told if isinstance(outcome, Outcome)]


def shown(outcome: Outcome) -> str:
    """`email/spring/m1`, or why an order is credited to nobody."""
    credit = outcome.decision.credit
    if credit is None:
        return str(outcome.decision.reason)
    assert outcome.decision.reason == "last_touch"
    return f"{credit.channel}/{credit.campaign}/{credit.message}"
