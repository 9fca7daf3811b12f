"""The last stage keyed by order: what is published of an order has one writer, whichever worker decided it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from bytewax.operators import StatefulBatchLogic

from connectors.decoding.decoder import DecodedItem
from connectors.kafka.attribution_records import record, record_key
from connectors.metrics.stream import Held, ReadByAccount, add_read
from connectors.sources.barriers import LIST, Alignment, Barrier, Stage, senders
from connectors.sources.replay import ResendItem, ResendListed, RowAt, Start
from connectors.view.order_rows import row
from connectors.view.packed_rows import RowRemoval, RowWrite
from connectors.view.sink import Write, sink_partition
from dataflows.flow.by_contact import ContactStageOutput
from dataflows.flow.crossing import Outcomes, PackedOutcomes
from dataflows.flow.dealing import to_key_groups
from dataflows.flow.questions import Answering, questions_to
from dataflows.flow.stage import barriers, barriers_to_sink, start_every_group, to_all_groups
from dataflows.store import holdings, snapshots
from dataflows.store.packed_state import StoredState
from state.changes import Forgotten, Outcome, whole_outcome
from state.contact_messages import no_tables
from state.inquiries import Inquiry, Stop, at_published
from state.key_groups import GROUP_KEYS, GROUPS, key_group
from state.ledger import CountChange
from state.packed_words import WordTablesFor
from state.publication import Publication, PublishedRow, PublishedTablesFor
from state.published import PublishedOrders

KafkaRecord = tuple[bytes | None, bytes]


def decision(published: Outcome | bytes) -> Outcome:
    """A decision as an object."""
    whole = whole_outcome(published)
    assert isinstance(whole, Outcome), "what was forgotten is not published"
    return whole


@dataclass(slots=True)
class PublishStageOutput:
    """What one activation of a key group publishes."""

    rows: list[PublishedRow | RowAt] = field(default_factory=list)
    """Decisions in the order in which they came, and between them rows that are to leave a day."""
    counted: list[CountChange] = field(default_factory=list)
    """What it changes in the ledger, each order from where it counted to where it counts."""
    entries: list[tuple[str, bytes]] = field(default_factory=list)
    """The same of other orders, as of `state.publication.Publication`."""
    inquiries: list[Inquiry] = field(default_factory=list)
    corrections: Counter[str] = field(default_factory=Counter)
    """Credits taken back or moved, by what changed."""
    decided: Counter[str] = field(default_factory=Counter)
    """Reason → how many of the decisions have it that a record is published of."""
    read: ReadByAccount = field(default_factory=dict)
    """When the events were read that this comes of."""
    passes_barrier: bool = False
    """Whether this is the last that comes of the replay (`connectors.sources.barriers`)."""


Keyed = tuple[str, PublishStageOutput]
PublishItem = Outcomes | PackedOutcomes | RowAt | ResendListed | Barrier | Start | Inquiry


def to_publish(
    items: list[tuple[str, ContactStageOutput]], tables: WordTablesFor = no_tables
) -> list[tuple[str, PublishItem]]:
    """Decisions, and what was forgotten, to their orders' key groups, and behind them the questions about them.

    `tables`: of the worker, which deal what is packed.
    """
    outcomes = [outcome for _, item in items for outcome in item.changes.outcomes]
    routed = to_key_groups(outcomes, _group_of, tables, in_objects=Outcomes, in_bytes=PackedOutcomes)
    passed = barriers(Stage.CONTACTS, (group for group, output in items if output.passes_barrier))
    return [*routed, *questions_to(Stop.PUBLISHED, items), *passed]


def _group_of(outcome: Outcome | Forgotten) -> int:
    named = outcome if isinstance(outcome, Forgotten) else outcome.order
    return key_group(named.account, named.order, GROUPS)


def start_to_publish(items: list[DecodedItem]) -> list[tuple[str, PublishItem]]:
    """The start of a run to every key group of orders."""
    return [*start_every_group(items)]


def rows_to_publish(items: list[ResendItem]) -> list[tuple[str, PublishItem]]:
    """Rows that an earlier run wrote to their orders' key groups, and to all that these are all."""
    routed: list[tuple[str, PublishItem]] = []
    for item in items:
        if isinstance(item, RowAt):
            routed.append((GROUP_KEYS[key_group(item.account, item.order, GROUPS)], item))
        elif isinstance(item, ResendListed):
            routed.extend(to_all_groups(item))
    return routed


class PublishLogic(StatefulBatchLogic[PublishItem, PublishStageOutput, StoredState]):
    """One key group of orders."""

    def __init__(
        self,
        resume_state: StoredState | None,
        *,
        answering: Answering | None = None,
        tables: PublishedTablesFor = no_tables,
    ) -> None:
        """`answering`: of the worker; None: by itself. `tables`: see `state.published.PublishedOrders`."""
        self._answering = answering or Answering()
        if resume_state is None:
            self._published = PublishedOrders(tables)
        else:
            self._published = snapshots.unpack_published(resume_state, tables)
        self._alignment = Alignment(LIST, senders(Stage.CONTACTS))

    def on_batch(self, values: list[PublishItem]) -> tuple[list[PublishStageOutput], bool]:
        """Let through what is not out of date, with the day that the order's row stands under, and count it.

        A row that an earlier run wrote on another day, or of an order that is not known here yet, has to leave that
        day; whatever writes it there again comes later.
        """
        told = Publication()
        out = PublishStageOutput(counted=told.counted, entries=told.entries, decided=told.decided)
        now_ms = time.time_ns() // 1_000_000
        for outcomes in values:
            if isinstance(outcomes, Start):
                continue  # see `dataflows.flow.stage.start_every_group`
            if isinstance(outcomes, ResendListed | Barrier):
                self._alignment.hear(outcomes)
                continue
            if isinstance(outcomes, Inquiry):
                out.inquiries += self._answering.at(at_published, self._published, outcomes)
                continue
            if isinstance(outcomes, RowAt):
                if self._published.day(outcomes.account, outcomes.order) != outcomes.day:
                    out.rows.append(outcomes)
                continue
            if isinstance(outcomes, PackedOutcomes):
                self._published.publish_packed(outcomes, now_ms, told)
            else:
                self._published.publish(outcomes, now_ms, told)
            out.rows += told.take_rows()
        for (account, read_ms), events in told.read.items():
            add_read(out.read, account, {read_ms: events})
        out.corrections = self._published.take_corrections()
        out.passes_barrier = self._alignment.pass_on()
        return ([out] if out.rows or out.inquiries or out.passes_barrier else []), StatefulBatchLogic.RETAIN

    def snapshot(self) -> StoredState:
        """See `dataflows.store.snapshots`."""
        return snapshots.pack_published(self._published)

    def holds(self, packed_bytes: int) -> Mapping[str, Held]:
        """See `dataflows.store.holdings`; `packed_bytes`: the size of its snapshot."""
        return holdings.of_published(self._published, packed_bytes)


def to_rows(items: list[Keyed]) -> list[tuple[str, list[Write]]]:
    """Rows to the sink partitions of their accounts; of an order that was published several times, the last."""
    last: dict[tuple[str, str], Outcome] = {}
    left: dict[tuple[str, str], set[int]] = {}
    for _, published in items:
        for item in published.rows:
            if isinstance(item, RowAt):
                left.setdefault((item.account, item.order), set()).add(item.day)
                continue
            outcome, old_day = decision(item[0]), item[1]
            key = outcome.order.account, outcome.order.order
            if old_day != outcome.day:
                left.setdefault(key, set()).add(old_day)
            last[key] = outcome
    routed: dict[str, list[Write]] = {}
    for key, outcome in last.items():
        account, order = key
        old_days = tuple(left.pop(key) - {outcome.day}) if key in left else ()
        write = RowWrite(account, order, outcome.day, old_days, outcome.order.ordered_at, row(outcome))
        routed.setdefault(sink_partition(account), []).append(write)
    for (account, order), days in left.items():
        removals = (RowRemoval(account, order, day) for day in days)
        routed.setdefault(sink_partition(account), []).extend(removals)
    passing = (group for group, output in items if output.passes_barrier)
    return [*routed.items(), *barriers_to_sink(Stage.PUBLISH, passing)]


def to_kafka(items: list[Keyed]) -> list[tuple[str, list[KafkaRecord]]]:
    """Records for the topic `attributions`; all of an order go through one sink partition, in order."""
    routed: list[tuple[str, list[KafkaRecord]]] = []
    for group, published in items:
        outcomes = (decision(item[0]) for item in published.rows if not isinstance(item, RowAt))
        records = [kafka_record(outcome) for outcome in outcomes if outcome.publishes_record]
        if records:
            routed.append((group, records))
    return routed


def kafka_record(outcome: Outcome) -> KafkaRecord:
    """The record of a decision."""
    return record_key(outcome.order.account, outcome.order.order), record(outcome)
