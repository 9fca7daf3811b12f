"""One key group of orders: which event tells the state of each order, and whose order it is (contract §2, §5)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import msgspec

from state.addresses import Answer, addresses
from state.changes import Assigned, TooLate, Withdrawn
from state.erasures import Erasures, is_pseudonym, without_person
from state.events import At, Order
from state.facts import NEVER, SWEEP_EVERY_MS
from state.key_groups import key_group
from state.settings import ORDER_RETENTION_MS
from state.times import DAY_MS


class OrderState(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An order's winning event and its contact."""

    sequence: int
    """Grows with every change of the winning event or the contact; begins at the event's time, so that an order that
    comes back after it was let go does not begin below what was told of it."""
    moved: bool
    """Whether it has ever belonged to another contact."""
    contact: str | None
    """Its event's contact, or who owns the first of its addresses that anybody owns; None: known to nobody yet."""
    contact_group: int
    """The key group of the contact."""
    order: Order
    addresses: tuple[str, ...] = ()
    """What the event without a contact is resolved by, in this order."""

    def assigned(self, event_at: int, *, resend: bool) -> Assigned:
        """What its contact's stage is told; `event_at`: `ordered_at` of the event that this comes of."""
        order = self.order
        if order.contact != self.contact:
            order = msgspec.structs.replace(order, contact=self.contact)
        return Assigned(self.contact, self.contact_group, self.sequence, self.moved, order, resend, event_at)

    def withdrawn(self) -> Withdrawn:
        """What the stage of a contact that it has left is told."""
        return Withdrawn(self.order.account, self.contact, self.contact_group, self.order.order)


PUBLISHED_RETENTION_DAYS: Final = 2 * ORDER_RETENTION_MS // DAY_MS
"""Longer than an order stays with its contact, whenever it was made."""
_SWEEP_EVERY_DAYS: Final = SWEEP_EVERY_MS // DAY_MS

_ENCODER: Final = msgspec.msgpack.Encoder()
unpack_order_state: Final[Callable[[bytes], OrderState]] = msgspec.msgpack.Decoder(OrderState).decode

Assignments = list[Assigned | Withdrawn]
Owned = tuple[str, int]
"""(contact, contact_group) of an address's owner."""


@dataclass(slots=True)
class AccountOrders:
    """What a group knows of the orders of one account."""

    clock: int = NEVER
    """ms: the newest order event of the account that this group has seen."""
    swept: int = NEVER
    orders: dict[str, bytes] = field(default_factory=dict)
    """Order → packed `OrderState`."""
    answers: dict[str, dict[str, Owned]] = field(default_factory=dict)
    """Order → address → its owner, as the stage by address says; an answer may come before its order."""


class OrderGroup:
    """The orders of one key group."""

    def __init__(self, erasures: Erasures, groups: int) -> None:
        """`groups`: how many key groups there are."""
        self.erasures = erasures
        self.accounts: dict[str, AccountOrders] = {}
        self.to_resend: set[tuple[str, str]] = set()
        """(account, order) of what a crash may have left published otherwise than it is decided."""
        self._groups = groups

    def add(self, order: Order, raw: bytes, at: At, *, resend: bool = False) -> Assignments | TooLate:
        """An order's event: whom it belongs to now, and whom it has left.

        An event that changes nothing tells nothing, or the same once more if `resend`.
        """
        account = self.accounts.setdefault(order.account, AccountOrders())
        if order.time < account.clock - ORDER_RETENTION_MS:
            return TooLate(raw, at, "older than orders are kept (400 days)")
        self._advance(account, order.time)
        order, contact_group = self._renamed(order)
        packed = account.orders.get(order.order)
        before = None if packed is None else unpack_order_state(packed)
        if before is not None and not order.outranks(before.order):
            return [before.assigned(order.ordered_at, resend=True)] if resend else []
        if order.contact is not None:
            return self._hold(account, before, order, (order.contact, contact_group), (), resend=resend)
        tried = tuple(addresses(self.erasures.secret, order))
        return self._hold(account, before, order, _owner(account, order.order, tried), tried, resend=resend)

    def _renamed(self, order: Order) -> tuple[Order, int]:
        """The event as an erasure leaves it, and the key group of its contact."""
        if order.contact is None:
            return order, 0
        contact_group = key_group(order.account, order.contact, self._groups)
        name = self.erasures.name(order.account, order.contact, order.time)
        return (order if name == order.contact else without_person(order, name)), contact_group

    def answer(self, answer: Answer) -> Assignments:
        """An address of an order has this owner now."""
        account = self.accounts.setdefault(answer.account, AccountOrders())
        account.answers.setdefault(answer.order, {})[answer.address] = (answer.contact, answer.contact_group)
        packed = account.orders.get(answer.order)
        if packed is None:
            return []
        held = unpack_order_state(packed)
        if held.order.contact is not None or answer.address not in held.addresses:
            return []
        owner = _owner(account, answer.order, held.addresses)
        return [] if owner[0] == held.contact else self._hold(account, held, held.order, owner, held.addresses)

    def _hold(
        self,
        account: AccountOrders,
        before: OrderState | None,
        order: Order,
        owner: tuple[str | None, int],
        tried: tuple[str, ...],
        *,
        resend: bool = False,
    ) -> Assignments:
        contact, contact_group = owner
        if contact is None:
            contact_group = key_group(order.account, order.order, self._groups)
        elif order.contact is None and is_pseudonym(contact):
            order = without_person(order, None)
        if before is None:
            held = OrderState(
                sequence=order.time,
                moved=False,
                contact=contact,
                contact_group=contact_group,
                order=order,
                addresses=tried,
            )
            told: Assignments = []
        else:
            left = (before.contact, before.contact_group) != (contact, contact_group)
            held = OrderState(
                max(before.sequence + 1, order.time), before.moved or left, contact, contact_group, order, tried
            )
            told = [before.withdrawn()] if left else []
        account.orders[order.order] = _ENCODER.encode(held)
        return [*told, held.assigned(order.ordered_at, resend=resend)]

    def request_resend(self, account: str, order: str) -> None:
        """An order's record and row are to be published once more, when `take_resends` is called next."""
        self.to_resend.add((account, order))

    def take_resends(self) -> Assignments:
        """The orders to be resent as they are now, once; one that is not known has nothing to be told."""
        told: Assignments = []
        for account, order in sorted(self.to_resend):
            packed = self.accounts[account].orders.get(order) if account in self.accounts else None
            if packed is not None:
                held = unpack_order_state(packed)
                told.append(held.assigned(held.order.ordered_at, resend=True))
        self.to_resend.clear()
        return told

    def erase(self, account: str, contact: str, time: int) -> Assignments:
        """A contact is forgotten: its orders' events until then are its pseudonym's, without names and addresses."""
        if not self.erasures.add(account, contact, time) or account not in self.accounts:
            return []
        known = self.accounts[account]
        was = self.erasures.next_name(account, contact, time)
        contact_group = key_group(account, contact, self._groups)
        told: Assignments = []
        for packed in list(known.orders.values()):
            held = unpack_order_state(packed)
            if held.order.contact == was and held.order.time <= time:
                name = self.erasures.nobody(account, contact, time)
                told += self._hold(known, held, without_person(held.order, name), (name, contact_group), ())
        return told

    @staticmethod
    def _advance(account: AccountOrders, time: int) -> None:
        """The clock of an account may have come on: let go of orders that have grown too old, now and then."""
        if time <= account.clock:
            return
        account.clock = time
        if account.swept == NEVER:
            account.swept = time
        if account.swept >= time - SWEEP_EVERY_MS:
            return
        account.swept = time
        for order, packed in list(account.orders.items()):
            if unpack_order_state(packed).order.time < time - ORDER_RETENTION_MS:
                del account.orders[order]
                account.answers.pop(order, None)


def _owner(account: AccountOrders, order: str, tried: tuple[str, ...]) -> tuple[str | None, int]:
    """Who owns the first address that anybody owns."""
    answers = account.answers.get(order, {})
    return next((answers[address] for address in tried if address in answers), (None, 0))


@dataclass(slots=True)
class PublishedOrders:
    """What was published of each order last, in one key group of orders.

    Two contacts, on two workers, may both have decided an order that moved, and their decisions arrive in any order:
    what was assigned later counts. And a row stands under a day, which changes when the order's events disagree.
    """

    orders: dict[str, dict[str, tuple[int, int]]] = field(default_factory=dict)
    """Account → order → (sequence of its assignment, day of its row)."""
    newest: int = 0
    """The latest day of any order."""
    swept: int = 0
    """`newest` when what is too old was let go last."""

    def accept(self, account: str, order: str, sequence: int, day: int) -> int | None:
        """The day the order's row stands under (`day` if it is new); None: this decision is out of date."""
        told = self.orders.setdefault(account, {})
        known_sequence, known_day = told.get(order, (sequence, day))
        if sequence < known_sequence:
            return None
        told[order] = (sequence, day)
        if day > self.newest:
            self._advance(day)
        return known_day

    def day(self, account: str, order: str) -> int | None:
        """The day the order's row stands under; None: it has none."""
        known = self.orders.get(account, {}).get(order)
        return None if known is None else known[1]

    def _advance(self, day: int) -> None:
        self.newest = day
        if not self.swept:
            self.swept = day
        if day - self.swept < _SWEEP_EVERY_DAYS:
            return
        self.swept = day
        for account, told in self.orders.items():
            self.orders[account] = {
                order: known for order, known in told.items() if known[1] >= day - PUBLISHED_RETENTION_DAYS
            }
