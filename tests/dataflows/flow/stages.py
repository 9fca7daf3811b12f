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
from connectors.sources.raw_lines import SOURCE_PARTITIONS, Lines
from connectors.sources.replay import ReplayFinished, Start
from connectors.view.sink import RowWrite, TotalsWrite
from connectors.view.totals import place
from dataflows.flow.by_address import AddressLogic, answers_to_orders, to_addresses
from dataflows.flow.by_contact import ContactLogic, orders_to_contacts, touches_to_contacts
from dataflows.flow.by_order import OrderLogic, to_orders
from dataflows.flow.by_total import TotalLogic, combine, combine_orders, start_to_totals, to_counters
from dataflows.flow.publish import PublishLogic, to_kafka, to_publish, to_rows
from state.erasures import Secret
from state.settings import Settings, parse_settings
from state.timeline import Timeline, of_file
from state.times import format_time

SECRET = Secret(b"k" * 32)


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
            told, _ = self._logics[key].on_batch(queued[key])
            out += [(key, item) for item in told]
        return out

    def end(self) -> list[tuple[str, Any]]:
        return [(key, item) for key, logic in self._logics.items() for item in logic.on_eof()[0]]

    def snapshot(self) -> dict[str, bytes]:
        return {key: logic.snapshot() for key, logic in self._logics.items()}

    def restore(self, snapshots: Mapping[str, bytes]) -> None:
        self._logics = {key: self._build(snapshot) for key, snapshot in snapshots.items()}


class Stages:
    """The dataflow from lines to what Redis and Kafka would hold."""

    def __init__(self, tables: Mapping[str, Mapping[str, Any]]) -> None:
        timeline_of = timelines(tables)
        self._decoder = Decoder()
        self._stages = {
            "by_address": _Stage(partial(AddressLogic, secret=SECRET)),
            "by_order": _Stage(partial(OrderLogic, secret=SECRET)),
            "by_contact": _Stage(partial(ContactLogic, timeline_of=timeline_of, secret=SECRET)),
            "by_total": _Stage(partial(TotalLogic, timeline_of=timeline_of)),
            "publish": _Stage(PublishLogic),
        }
        self.hashes: dict[str, dict[str, str]] = {}
        self.rows: dict[tuple[str, str], dict[str, Any]] = {}
        self.row_days: dict[tuple[str, str], set[int]] = {}
        self.records: dict[tuple[str, str], dict[str, Any]] = {}
        self.records_told = 0
        self.as_of: dict[str, str] = {}
        self.dead: list[str] = []
        self._told: set[tuple[str, str]] | None = None

    def read(self, batch: Sequence[bytes]) -> None:
        """One batch of lines."""
        lines = [line for line in batch if line.strip()]
        self._pass(self._decoder.decode(Lines("touches", 0, lines, range(len(lines)))))

    def start(self, *, rebuild: bool = False) -> None:
        self._pass(Start(rebuild))

    def passed(self) -> None:
        """All sources have read as far as ever: what was not told again goes, as the sink does it."""
        for partition in SOURCE_PARTITIONS:
            self._pass(ReplayFinished(partition))
        if self._told is None:
            return
        for key, fields in self.hashes.items():
            for field in [field for field in fields if (key, field) not in self._told]:
                del fields[field]
        self._told = None

    def _pass(self, decoded: Any) -> None:
        stages, items = self._stages, [decoded]
        self.dead += [letter.reason for letter in getattr(decoded, "dead", ())]
        answers = answers_to_orders(stages["by_address"].give(to_addresses(SECRET, items)))
        told = stages["by_order"].give([*to_orders(items), *answers])
        changes = stages["by_contact"].give([*touches_to_contacts(items), *orders_to_contacts(told)])
        self.dead += [letter.reason for _, item in [*told, *changes] for letter in item.dead]
        published = stages["publish"].give(to_publish(changes))
        self._tell(published)
        sums = [*combine(changes), *combine_orders(published), *start_to_totals(items)]
        self._total(stages["by_total"].give(sums))

    def end(self) -> None:
        """The input has ended."""
        self._total(self._stages["by_total"].end())

    def snapshot(self) -> dict[str, dict[str, bytes]]:
        return {name: stage.snapshot() for name, stage in self._stages.items()}

    def restore(self, snapshots: Mapping[str, Mapping[str, bytes]]) -> None:
        """A crash: the stages are back at a snapshot; what was told stays told."""
        for name, stage in self._stages.items():
            stage.restore(snapshots[name])
        self._told = set()

    def _tell(self, outcomes: list[tuple[str, Any]]) -> None:
        for _, records in to_kafka(outcomes):
            for key, value in records:
                assert key is not None
                self.records_told += 1
                account, order = json.loads(key)
                self.records[account, order] = json.loads(value)
        for _, writes in to_rows(outcomes):
            for write in writes:
                assert isinstance(write, RowWrite)
                days = self.row_days.setdefault((write.account, write.order), set())
                days.difference_update(write.old_days)
                days.add(write.day)
                self.rows[write.account, write.order] = json.loads(write.row)

    def _total(self, told: list[tuple[str, Any]]) -> None:
        for _, writes in to_counters(told):
            for write in writes:
                assert isinstance(write, TotalsWrite)
                for entry, value in write.totals:
                    key, field = place(entry)
                    fields = self.hashes.setdefault(key, {})
                    if self._told is not None:
                        self._told.add((key, field))
                    if value:
                        fields[field] = str(value)
                    else:
                        fields.pop(field, None)
                for account, seen in write.seen.items():
                    self.as_of[account] = format_time(seen.newest)

    def view(self) -> dict[str, dict[str, str]]:
        """The hashes that are not empty."""
        return {key: fields for key, fields in self.hashes.items() if fields}
