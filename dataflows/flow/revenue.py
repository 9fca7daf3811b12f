"""The dataflow: events in, exact campaign revenue out. It reads from top to bottom like its diagram."""

# source, decoded ─┬─ addresses ──→ by address ─┐
#                  ├─ orders ───────────────────┴─→ by order ─┐                ┌─→ publish ─┬─→ attributions (Kafka)
#                  ├─ touches, people, settings ──────────────┴─→ by contact ──┤            ├─→ rows ────────────┐
#                  │                                  │              │         │            └─→ by total ─→ counters
#                  │                                  │              │         └─ messages ──────┘             │
#                  └─ dead letters ───────────────────┴──────────────┴─→ dead letters                 Redis ←──┘
# published since the last snapshot ─→ by order (resend), publish (rows that stand under another day)
# questions ─→ by order ─→ by contact ─→ publish ─→ by total ─→ answers (each enters and leaves where it has to)

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import bytewax.operators as op
from bytewax.dataflow import Dataflow, Stream
from bytewax.inputs import DynamicSource, FixedPartitionedSource
from bytewax.operators import KeyedStream
from bytewax.outputs import DynamicSink, FixedPartitionedSink

from connectors.decoding.decoder import Decoded, DecodedItem
from connectors.files.dead_letters import DeadLetterFile
from connectors.questions.allowance import Allowance
from connectors.sources.clock import Clock
from connectors.sources.resend import ResendSource
from connectors.view.sink import RedisSink
from dataflows.flow.by_address import (
    AddressLogic,
    AddressStageOutput,
    answers_to_orders,
    erased_addresses,
    to_addresses,
)
from dataflows.flow.by_contact import ContactLogic, ContactStageOutput, orders_to_contacts, touches_to_contacts
from dataflows.flow.by_order import OrderLogic, OrderStageOutput, resends_to_orders, to_orders
from dataflows.flow.by_total import TotalLogic, answers_of_totals, ticks_to_sink, to_counters
from dataflows.flow.order_texts import IN_PYTHON, PublishedTexts
from dataflows.flow.pace import Pace
from dataflows.flow.publish import (
    KafkaRecord,
    PublishLogic,
    rows_to_publish,
    start_to_publish,
    to_publish,
)
from dataflows.flow.questions import Answering, answered, to_stage
from dataflows.flow.sums import combine, combine_orders, start_to_totals
from dataflows.store.worker_tables import StateTablesFor
from state import dead_letters
from state.contact_messages import no_tables
from state.erasures import Secret
from state.events import Erase
from state.inquiries import Inquiry, Stop
from state.retention import FORGET_AFTER_MS_DEFAULT
from state.timeline import Timeline

Said = TypeVar("Said")
KafkaSinkLike = FixedPartitionedSink[list[KafkaRecord], Any]


@dataclass(frozen=True, slots=True)
class Ends:
    """Where events come from and where results go."""

    source: FixedPartitionedSource[DecodedItem, Any]
    view: RedisSink
    dead_letters: FixedPartitionedSink[Any, Any] | None
    """None: nothing is read."""
    attributions: KafkaSinkLike | None
    """None: no Kafka, no records."""
    resend: ResendSource
    """What an earlier run published since its last snapshot."""
    clock: Clock | None = None
    """None: what is read has an end."""
    desk: Desk | None = None
    """Where questions come from and answers go; None: nobody can ask."""


@dataclass(frozen=True, slots=True)
class Desk:
    """The ends of what is asked while the dataflow runs."""

    questions: DynamicSource[Inquiry]
    answers: DynamicSink[Inquiry]
    allowance: Allowance
    """Of this worker, for answering."""


def build(
    ends: Ends,
    timeline_of: Callable[[str], Timeline],
    secret: Secret,
    *,
    keeps_settings: bool = False,
    forget_after_ms: int = FORGET_AFTER_MS_DEFAULT,
    tables: StateTablesFor = no_tables,
    texts: PublishedTexts = IN_PYTHON,
) -> Dataflow:
    """The dataflow between these ends.

    `timeline_of`: an account's settings as the settings file gives them. `secret`: the key of pseudonyms.
    `keeps_settings`: what the store says of accounts holds, whatever the settings file says.
    `forget_after_ms`: how long forgetting runs behind the wall clock (contract §2). `tables`: where
    the stages keep what they know of many ids. `texts`: what makes rows and records.
    """
    answering = Answering(ends.desk.allowance if ends.desk is not None else None)
    forgets: dict[str, Any] = {"secret": secret, "forget_after_ms": forget_after_ms}
    asked: dict[str, Any] = {"answering": answering}
    settings: dict[str, Any] = {"timeline_of": timeline_of, "keeps_settings": keeps_settings, **asked}
    flow = Dataflow("lasttouch")
    # Before the events: the engine asks sources in this order (`connectors.sources.precedence`).
    questions = op.input("questions", flow, ends.desk.questions) if ends.desk is not None else None
    decoded = op.input("source", flow, ends.source)

    addresses = op.flat_map_batch("addresses", decoded, partial(to_addresses, secret))
    by_address = op.stateful_batch("by_address", addresses, partial(AddressLogic, **forgets))

    orders = op.flat_map_batch("orders", decoded, to_orders)
    answers = op.flat_map_batch("answers", by_address, answers_to_orders)
    listed = op.input("resend", flow, ends.resend)
    resends = op.flat_map_batch("resends", listed, resends_to_orders)
    about_orders = _routed("ask_orders", questions, partial(to_stage, Stop.ORDERS))
    claims = op.merge("claims", orders, answers, resends, *about_orders)
    by_order = op.stateful_batch("by_order", claims, partial(OrderLogic, **forgets, **asked, tables=tables))

    touches = op.flat_map_batch("touches", decoded, touches_to_contacts)
    placed = op.flat_map_batch("orders_at_contacts", by_order, partial(orders_to_contacts, tables=tables))
    about_contacts = _routed("ask_contacts", questions, partial(to_stage, Stop.CONTACTS))
    facts = op.merge("facts", touches, placed, *about_contacts)
    by_contact = op.stateful_batch("by_contact", facts, partial(ContactLogic, **forgets, **settings, tables=tables))

    decisions = op.flat_map_batch("decisions", by_contact, partial(to_publish, tables=tables))
    outcomes = op.merge(
        "outcomes",
        decisions,
        op.flat_map_batch("start_to_publish", decoded, start_to_publish),
        op.flat_map_batch("rows_listed", listed, rows_to_publish),
    )
    publish = op.stateful_batch("publish", outcomes, partial(PublishLogic, **asked, tables=tables))

    of_messages = op.flat_map_batch("combine", by_contact, combine)
    of_orders = op.flat_map_batch("combine_orders", publish, partial(combine_orders, tables=tables))
    started = op.flat_map_batch("start_to_totals", decoded, start_to_totals)
    about_totals = _routed("ask_totals", questions, partial(to_stage, Stop.TOTALS))
    sums = op.merge("sums", of_messages, of_orders, started, *about_totals)
    by_total = op.stateful_batch("by_total", sums, partial(TotalLogic, pace=Pace(), **settings))

    if ends.desk is not None:
        answered_by = [
            op.flat_map_batch("answers_of_orders", by_order, answered),
            op.flat_map_batch("answers_of_contacts", by_contact, answered),
            op.flat_map_batch("answers_of_totals", by_total, answers_of_totals),
        ]
        op.output("answered", op.merge("all_answers", *answered_by), ends.desk.answers)

    if ends.attributions is not None:
        op.output("attributions", op.flat_map_batch("records", publish, texts.to_kafka), ends.attributions)

    rows = op.flat_map_batch("rows", publish, texts.to_rows)
    counters = op.flat_map_batch("counters", by_total, to_counters)
    writes = [rows, counters]
    if ends.clock is not None:
        writes.append(op.flat_map_batch("ticks", op.input("clock", flow, ends.clock), ticks_to_sink))
    op.output("view", op.merge("writes", *writes), ends.view)

    if ends.dead_letters is None:
        return flow
    dead: KeyedStream[Any] = op.merge(
        "dead",
        op.flat_map_batch("dead_events", decoded, dead_of_decoded),
        op.flat_map_batch("dead_orders", by_order, dead_of_stage),
        op.flat_map_batch("dead_touches", by_contact, dead_of_stage),
        *(_erased(decoded, by_address) if isinstance(ends.dead_letters, DeadLetterFile) else ()),
    )
    op.output("dead_letters", dead, ends.dead_letters)
    return flow


def _routed(step: str, said: Stream[Said] | None, route: Callable[[list[Said]], Any]) -> list[KeyedStream[Any]]:
    """What is asked, as a stage takes it; nothing where nobody can ask."""
    return [] if said is None else [op.flat_map_batch(step, said, route)]


def dead_of_decoded(items: list[DecodedItem]) -> list[tuple[str, list[KafkaRecord]]]:
    """What did not fit."""
    return [
        ("", [(None, dead_letters.encode(letter)) for letter in item.dead])
        for item in items
        if isinstance(item, Decoded) and item.dead
    ]


def _erased(decoded: Stream[DecodedItem], by_address: KeyedStream[AddressStageOutput]) -> list[KeyedStream[Any]]:
    """Whom and what a file of dead letters has to forget; a topic's letters cannot be taken back one by one, and
    docs/operating.md says what is left to its owner."""
    return [
        op.flat_map_batch("erased", decoded, erased),
        op.flat_map_batch("erased_addresses", by_address, erased_addresses),
    ]


def erased(items: list[DecodedItem]) -> list[tuple[str, Erase]]:
    """Whom the file of dead letters has to forget."""
    profiles = [profile for item in items if isinstance(item, Decoded) for profile in item.profiles]
    return [("", profile) for profile in profiles if isinstance(profile, Erase)]


def dead_of_stage(items: list[tuple[str, OrderStageOutput]] | list[tuple[str, ContactStageOutput]]) -> list[Any]:
    """What came too late."""
    return [("", [(None, dead_letters.encode(letter)) for letter in item.dead]) for _, item in items if item.dead]
