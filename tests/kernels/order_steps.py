"""Orders in tables and in dictionaries that are given the same, step by step: both tell and keep the same of each."""

from __future__ import annotations

from collections import defaultdict
from random import Random
from typing import Any, Final

from dataflows.store.snapshots import pack_orders, unpack_orders
from kernels.order_table import OrderTable
from kernels.tables import Tables
from state.addresses import HASHED, Answer, addresses
from state.changes import Assigned, Heard, OrderMessage, TooLate, unpack_message
from state.erasures import PSEUDONYM_PREFIX, Erasures
from state.events import STATUSES, Order, PartialOrder
from state.key_groups import GROUPS, key_group
from state.order_batches import OrderBatch, OrderReceived, pack_order_batch, unpack_order_batch
from state.order_events import OrderEvent
from state.orders import OrderGroup
from state.packed_words import Packed
from state.times import DAY_MS, HOUR_MS
from tests.kernels.walks import walked
from tests.state.shop import SECRET, at

FROM: Final = at("03-01 12:00")
_PERSONS: Final = ("contact", "email", "phone", "external_customer_id", "first_name", "last_name", "items")
_TEXTS: Final = (None, None, None, "ann@example.com", HASHED + "00ff", '[{"sku":"🐐"}]')
_SUMS: Final = (0, 127, 128, 4_990, 70_000, 2**33)
_ACCOUNTS: Final = ("acme", "a" * 40)
_LENGTHS: Final = (1, 2, 31, 32, 256)

Told = dict[str, list[OrderMessage | str]]
"""Order → what is told of it, in this order; "" stands for events of no order that is known."""


class Pair:
    """Both of them, with a clock; what is let go of is by events' times in one of two pairs, in others nothing is."""

    def __init__(self, tables: Tables, random: Random) -> None:
        self.random, self.tables = random, tables
        self.forget_after_ms = random.choice((0, DAY_MS))
        self.in_tables = OrderGroup(Erasures(SECRET), GROUPS, self.forget_after_ms, lambda _: tables)
        self.known = OrderGroup(Erasures(SECRET), GROUPS, self.forget_after_ms)
        self.now_ms = FROM
        self.orders = [_name(random) for _ in range(random.choice((1, 3, 40, 900)))]
        self.contacts = [_name(random) for _ in range(7)] + [PSEUDONYM_PREFIX + 32 * "0"]
        self.spread_ms = random.choice((3, HOUR_MS, 5 * DAY_MS, 500 * DAY_MS))
        self.rare = random.choice((0.0, 0.02, 0.3))
        """The share of events that are not usual."""

    def step(self) -> None:
        """Do one thing to both."""
        self.random.choice((self.take,) * 8 + (self.answer, self.resend, self.restore, self.erase))()
        self.assert_same()

    def assert_same(self) -> None:
        """Both keep the same."""
        assert self.in_tables.accounts.keys() == self.known.accounts.keys()
        for name, known in self.known.accounts.items():
            kept = self.in_tables.accounts[name]
            assert dict(kept.orders.items()) == dict(known.orders.items())
            assert kept.answers == known.answers
            retentions = [(one.clock, one.floor, one.swept) for one in (kept.retention, known.retention)]
            assert retentions[0] == retentions[1]

    def take(self) -> None:
        """Events, in several batches."""
        account = self.random.choice(_ACCOUNTS)
        batches = [
            pack_order_batch(self._batch(account, self.random.choice((1, 15, 16, 200))))
            for _ in range(self.random.choice((1, 4)))
        ]
        self.now_ms += self.random.choice((0, 1))
        taken = self.in_tables.take(account, batches, self.now_ms)
        told: Told = defaultdict(list)
        _note_packed(taken.words.each(), told)
        for batch, received in taken.left:
            _add(self.in_tables, received, self.now_ms, batch.read_ms, told)
        expected: Told = defaultdict(list)
        for batch in map(unpack_order_batch, batches):
            for received in batch.received:
                _add(self.known, received, self.now_ms, batch.read_ms, expected)
        assert told == expected

    def _batch(self, account: str, count: int) -> OrderBatch:
        random = self.random
        received = [
            OrderReceived(
                self._event(account), random.randbytes(random.choice((0, 31, 300))), random.choice((7, (8, 2)))
            )
            for _ in range(count)
        ]
        return OrderBatch(account, "orders", random.choice((None, 3, 300)), random.choice((0, FROM)), received)

    def _event(self, account: str) -> OrderEvent:
        random = self.random
        order = random.choice(self.orders)
        contact = self.contacts[len(order) % len(self.contacts)]
        time = FROM + random.randrange(self.spread_ms)
        if random.random() < self.rare:
            time = random.choice((time - 500 * DAY_MS, FROM, -1, 0, 100))
            contact = random.choice(self.contacts)
        is_rare = random.random() < self.rare
        texts: dict[str, Any] = {name: random.choice(_TEXTS) for name in _PERSONS} if is_rare else {}
        if random.random() < self.rare:
            return PartialOrder(account, order, time, random.choice((None, *STATUSES)), **texts)
        texts = {"contact": contact} | texts
        refunded = random.choice((None, None, *_SUMS))
        currency = random.choice(("EUR", "JPY"))
        made_at = time - random.choice((0, HOUR_MS, 100 * DAY_MS))
        status, amount = random.choice(STATUSES), random.choice(_SUMS)
        sums: dict[str, Any] = {"amount": amount, "currency": currency, "refunded": refunded}
        return Order(account, order, status=status, ordered_at=made_at, time=time, **sums, **texts)

    def answer(self) -> None:
        """That somebody owns an address."""
        account, order = self.random.choice(_ACCOUNTS), self.random.choice(self.orders)
        made = Order(account, order, None, STATUSES[0], 1, "EUR", FROM, FROM, email="ann@example.com")
        contact = self.random.choice(self.contacts)
        [address] = addresses(SECRET, made)
        answer = Answer(account, order, address, contact, key_group(account, contact, GROUPS), FROM)
        assert self.in_tables.answer(answer) == self.known.answer(answer)

    def resend(self) -> None:
        """Orders once more."""
        for order in self.random.sample(self.orders, min(3, len(self.orders))):
            for group in (self.in_tables, self.known):
                group.request_resend(_ACCOUNTS[0], order)
        assert self.in_tables.take_resends() == self.known.take_resends()

    def restore(self) -> None:
        """As from the recovery store, whichever of them was packed."""
        packed = bytes(pack_orders(self.random.choice((self.in_tables, self.known))))
        self.in_tables = unpack_orders(packed, SECRET, self.forget_after_ms, lambda _: self.tables)
        self.known = unpack_orders(packed, SECRET, self.forget_after_ms)
        assert all(isinstance(known.orders, OrderTable) for known in self.in_tables.accounts.values())

    def erase(self) -> None:
        """A contact asks to be forgotten, now and then."""
        if self.random.random() < 0.2:
            time = FROM + self.random.randrange(self.spread_ms)
            erased = _ACCOUNTS[1], self.random.choice(self.contacts), time
            told: Told = defaultdict(list)
            expected: Told = defaultdict(list)
            _note(self.in_tables.erase(*erased), told)
            _note(self.known.erase(*erased), expected)
            assert told == expected


def _add(group: OrderGroup, received: OrderReceived, now_ms: int, read_ms: int, told: Told) -> None:
    added = group.add(received.order, received.raw, received.at, now_ms, read_ms)
    if isinstance(added, TooLate):
        told[received.order.order].append(repr(added))
    else:
        _note(added, told)


def _note_packed(words: list[Packed], told: Told) -> None:
    messages = [unpack_message(word.packed) for word in words]
    assert [word.group for word in words] == [message.contact_group for message in messages]
    _note(messages, told)


def _note(messages: list[OrderMessage], told: Told) -> None:
    for message in messages:
        match message:
            case Assigned():
                told[message.order.order].append(message)
            case Heard():
                told[""].append(message)
            case _:
                told[message.order].append(message)


def _name(random: Random) -> str:
    """An id that hardly any other is, of any length, and of any letters."""
    letters = random.choice(("abc", "0123456789", "їжак"))
    return "".join(random.choices(letters, k=random.choice(_LENGTHS) - 1)) + str(random.randrange(10))


def walk(tables: Tables, steps: int, seed: int) -> None:
    """So many steps."""
    for _ in walked(lambda random: Pair(tables, random), steps, seed):
        pass
