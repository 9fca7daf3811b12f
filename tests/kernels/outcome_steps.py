"""What is told of random decisions, activation by activation, by kernels and in Python: it is the same."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from random import Random
from typing import Final

import msgspec

from connectors.view.account_writes import AccountWrites
from connectors.view.packed_rows import RowRemoval, RowsWrite, RowWrite
from connectors.view.sink import Write
from dataflows.flow.order_texts import PublishedTexts
from dataflows.flow.publish import Keyed, PublishStageOutput, to_kafka, to_rows
from kernels.loading import Kernels
from state.attribution import Credit, Decision, Reason
from state.changes import Outcome
from state.events import STATUSES, Order
from state.key_groups import key_group
from state.publication import PublishedRow
from state.settings import EVENTS
from state.times import EPOCH_ORDINAL, TIME_MAX, TIME_MIN
from tests.state.shop import at

ACCOUNTS: Final = ("acme", "acme", "acme", "b", "крамниця", "a/b")
ODD: Final = ('q"uote', "back\\slash", "new\nline", "\x1f", "")
"""What Python writes: each needs an escape, but for the last."""
TEXTS: Final = ("a", "ann@shop.example", "Ганна", "\x7f", "</b>", "x" * 31, "x" * 32, "ї" * 200, "\U0001f6d2")
ITEMS: Final = (None, None, "[]", '[{"sku":"A\\"","qty":2}]', f'["{"x" * 70_000}"]')
TIMES: Final = (0, 1, at("03-01 12:00"), at("02-28 23:59") + 59_999, TIME_MAX, TIME_MIN, -1)
AMOUNTS: Final = (0, 1, 9, 10, 99, 100, 1_234_567, 2**63 - 1)
CURRENCIES: Final = ("EUR", "EUR", "JPY", "KWD", "CLF")
DAYS: Final = (date(2026, 3, 1).toordinal(), date(2028, 2, 29).toordinal(), EPOCH_ORDINAL, EPOCH_ORDINAL - 1, 3_652_059)
_GROUPS: Final = 4
_pack: Final = msgspec.msgpack.Encoder().encode


class Shop:
    """Orders, and the days that their rows stand under."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._oddity = random.choice((0.0, 0.0, 0.02, 0.3))
        self._orders = [self._text() + str(number) for number in range(random.choice((1, 5, 300)))]
        self._days: dict[tuple[str, str], int] = {}

    def activation(self) -> list[Keyed]:
        """What the key groups publish in one go."""
        outputs = [(f"{group:02d}", PublishStageOutput()) for group in range(_GROUPS)]
        for _ in range(self._random.choice((1, 7, 200))):
            outcome = self._outcome()
            order = outcome.order.account, outcome.order.order
            row: PublishedRow = (outcome, self._days.get(order, outcome.day))
            self._days[order] = outcome.day
            if self._random.random() < 0.7:
                row = _pack(outcome), row[1]
            outputs[key_group(*order, _GROUPS)][1].rows.append(row)
        return outputs

    def _outcome(self) -> Outcome:
        choice = self._random.choice
        return Outcome(
            sequence=choice((1, 200, 2**40)),
            order=self._order(),
            decision=Decision(choice(list(Reason)), self._credit(), self._credit()),
            day=choice(DAYS[:2]) if self._is_usual() else choice(DAYS),
            hour=choice((0, 23)),
            cause=choice(("order", "identity", "erasure")),
            publishes_record=self._random.random() < 0.9,
            read_ms=choice((0, at("03-01 12:00"))),
        )

    def _order(self) -> Order:
        choice = self._random.choice
        return Order(
            account=choice(ACCOUNTS) if self._is_usual() else choice(ODD),
            order=choice(self._orders),
            contact=self._maybe(),
            status=choice(STATUSES),
            amount=choice(AMOUNTS),
            currency=choice(CURRENCIES),
            ordered_at=self._time(),
            time=self._time(),
            refunded=choice((None, *AMOUNTS)),
            email=self._maybe(),
            phone=self._maybe(),
            external_customer_id=self._maybe(),
            first_name=self._maybe(),
            last_name=self._maybe(),
            items=choice(ITEMS) if not self._is_usual() else choice(ITEMS[:4]),
        )

    def _credit(self) -> Credit | None:
        choice = self._random.choice
        if self._random.random() < 0.4:
            return None
        return Credit(
            channel=choice(("email", "sms")),
            campaign=self._text(),
            message=self._text(),
            event=choice(list(EVENTS)),
            touched_at=self._time(),
            window=choice(("24h", "1d 2h")),
            automated=choice((False, True)),
            tags=choice(((), (), ("vip",), ("", "b" * 40, "в"))),
        )

    def _is_usual(self) -> bool:
        return self._random.random() >= self._oddity

    def _text(self) -> str:
        return self._random.choice(TEXTS if self._is_usual() else ODD)

    def _maybe(self) -> str | None:
        return self._random.choice((None, self._text()))

    def _time(self) -> int:
        return self._random.choice(TIMES[:5] if self._is_usual() else TIMES)


def written(told: list[tuple[str, list[Write]]]) -> dict[str, AccountWrites]:
    """What the sink would write of it, by account."""
    accounts: defaultdict[str, AccountWrites] = defaultdict(AccountWrites)
    for _, writes in told:
        for write in writes:
            assert isinstance(write, RowWrite | RowsWrite | RowRemoval)
            accounts[write.account].put(write)
    return dict(accounts)


def walk(kernels: Kernels, activations: int, seed: int) -> None:
    """Let so many activations be told of, some of each shop."""
    texts, random = PublishedTexts(lambda: kernels, decisions_min=1), Random(seed)
    shop = Shop(random)
    for number in range(activations):
        if random.random() < 0.2:
            shop = Shop(random)
        items = shop.activation()
        said = f"activation {number}, seed {seed}"
        assert texts.to_kafka(items) == to_kafka(items), said
        by_kernels, in_python = written(texts.to_rows(items)), written(to_rows(items))
        assert by_kernels.keys() == in_python.keys(), said
        for account, writes in in_python.items():
            assert by_kernels[account].rows == writes.rows, said
            assert by_kernels[account].days >= writes.days, said
            assert by_kernels[account].shrunk >= writes.shrunk, said
