"""What was published in tables and in dictionaries that are given the same decisions, step by step: they hold and tell
the same.
"""

from __future__ import annotations

from random import Random
from typing import Final

from dataflows.flow.publish import PublishStageOutput
from dataflows.flow.sums import combine_orders
from dataflows.store.snapshots import pack_published, unpack_published
from kernels.tables import Tables
from state.attribution import Credit, Decision, Reason
from state.changes import Forgotten, Outcome, whole_outcome
from state.decision_history import CAUSES
from state.events import STATUSES, Order
from state.money import AMOUNT_MAX
from state.packed_words import pack_list
from state.publication import Publication
from state.published import PublishedOrders, pack_outcome
from tests.kernels.walks import walked
from tests.state.ledger_entries import of_publication

FROM_MS: Final = 1_800_000_000_000
_ACCOUNTS: Final = ("acme", "їжак", "a" * 256, "acm")
_NAMES: Final = ("", "a", "spring", "ї" * 16, "c" * 32, "k" * 256, "☃" * 200)
_DAYS: Final = (1, 127, 128, 719_163, 739_990, 739_991)
_AMOUNTS: Final = (0, 1, 127, 128, 255, 256, 65_535, 65_536, 1_000, 2**32 - 1, 2**32)
_GREATEST: Final = (AMOUNT_MAX, AMOUNT_MAX - 1)


class PublishedPair:
    """Both of them."""

    def __init__(self, tables: Tables, random: Random) -> None:
        self.tables, self.random = tables, random
        self.in_python, self.in_tables = PublishedOrders(), PublishedOrders(self._tables)
        self.accounts = random.sample(_ACCOUNTS, random.choice((1, 1, 2, 4)))
        self.orders = [_name(random) for _ in range(random.choice((1, 3, 40, 600)))]
        self.touches = [self._touch() for _ in range(random.choice((1, 3, 30)))]
        self.amounts = _AMOUNTS + _GREATEST * (random.random() < 0.2)
        self.table_from = random.choice((0, 0, 5))
        self.now_ms = FROM_MS

    def _tables(self, orders: int) -> Tables | None:
        return self.tables if orders >= self.table_from else None

    def step(self) -> None:
        """Do one thing to both."""
        if self.random.random() < 0.1:
            self.restore()
        else:
            self.publish()
        assert _held(self.in_python) == _held(self.in_tables)

    def publish(self) -> None:
        """Decisions, some of them packed already."""
        random = self.random
        self.now_ms += random.randrange(1_000)
        words = [self._word() for _ in range(random.choice((0, 1, 2, 40, 40, 300)))]
        packed = [pack_outcome(word) if random.random() < 0.8 else word for word in words]
        known, told = Publication(), Publication()
        self.in_python.publish(words, self.now_ms, known)
        if words and random.random() < 0.5:
            self.in_tables.publish_packed(pack_list([pack_outcome(word) for word in words]), self.now_ms, told)
        else:
            self.in_tables.publish(packed, self.now_ms, told)
        assert _rows(told) == _rows(known)
        assert (told.decided, told.read) == (known.decided, known.read)
        assert self.in_tables.take_corrections() == self.in_python.take_corrections()
        sum_orders = self.tables.sum_orders
        assert of_publication(told, sum_orders) == of_publication(told) == of_publication(known)
        assert _dealt(told, self.tables) == _dealt(known, None)
        for word in random.sample(words, min(3, len(words))):
            account, order = (word.account, word.order) if isinstance(word, Forgotten) else _key(word)
            assert self.in_tables.day(account, order) == self.in_python.day(account, order)
            assert self.in_tables.history(account, order) == self.in_python.history(account, order)

    def restore(self) -> None:
        """As from the recovery store, whichever of them was packed."""
        packed = bytes(pack_published(self.random.choice((self.in_python, self.in_tables))))
        self.in_tables = unpack_published(packed, self._tables)

    def _word(self) -> Outcome | Forgotten:
        random = self.random
        account, name = random.choice(self.accounts), random.choice(self.orders)
        if random.random() < 0.03:
            return Forgotten(account, random.choice((None, "ann")), random.randrange(64), name)
        order = Order(
            account,
            name,
            random.choice((*["ann"] * 12, "bob", None)),
            random.choice(STATUSES),
            random.choice(self.amounts),
            random.choice(("EUR", "UAH")),
            FROM_MS,
            FROM_MS + random.randrange(1_000),
            random.choice((*[None] * 5, 0, *self.amounts)),
            email=random.choice((None, "ann@example.com")),
            items=random.choice((None, "[]", "x" * 40, "y" * 70_000 if random.random() < 0.001 else "z" * 300)),
        )
        decision = Decision(random.choice(list(Reason)), self._credit(), self._credit())
        return Outcome(
            random.choice((0, 1, 2, 2**31, 2**41)),
            order,
            decision,
            random.choice(_DAYS),
            random.randrange(24),
            random.choice((*CAUSES[:-1] * 8, CAUSES[-1])),
            random.random() < 0.7,
            random.choice((0, FROM_MS, FROM_MS + 1)),
        )

    def _credit(self) -> Credit | None:
        return self.random.choice((None, self.random.choice(self.touches)))

    def _touch(self) -> Credit:
        random = self.random
        return Credit(
            random.choice(("email", "sms", "c" * 32)),
            random.choice(_NAMES) or "k",
            random.choice(_NAMES),
            random.choice(("clicked", "opened")),
            random.choice((FROM_MS, -1, 0, 5)),
            random.choice(("24h", "7d")),
            random.random() < 0.1,
            random.choice(((), ("vip",), ("b", "a"))),
        )


def _name(random: Random) -> str:
    return random.choice(("o", "ї", "order-" * 40))[: random.randrange(1, 250)] + str(random.randrange(1_000))


def _key(outcome: Outcome) -> tuple[str, str]:
    return outcome.order.account, outcome.order.order


def _held(published: PublishedOrders) -> dict[str, dict[str, bytes]]:
    return {account: dict(orders.items()) for account, orders in published.orders.items() if len(orders)}


def _rows(told: Publication) -> list[tuple[Outcome | Forgotten, int]]:
    return [(whole_outcome(outcome), day) for outcome, day in told.rows]


def _dealt(told: Publication, tables: Tables | None) -> object:
    output = PublishStageOutput(counted=told.counted, entries=told.entries)
    dealt = combine_orders([("0", output), ("1", output)], lambda _: tables)
    return {
        (key, *place, *name): amount
        for key, summed in dealt
        for place, of_place in summed.amounts.items()  # type: ignore[union-attr] # nothing else is dealt
        for name, amount in of_place.items()
        if amount
    }


def walk(tables: Tables, steps: int, seed: int) -> None:
    """So many steps."""
    for _ in walked(lambda random: PublishedPair(tables, random), steps, seed, together=30):
        pass
