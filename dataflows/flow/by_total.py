"""The stage keyed by what is counted: absolute totals, emitted as soon as they change while that is cheap."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from bytewax.operators import StatefulBatchLogic

from connectors.metrics.stream import ReadByAccount, add_read
from connectors.sources.barriers import SOURCES, Alignment, Barrier, Stage, senders
from connectors.sources.clock import Tick
from connectors.sources.replay import ReplayFinished, Start
from connectors.view.run_status import SINK_PARTITIONS
from connectors.view.sink import TotalsWrite, Write, sink_partition
from dataflows.flow.pace import Pace
from dataflows.flow.questions import Answering
from dataflows.flow.stage import barriers_to_sink
from dataflows.flow.sums import Summed, TotalItem
from dataflows.store import snapshots
from dataflows.store.packed_state import StoredState
from state.inquiries import Inquiry, at_totals
from state.tags_seen import note_tags
from state.timeline import Timeline
from state.totals import Totals, rebased


class BarrierPassed:
    """What the key group has emitted before this is all that comes of the replay (`connectors.sources.barriers`)."""


TotalStageOutput = TotalsWrite | BarrierPassed | Inquiry


class TotalLogic(StatefulBatchLogic[TotalItem, TotalStageOutput, StoredState]):
    """One key group of totals."""

    def __init__(
        self,
        resume_state: StoredState | None,
        timeline_of: Callable[[str], Timeline],
        *,
        pace: Pace,
        answering: Answering | None = None,
        keeps_settings: bool = False,
    ) -> None:
        """As `ContactLogic` takes them. `pace`: of all key groups of the worker."""
        self._answering = answering or Answering()
        self._pace = pace
        self._timeline_of = timeline_of
        self._totals = Totals() if resume_state is None else snapshots.unpack_totals(resume_state)
        if not keeps_settings:
            for account, seen in self._totals.seen.items():
                self._totals.seen[account] = rebased(seen, timeline_of(account).versions[-1])
            self._totals.settings.rebase(timeline_of)
        self._alignment = Alignment(SOURCES, senders(Stage.CONTACTS, Stage.PUBLISH))
        self._read: ReadByAccount = {}
        self._emitted_in = 0
        self._emit_at: datetime | None = None

    def on_batch(self, values: list[TotalItem]) -> tuple[list[TotalStageOutput], bool]:
        """Add differences up; emit totals now, or soon, but all that comes of a replay before the barrier behind it."""
        answers: list[Inquiry] = []
        for value in values:
            if isinstance(value, Inquiry):
                answers += self._answering.at(at_totals, self._totals, value)
                continue
            if isinstance(value, ReplayFinished | Barrier):
                self._alignment.hear(value)
                continue
            if isinstance(value, Start):
                self._totals.emit_all()
                continue
            self._take(value)
        if self._alignment.pass_on():
            return [*self._emit(), BarrierPassed(), *answers], StatefulBatchLogic.RETAIN
        return [*self._emit_if_due(), *answers], StatefulBatchLogic.RETAIN

    def _take(self, summed: Summed) -> None:
        for place, amounts in summed.amounts.items():
            self._totals.add(place, amounts)
        for account, read in summed.read.items():
            add_read(self._read, account, read)
        for place, counts in summed.counted.items():
            self._totals.count(place, counts)
        for account, seen in summed.seen.items():
            self._totals.see(account, seen)
            self._totals.settings.know(account, self._timeline_of)
        for said in summed.names:
            self._totals.names.add(said)
        for account, tags in summed.tags.items():
            self._totals.tags.add(account, tags)
        for change in summed.settings:
            self._totals.settings.add(change, self._timeline_of)

    def on_notify(self) -> tuple[list[TotalsWrite], bool]:
        """It may be time to emit what has changed since."""
        return self._emit_if_due(), StatefulBatchLogic.RETAIN

    def on_eof(self) -> tuple[list[TotalsWrite], bool]:
        """The input has ended: emit what has not been emitted."""
        return self._emit(), StatefulBatchLogic.RETAIN

    def notify_at(self) -> datetime | None:
        """When to emit."""
        return self._emit_at

    def _emit_if_due(self) -> list[TotalsWrite]:
        current = self._pace.round_to_emit_in(self._emitted_in, datetime.now(UTC))
        if current is None:
            self._emit_at = self._pace.round_ends
            return []
        self._emitted_in = current
        return self._emit()

    def _emit(self) -> list[TotalsWrite]:
        self._emit_at = None
        totals = self._totals
        with self._pace.emitting():
            write = TotalsWrite(
                totals.take_changes(),
                totals.take_seen(),
                totals.names.take_changes(),
                totals.tags.take_changes(),
                totals.settings.take_changes(),
                self._read,
            )
            self._read = {}
        return [] if write.is_empty() else [write]

    def snapshot(self) -> StoredState:
        """See `dataflows.store.snapshots`."""
        return snapshots.pack_totals(self._totals)


def answers_of_totals(items: list[tuple[str, TotalStageOutput]]) -> list[Inquiry]:
    """The questions that the stage has answered."""
    return [item for _, item in items if isinstance(item, Inquiry)]


def to_counters(items: list[tuple[str, TotalStageOutput]]) -> list[tuple[str, list[Write]]]:
    """Totals to the sink partitions of their accounts."""
    routed: dict[str, TotalsWrite] = {}
    for _, write in items:
        if isinstance(write, Inquiry | BarrierPassed):
            continue
        for changed in write.totals:
            (account, _), _ = changed
            _of(routed, account).totals.append(changed)
        for account, seen in write.seen.items():
            _of(routed, account).seen[account] = seen
        for said in write.names:
            _of(routed, said.account).names.append(said)
        for account, tags in write.tags.items():
            note_tags(_of(routed, account).tags.setdefault(account, {}), tags)
        for account, versions in write.settings.items():
            _of(routed, account).settings[account] = versions
        for account, read in write.read.items():
            add_read(_of(routed, account).read, account, read)
    passing = (group for group, output in items if isinstance(output, BarrierPassed))
    writes: list[tuple[str, list[Write]]] = [(part, [write]) for part, write in routed.items()]
    return [*writes, *barriers_to_sink(Stage.TOTALS, passing)]


def _of(routed: dict[str, TotalsWrite], account: str) -> TotalsWrite:
    return routed.setdefault(sink_partition(account), TotalsWrite([], {}, []))


def ticks_to_sink(items: list[Tick]) -> list[tuple[str, list[Write]]]:
    """Every sink partition looks after its view."""
    return [(part, [item]) for item in items for part in SINK_PARTITIONS]
