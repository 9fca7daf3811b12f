"""One key group of orders: what the state of each order is, and whose order it is (contract §2, §5, §9).

This stage alone says that an order is forgotten: whatever keeps a part of it lets go at its word (contract §2).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec

from state.addresses import Answer, addresses, hashed_in_place
from state.changes import UNKNOWN, Forgotten, Heard, OrderMessage, TooLate, Withdrawn
from state.contact_messages import no_tables
from state.erasures import Erasures, is_pseudonym, without_person
from state.events import At, Order
from state.kept_orders import KeptOrderDict, KeptOrders, OrderTablesFor, TakenOrders, all_left
from state.key_groups import key_group
from state.order_batches import EVENT_BYTES_MOST
from state.order_events import NO_EVENTS, OrderEvent, OrderEvents, of_ascending
from state.order_state import OrderState, pack_order_state, unpack_order_state
from state.packed_values import COMING_COUNT
from state.retention import FORGET_AFTER_MS_DEFAULT, NEVER, Retention
from state.settings import ORDER_RETENTION_MS

TOO_LATE: Final = "made before orders that were let go of (they are kept 400 days)"


Assignments = list[OrderMessage]


@dataclass(slots=True)
class Answers:
    """Who owns the addresses of one order, as the stage by address says; an answer may come before its order."""

    owners: dict[str, tuple[str, int]] = field(default_factory=dict)
    """Address → (contact, contact_group)."""
    asked_at: int = 0
    """ms: of the latest event in which the order asked."""


@dataclass(slots=True)
class AccountOrders:
    """What a group knows of the orders of one account."""

    retention: Retention = field(default_factory=Retention)
    orders: KeptOrders = field(default_factory=KeptOrderDict)
    answers: dict[str, Answers] = field(default_factory=dict)


class _Owner(msgspec.Struct, frozen=True, gc=False):
    """Whose an order is: the name and the key group of a contact, or nobody's yet."""

    contact: str | None
    contact_group: int
    addresses: tuple[str, ...]


class OrderGroup:
    """The orders of one key group."""

    def __init__(
        self,
        erasures: Erasures,
        groups: int,
        forget_after_ms: int = FORGET_AFTER_MS_DEFAULT,
        tables: OrderTablesFor = no_tables,
    ) -> None:
        """`groups`: how many key groups there are. `forget_after_ms`: see `state.retention`.

        `tables`: where many orders are kept.
        """
        self.erasures = erasures
        self.accounts: dict[str, AccountOrders] = {}
        self.to_resend: set[tuple[str, str]] = set()
        """(account, order) of what a crash may have left published otherwise than it is decided."""
        self._groups = groups
        self._tables = tables
        self._forget_after_ms = forget_after_ms

    def take(self, name: str, batches: Sequence[bytes], now_ms: int) -> TakenOrders:
        """Take those of an account's events that are usual, as `add` would; the others are for it, one by one.

        `batches`: packed `state.order_batches.OrderBatch`. `now_ms`: the wall clock.
        """
        account = self._account(name)
        if isinstance(account.orders, KeptOrderDict):
            tables = self._tables(len(account.orders) + COMING_COUNT * (sum(map(len, batches)) // EVENT_BYTES_MOST))
            if tables is not None:
                account.orders = tables.orders(account.orders.packed(), name, self._groups)
        until = account.retention.lets_go_after(now_ms, self._forget_after_ms)
        if until == NEVER:
            return all_left(batches)
        taken = account.orders.take(batches, account.retention.floor, self.erasures.until(name), until)
        if taken.newest != NEVER:
            self._advance(name, account, taken.newest, now_ms)
        return taken

    def add(self, event: OrderEvent, raw: bytes, at: At, now_ms: int, read_ms: int = UNKNOWN) -> Assignments | TooLate:
        """An order's event: what it changes of the order and of others, which may have grown too old.

        `now_ms`: the wall clock; `read_ms`: as it stood when the event was read. Nothing comes of an event
        that changes nothing.
        """
        account = self._account(event.account)
        packed = account.orders.get(event.order, b"")
        before = unpack_order_state(packed) if packed else None
        is_known = before is not None and before.whole is not None
        if not is_known and event.ordered_at is not None and event.ordered_at < account.retention.floor:
            return TooLate(raw, at, TOO_LATE)
        event = self._renamed(event)
        known = NO_EVENTS if before is None else before.events
        events = known.with_event(event)
        messages = [] if events is known else self._hold(account, before, event, events, "order", read_ms)
        messages += self._advance(event.account, account, event.time, now_ms)
        return messages

    def _account(self, name: str) -> AccountOrders:
        known = self.accounts.get(name)
        if known is None:
            known = self.accounts[name] = AccountOrders()
        return known

    def _renamed(self, event: OrderEvent) -> OrderEvent:
        """The event as an erasure of its contact leaves it."""
        if event.contact is None:
            return event
        name = self.erasures.name(event.account, event.contact, event.time)
        return event if name == event.contact else without_person(event, name)

    def answer(self, answer: Answer) -> Assignments:
        """An address of an order has this owner now."""
        account = self._account(answer.account)
        answers = account.answers.setdefault(answer.order, Answers())
        answers.owners[answer.address] = answer.contact, answer.contact_group
        answers.asked_at = max(answers.asked_at, answer.asked_at)
        packed = account.orders.get(answer.order, b"")
        if not packed:
            return []
        held = unpack_order_state(packed)
        if held.whole is None or answer.address not in held.addresses:
            return []
        cause = "erasure" if is_pseudonym(answer.contact) else "identity"
        return self._hold(account, held, held.whole, held.events, cause)

    def _hold(
        self,
        account: AccountOrders,
        before: OrderState | None,
        event: OrderEvent,
        events: OrderEvents,
        cause: str,
        read_ms: int = UNKNOWN,
    ) -> Assignments:
        """Keep these events of an order; whom it belongs to by them, and whom it has left.

        `event`: the one that this comes of, or any of the order's. `read_ms`: see `add`.
        """
        events, owner = self._resolved(account, event.order, events)
        newest = events.newest()
        left = before is not None and (before.contact, before.contact_group) != (owner.contact, owner.contact_group)
        moved = before is not None and (
            before.moved or (left and before.contact is not None and cause != "erasure" and before.whole is not None)
        )
        held = OrderState(
            newest if before is None else max(before.sequence + 1, newest),
            moved,
            owner.contact,
            owner.contact_group,
            events.whole,
            events.partials,
            owner.addresses,
        )
        if events.whole is None:
            account.orders[event.order] = pack_order_state(held)
            return [Heard(event.account, held.contact_group, event.time)]
        order = held.order()
        if before is not None and before.whole is not None and not left and before.order() == order:
            # Kept all the same: its events may matter later.
            held = msgspec.structs.replace(held, sequence=before.sequence)
            account.orders[event.order] = pack_order_state(held)
            return []
        account.orders[event.order] = pack_order_state(held)
        messages: Assignments = []
        if left and before is not None and before.whole is not None:
            messages.append(Withdrawn(order.account, before.contact, before.contact_group, order.order))
        messages.append(held.assigned(order, cause, read_ms=read_ms))
        return messages

    def _resolved(self, account: AccountOrders, name: str, events: OrderEvents) -> tuple[OrderEvents, _Owner]:
        """Whose an order is by its events, and the events as erasures of that contact leave them (contract §1, §5)."""
        whole = events.whole
        if whole is None:
            last = events.partials[-1]
            return events, _Owner(None, key_group(last.account, last.order, self._groups), ())
        state, erasures = events.state(), self.erasures
        if state.contact is not None:
            owner = _Owner(state.contact, erasures.home_group(state.account, state.contact), ())
        else:
            owner = self._owner_by_address(account, state)
        if owner.contact is None or whole.time > erasures.until(state.account):
            return events, owner
        return self._erased(events, state, owner)

    def _owner_by_address(self, account: AccountOrders, state: Order) -> _Owner:
        """Whose an order is that names no contact."""
        tried = tuple(addresses(self.erasures.secret, state))
        owners = account.answers[state.order].owners if state.order in account.answers else {}
        found = next((owners[address] for address in tried if address in owners), None)
        if found is None:
            return _Owner(None, key_group(state.account, state.order, self._groups), tried)
        return _Owner(*found, tried)

    def _erased(self, events: OrderEvents, state: Order, owner: _Owner) -> tuple[OrderEvents, _Owner]:
        """The events that name nobody are of the contact that the order belongs to: as its erasures leave them."""
        erasures, belongs_to = self.erasures, owner.contact
        assert belongs_to is not None
        kept: list[OrderEvent] = []
        contact = None
        for event in events.ascending():
            name = None
            if event.contact is None:
                name = erasures.name_of_owner(event.account, belongs_to, event.time)
            kept.append(event if name is None else hashed_in_place(erasures.secret, event))
            contact = event.contact or name or contact
        events = of_ascending(kept)
        if contact is None:
            return events, owner
        group = owner.contact_group if state.contact is None else erasures.home_group(state.account, contact)
        return events, _Owner(contact, group, owner.addresses)

    def request_resend(self, account: str, order: str) -> None:
        """An order's record and row are to be published once more, when `take_resends` is called next."""
        self.to_resend.add((account, order))

    def take_resends(self) -> Assignments:
        """The orders to be resent as they are now, once; nothing comes of one that is not known."""
        messages: Assignments = []
        for account, order in sorted(self.to_resend):
            packed = self.accounts[account].orders.get(order, b"") if account in self.accounts else b""
            held = unpack_order_state(packed) if packed else None
            if held is not None and held.whole is not None:
                messages.append(held.assigned(held.order(), "order", resend=True))
        self.to_resend.clear()
        return messages

    def erase(self, account: str, contact: str, time: int) -> Assignments:
        """A contact is forgotten: its orders' events until then are its pseudonym's, without names and addresses."""
        if not self.erasures.add(account, contact, time) or account not in self.accounts:
            return []
        known = self.accounts[account]
        was = self.erasures.next_name(account, contact, time)
        name = self.erasures.nobody(account, contact, time)
        messages: Assignments = []
        for packed in list(known.orders.values()):
            held = unpack_order_state(packed)
            events = _renamed_in(held.events, was, name, time)
            if events != held.events or held.contact == was:
                event = events.whole or events.partials[-1]
                messages += self._hold(known, held, event, events, "erasure")
        return messages

    def _advance(self, name: str, account: AccountOrders, time: int, now_ms: int) -> Assignments:
        """The clock of an account may have come on: say which orders have grown too old, now and then."""
        account.retention.advance(time, now_ms, self._forget_after_ms)
        reached = account.retention.due(now_ms, self._forget_after_ms)
        if reached is None:
            return []
        messages: Assignments = []
        kept_from = reached - ORDER_RETENTION_MS
        for order, packed in list(account.orders.items()):
            held = unpack_order_state(packed)
            newest = _newest(held.events)
            if newest < kept_from:
                account.retention.let_go(newest)
                del account.orders[order]
                account.answers.pop(order, None)
                if held.whole is not None:
                    messages.append(Forgotten(name, held.contact, held.contact_group, order))
        # Of orders that never came, for they were too late.
        for order, answers in list(account.answers.items()):
            if order not in account.orders and answers.asked_at < kept_from:
                del account.answers[order]
        return messages


def _newest(events: OrderEvents) -> int:
    """ms: an order is kept while its `ordered_at` or its newest `time` is within the retention (contract §2)."""
    return events.newest() if events.whole is None else max(events.newest(), events.state().ordered_at)


def _renamed_in(events: OrderEvents, was: str, name: str, time: int) -> OrderEvents:
    """With the events of `was` up to `time` as those of `name`, without names and addresses."""

    def renamed(event: OrderEvent) -> OrderEvent:
        return without_person(event, name) if event.contact == was and event.time <= time else event

    return of_ascending(map(renamed, events.ascending()))
