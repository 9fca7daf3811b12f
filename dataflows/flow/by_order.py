"""The stage keyed by order: whose order it is, and what its state is."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby

from bytewax.operators import StatefulBatchLogic

from connectors.decoding.decoder import Decoded, DecodedItem
from connectors.metrics.stream import Held
from connectors.sources.barriers import LIST, SOURCES, Alignment, Barrier, Stage, senders
from connectors.sources.replay import ReplayFinished, Resend, ResendItem, ResendListed, Start
from dataflows.flow.crossing import OrderEvents
from dataflows.flow.questions import Answering
from dataflows.flow.stage import to_all_groups, to_groups
from dataflows.store import holdings, snapshots
from dataflows.store.packed_state import StoredState
from state import dead_letters
from state.addresses import Answer
from state.changes import OrderMessage, TooLate
from state.contact_messages import no_tables
from state.dead_letters import DeadLetter
from state.erasures import Erasures, Secret
from state.events import Erase
from state.inquiries import Inquiry, at_orders
from state.kept_orders import OrderTablesFor
from state.key_groups import GROUP_KEYS, GROUPS, key_group
from state.order_batches import account_of
from state.orders import OrderGroup
from state.packed_words import PackedWords
from state.retention import FORGET_AFTER_MS_DEFAULT

OrderItem = OrderEvents | list[Answer] | Erase | Start | ReplayFinished | Resend | ResendListed | Barrier | Inquiry


@dataclass(slots=True)
class OrderStageOutput:
    """What one activation of a key group emits."""

    messages: list[OrderMessage | PackedWords] = field(default_factory=list)
    dead: list[DeadLetter] = field(default_factory=list)
    inquiries: list[Inquiry] = field(default_factory=list)
    passes_barrier: bool = False
    """Whether this is the last that comes of the replay (`connectors.sources.barriers`)."""


def to_orders(items: list[DecodedItem]) -> list[tuple[str, OrderItem]]:
    """Order events to their key groups; erasures and control messages to all."""
    return [*to_groups(items, lambda decoded: decoded.orders, OrderEvents, _erasures)]


def _erasures(decoded: Decoded) -> Iterator[tuple[str, Erase]]:
    return ((key, erase) for erase in decoded.profiles if isinstance(erase, Erase) for key in GROUP_KEYS)


def resends_to_orders(items: list[ResendItem]) -> list[tuple[str, OrderItem]]:
    """What is to be resent to the key groups of its orders, and to all that this is all."""
    routed: list[tuple[str, OrderItem]] = []
    for item in items:
        if isinstance(item, Resend):
            routed.append((GROUP_KEYS[key_group(item.account, item.order, GROUPS)], item))
        elif isinstance(item, ResendListed):
            routed.extend(to_all_groups(item))
    return routed


class OrderLogic(StatefulBatchLogic[OrderItem, OrderStageOutput, StoredState]):
    """One key group of orders."""

    def __init__(
        self,
        resume_state: StoredState | None,
        secret: Secret,
        *,
        answering: Answering | None = None,
        forget_after_ms: int = FORGET_AFTER_MS_DEFAULT,
        tables: OrderTablesFor = no_tables,
    ) -> None:
        """`answering`: of the worker; None: by itself. `forget_after_ms`: see `state.retention`. `tables`: see
        `state.orders.OrderGroup`.
        """
        self._answering = answering or Answering()
        self._group = (
            OrderGroup(Erasures(secret), GROUPS, forget_after_ms, tables)
            if resume_state is None
            else snapshots.unpack_orders(resume_state, secret, forget_after_ms, tables)
        )
        # What is to be resent does not wait for answers that are on their way: they change the order again.
        self._replay = Alignment(SOURCES, LIST)
        self._alignment = Alignment(SOURCES, LIST, senders(Stage.ADDRESSES))

    def on_batch(self, values: list[OrderItem]) -> tuple[list[OrderStageOutput], bool]:
        """Events in the order they were read: one by one, so that a replay passes the same states."""
        out = OrderStageOutput()
        now_ms = time.time_ns() // 1_000_000
        for value in values:
            match value:
                case Resend():
                    self._group.request_resend(value.account, value.order)
                case ReplayFinished() | ResendListed() | Barrier():
                    self._replay.hear(value)
                    self._alignment.hear(value)
                case Start():
                    pass
                case Inquiry():
                    out.inquiries += self._answering.at(at_orders, self._group, value)
                case Erase():
                    out.messages.extend(self._group.erase(value.account, value.contact, value.time))
                case OrderEvents():
                    for account, batches in groupby(sorted(value, key=account_of), account_of):
                        self._add(account, list(batches), now_ms, out)
                case _:
                    for answer in value:
                        out.messages.extend(self._group.answer(answer))
        if self._replay.is_complete:
            out.messages.extend(self._group.take_resends())
        out.passes_barrier = self._alignment.pass_on()
        is_something = out.messages or out.dead or out.inquiries or out.passes_barrier
        return ([out] if is_something else []), StatefulBatchLogic.RETAIN

    def _add(self, account: str, batches: list[bytes], now_ms: int, out: OrderStageOutput) -> None:
        taken = self._group.take(account, batches, now_ms)
        if taken.words:
            out.messages.append(taken.words)
        for batch, received in taken.left:
            added = self._group.add(received.order, received.raw, received.at, now_ms, batch.read_ms)
            if isinstance(added, TooLate):
                letter = dead_letters.dead_letter(
                    batch.source, batch.partition, added.at, added.raw, dead_letters.TOO_LATE, added.detail
                )
                out.dead.append(letter)
            else:
                out.messages += added

    def snapshot(self) -> StoredState:
        """See `dataflows.store.snapshots`."""
        return snapshots.pack_orders(self._group)

    def holds(self, packed_bytes: int) -> Mapping[str, Held]:
        """See `dataflows.store.holdings`; `packed_bytes`: the size of its snapshot."""
        return holdings.of_orders(self._group, packed_bytes)
