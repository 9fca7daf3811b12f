"""The stages of the dataflow joined by hand, without the engine: thousands of small streams in seconds.

Routing is the dataflow's own (`to_orders`, `combine`, …). What the engine adds, batches, workers and epochs, is played
by the caller: it says what comes together, and when a crash takes the stages back to their last snapshots.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from connectors.decoding.decoder import Decoder
from connectors.sources.barriers import Barrier
from connectors.sources.raw_lines import SOURCE_PARTITIONS, Lines
from connectors.sources.replay import EMIT_ALL, ReplayFinished, Resend, ResendItem, ResendListed, RowAt, Start
from connectors.view.packed_rows import RowRemoval, RowWrite
from connectors.view.settings_versions import encode_versions
from connectors.view.sink import UPSTREAM, TotalsWrite
from connectors.view.totals import Value, hashes_of
from dataflows.flow.by_address import AddressLogic, answers_to_orders, to_addresses
from dataflows.flow.by_contact import ContactLogic, orders_to_contacts, touches_to_contacts
from dataflows.flow.by_order import OrderLogic, resends_to_orders, to_orders
from dataflows.flow.by_total import TotalLogic, answers_of_totals, to_counters
from dataflows.flow.pace import Pace, Shares
from dataflows.flow.publish import PublishLogic, rows_to_publish, start_to_publish, to_publish
from dataflows.flow.questions import Answering, answered, to_stage
from dataflows.flow.sums import combine, combine_orders, start_to_totals
from state.erasures import Secret
from state.inquiries import Inquiry, Stop, begin
from state.questions import Answer, Question
from state.retention import NEVER
from state.settings import Settings, parse_settings
from state.timeline import Timeline, of_file
from state.times import format_time
from tests.message_tables import message_tables
from tests.published_texts import one_by_one, published_texts

SECRET = Secret(b"k" * 32)
STAGES = ("by_address", "by_order", "by_contact", "publish", "by_total")
"""In the order in which one sends to the other."""

AT_ONCE = Shares(1e9, 1e9)
"""Totals are emitted when they change."""
SELDOM = Shares(1e-12, 1e-12)
"""None is emitted twice within five seconds, unless it has to be."""

Snapshot = dict[str, dict[str, bytes]]
"""Stage → key group → its state."""


def timelines(tables: Mapping[str, Mapping[str, Any]]) -> Callable[[str], Timeline]:
    """Account → the settings of a file's tables; "" is `[default]`."""
    known = {account: of_file(parse_settings(table)) for account, table in tables.items()}
    default = known.get("", of_file(Settings()))
    return lambda account: known.get(account, default) if account else default


class _Stage:
    """A keyed stage: a logic for each key, made when it is first needed."""

    def __init__(self, build: Callable[[bytes | None], Any]) -> None:
        self._build = build
        self._logics: dict[str, Any] = {}

    def give(self, items: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
        """Everything that is queued for a key in one call, as the engine does it."""
        queued: dict[str, list[Any]] = {}
        for key, item in items:
            queued.setdefault(key, []).append(item)
        out = []
        for key in sorted(queued):
            if key not in self._logics:
                self._logics[key] = self._build(None)
            emitted, _ = self._logics[key].on_batch(queued[key])
            out += [(key, item) for item in emitted]
        return out

    def end(self) -> list[tuple[str, Any]]:
        return [(key, item) for key, logic in self._logics.items() for item in logic.on_eof()[0]]

    def snapshot(self) -> dict[str, bytes]:
        return {key: bytes(logic.snapshot()) for key, logic in self._logics.items()}

    def restore(self, snapshots: Mapping[str, bytes]) -> None:
        self._logics = {key: self._build(snapshot) for key, snapshot in snapshots.items()}


class Stages:
    """The dataflow from lines to what Redis and Kafka would hold."""

    def __init__(self, tables: Mapping[str, Mapping[str, Any]], shares: Shares = AT_ONCE) -> None:
        """`shares`: how soon totals are emitted."""
        pace, answering = Pace(shares), Answering()
        settings: dict[str, Any] = {"timeline_of": timelines(tables), "answering": answering}
        self._decoder = Decoder()
        self._stages = {
            "by_address": _Stage(partial(AddressLogic, secret=SECRET)),
            "by_order": _Stage(partial(OrderLogic, secret=SECRET, answering=answering, tables=message_tables)),
            "by_contact": _Stage(partial(ContactLogic, **settings, secret=SECRET, tables=message_tables)),
            "by_total": _Stage(partial(TotalLogic, **settings, pace=pace)),
            "publish": _Stage(partial(PublishLogic, answering=answering, tables=message_tables)),
        }
        self.hashes: dict[str, dict[str, str]] = {}
        self.rows: dict[tuple[str, str], dict[str, Any]] = {}
        self.row_days: dict[tuple[str, str], set[int]] = {}
        self.records: dict[tuple[str, str], dict[str, Any]] = {}
        self.as_of: dict[str, str] = {}
        self.currency: dict[str, str] = {}
        self.time_zone: dict[str, str] = {}
        self.names: dict[tuple[str, str, str], str] = {}
        self.tags: dict[str, dict[str, int]] = {}
        self.versions: dict[str, list[dict[str, Any]]] = {}
        self.dead: list[str] = []
        self.answers: list[Inquiry] = []
        self._held_totals: dict[tuple[str, str], Value] | None = None
        """(key, field) → the last total that the sink holds back; None: it is live."""
        self._awaits: set[str] = set()
        """Whose barriers it has not seen."""
        self._queues: dict[str, list[tuple[str, Any]]] = {name: [] for name in self._stages}
        self._topic: list[tuple[str, str]] = []
        """(account, order) of every record ever published."""
        self._settled = 0
        """How much of the topic the last snapshot knows."""
        self._is_listed = True
        self._unsettled: set[tuple[str, str, int]] = set()
        """(account, order, day) of rows that the last snapshot does not know."""
        self._held: list[RowWrite | RowRemoval] | None = None
        """Rows that the sink holds back; None: it is live."""

    def read(self, batch: Sequence[bytes]) -> None:
        """One batch of lines."""
        self.queue(batch)
        self.drain()

    def queue(self, batch: Sequence[bytes]) -> None:
        """One batch of lines, on its way to the stages."""
        lines = [line for line in batch if line.strip()]
        self._queue(self._decoder.decode(Lines("touches", 0, lines, range(len(lines)))))

    def start(self, *, rebuild: bool = False) -> None:
        self._queue(Start(rebuild))
        self.drain()
        for item in EMIT_ALL if rebuild else ():
            self._queue(item)
            self.drain()

    def list_resends(self) -> None:
        """What was published since the last snapshot is listed, as the source of resends does it."""
        rows = [RowAt(*row) for row in sorted(self._unsettled)]
        orders = [*self._topic[self._settled :], *((row.account, row.order) for row in rows)]
        items: list[ResendItem] = [*rows, *(Resend(*order) for order in orders), ResendListed()]
        self._queues["by_order"] += resends_to_orders(items)
        self._queues["publish"] += rows_to_publish(items)
        self._is_listed = True

    def finish_replay(self, partition: str) -> None:
        """A source has read as far as ever."""
        self._queue(ReplayFinished(partition))

    def passed(self) -> None:
        """All sources have read as far as ever, and all that comes of it has arrived."""
        self.list_resends()
        for partition in SOURCE_PARTITIONS:
            self.finish_replay(partition)
        self.drain()
        assert self.is_live

    @property
    def is_live(self) -> bool:
        """Whether readers see what is written."""
        return self._held is None

    def _pass(self, barrier: Barrier) -> None:
        """The last one shows what was held back, and what was not emitted again goes."""
        self._awaits -= barrier.senders
        if self._awaits or self._held is None or self._held_totals is None:
            return
        held, self._held = self._held, None
        for write in held:
            self._write_row(write)
        totals, self._held_totals = self._held_totals, None
        for key, fields in self.hashes.items():
            for field in [field for field in fields if (key, field) not in totals]:
                del fields[field]
        for (key, field), value in totals.items():
            self._put_total(key, field, value)

    def _queue(self, decoded: Any) -> None:
        queues, items = self._queues, [decoded]
        self.dead += [letter.reason for letter in getattr(decoded, "dead", ())]
        queues["by_address"] += to_addresses(SECRET, items)
        queues["by_order"] += to_orders(items)
        queues["by_contact"] += touches_to_contacts(items)
        queues["publish"] += start_to_publish(items)
        queues["by_total"] += start_to_totals(items)

    def step(self, name: str) -> None:
        """A stage takes all that is on its way to it."""
        queues = self._queues
        items, queues[name] = queues[name], []
        out = self._stages[name].give(items)
        match name:
            case "by_address":
                queues["by_order"] += answers_to_orders(out)
            case "by_order":
                self._bury(out)
                self.answers += answered(out)
                queues["by_contact"] += orders_to_contacts(out, message_tables)
            case "by_contact":
                self._bury(out)
                self.answers += answered(out)
                queues["publish"] += to_publish(out, message_tables)
                queues["by_total"] += combine(out)
            case "publish":
                self._emit(out)
                queues["by_total"] += combine_orders(out, message_tables)
            case "by_total":
                self.answers += answers_of_totals(out)
                self._total(out)

    def drain(self) -> None:
        """Everything arrives that is on its way."""
        for name in STAGES:
            self.step(name)

    def ask(self, question: Question) -> None:
        """A question, on its way to the stages behind everything that was queued."""
        inquiry = begin(str(len(self.answers)), question)
        for stop in Stop:
            if stop is not Stop.ASKER:
                self._queues[stop] += to_stage(stop, [inquiry])

    def answer(self, question: Question) -> Answer:
        """What is answered at once."""
        self.ask(question)
        self.drain()
        return self.answers.pop().answer

    def _bury(self, out: list[tuple[str, Any]]) -> None:
        self.dead += [letter.reason for _, item in out for letter in item.dead]

    def end(self) -> None:
        """The input has ended."""
        self._total(self._stages["by_total"].end())

    def snapshot(self) -> Snapshot:
        """An epoch is complete, and stored."""
        self.drain()
        if self._held is None:
            self._unsettled.clear()
        if self._is_listed:
            self._settled = len(self._topic)
        return {name: stage.snapshot() for name, stage in self._stages.items()}

    def restore(self, snapshots: Snapshot) -> None:
        """A crash: the stages are back at the last snapshot; what was published stays published."""
        for name, stage in self._stages.items():
            stage.restore(snapshots[name])
            self._queues[name].clear()
        self._held_totals, self._held, self._awaits = {}, [], set(UPSTREAM)
        self._is_listed = False

    def _emit(self, outcomes: list[tuple[str, Any]]) -> None:
        for _, records in published_texts().to_kafka(outcomes):
            for key, value in records:
                assert key is not None
                account, order = json.loads(key)
                self.records[account, order] = json.loads(value)
                self._topic.append((account, order))
        for _, writes in published_texts().to_rows(outcomes):
            for write in one_by_one(writes):
                if isinstance(write, Barrier):
                    self._pass(write)
                    continue
                assert isinstance(write, RowWrite | RowRemoval)
                if isinstance(write, RowWrite):
                    self._unsettled.add((write.account, write.order, write.day))
                if self._held is None:
                    self._write_row(write)
                    continue
                self._held.append(write)
                gone = write.old_days if isinstance(write, RowWrite) else (write.day,)
                self._unsettled.update((write.account, write.order, day) for day in gone)

    def _write_row(self, write: RowWrite | RowRemoval) -> None:
        days = self.row_days.setdefault((write.account, write.order), set())
        if isinstance(write, RowRemoval):
            days.discard(write.day)
            return
        days.difference_update(write.old_days)
        days.add(write.day)
        self.rows[write.account, write.order] = json.loads(write.row)

    def _total(self, emitted: list[tuple[str, Any]]) -> None:
        for _, writes in to_counters(emitted):
            for write in writes:
                if isinstance(write, Barrier):
                    self._pass(write)
                    continue
                assert isinstance(write, TotalsWrite)
                for place, totals in write.totals:
                    for key, fields in hashes_of(place, totals).items():
                        for field, value in fields.items():
                            self._take_total(key, field, value)
                for account, seen in write.seen.items():
                    self.currency[account] = seen.version.settings.currency
                    self.time_zone[account] = seen.version.settings.time_zone
                    if seen.newest != NEVER:
                        self.as_of[account] = format_time(seen.newest)
                for said in write.names:
                    self.names[said.account, said.channel, said.campaign] = said.name
                for account, tags in write.tags.items():
                    self.tags.setdefault(account, {}).update(tags)
                for account, versions in write.settings.items():
                    self.versions[account] = json.loads(encode_versions(versions))

    def _take_total(self, key: str, field: str, value: Value) -> None:
        if self._held_totals is None:
            self._put_total(key, field, value)
        else:
            self._held_totals[key, field] = value

    def _put_total(self, key: str, field: str, value: Value) -> None:
        fields = self.hashes.setdefault(key, {})
        if value:
            fields[field] = str(value)
        else:
            fields.pop(field, None)

    def view(self) -> dict[str, dict[str, str]]:
        """The hashes that are not empty."""
        return {key: fields for key, fields in self.hashes.items() if fields}
