"""The stage keyed by what is counted: absolute totals, told as soon as they change while that is cheap."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import chain
from typing import Final, NamedTuple

from bytewax.operators import StatefulBatchLogic

from connectors.decoding.decoder import Decoded, DecodedItem
from connectors.metrics.stream import ReadByAccount, add_read
from connectors.sources.barriers import SOURCES, Alignment, Barrier, Stage, senders
from connectors.sources.clock import Tick
from connectors.sources.replay import ReplayFinished, Start
from connectors.view.run_status import SINK_PARTITIONS
from connectors.view.sink import TotalsWrite, Write, sink_partition
from dataflows.flow.by_contact import ContactStageOutput
from dataflows.flow.publish import PublishStageOutput
from dataflows.flow.questions import Answering, told_to
from dataflows.flow.stage import barriers, barriers_to_sink, replay_finished, start_every_group
from dataflows.store import snapshots
from dataflows.store.packed_state import StoredState
from state.changes import UNKNOWN, Seen
from state.events import CampaignName, SettingsChange
from state.inquiries import Inquiry, Stop, at_totals
from state.key_groups import GROUP_KEYS
from state.ledger import HOUR, Entries, entries_of
from state.tags_seen import note_tags
from state.timeline import Timeline
from state.totals import ALL_DAYS, Amounts, Place, Totals, add_amounts, rebased, totals_group

_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)
TELL_EVERY_S_MAX: Final = 5.0
BUSY_SHARE: Final = 0.7
"""A worker whose thread works for more of the time has little to spare."""
BUSY_OVER_S: Final = 5.0
"""So long it is looked at: a worker that has just taken a snapshot is not busy for that."""


class Shares(NamedTuple):
    """How much of the time may go into telling. To write what is told takes about three times as long."""

    idle: float = 1 / 12
    busy: float = 1 / 60


SHARES: Final = Shares()


class Pace:
    """When the key groups of a worker tell their totals: as soon as they change, but once in a round each.

    A round takes as long as makes the telling in it a small share of it, so that a worker that has much to tell tells
    it together; the smaller, the less time the worker has to spare.
    """

    def __init__(
        self,
        shares: Shares = SHARES,
        worked_s: Callable[[], float] = time.thread_time,
    ) -> None:
        """`worked_s`: how long this worker's thread has worked, s."""
        self._shares = shares
        self._worked_s = worked_s
        self._round = 0
        self._began = _LONG_AGO
        self._share = shares.busy
        self._looked_at: datetime | None = None
        self._worked_then_s = 0.0
        self._cost_s = 0.0

    @property
    def round_ends(self) -> datetime:
        """As it is to be expected by now: what is yet told in the round puts it off."""
        return self._began + timedelta(seconds=min(self._cost_s / self._share, TELL_EVERY_S_MAX))

    def round_to_tell_in(self, told_in: int, now: datetime) -> int | None:
        """The round that a key group may tell in, which told last in `told_in` (0: never). None: it has to wait."""
        if not self._began <= now < self.round_ends:  # also when the clock was put back
            self._begin_round(now)
        return self._round if told_in < self._round else None

    def _begin_round(self, now: datetime) -> None:
        self._round, self._began, self._cost_s = self._round + 1, now, 0.0
        passed_s = BUSY_OVER_S if self._looked_at is None else (now - self._looked_at).total_seconds()
        if 0 <= passed_s < BUSY_OVER_S:
            return
        worked_s = self._worked_s()
        if self._looked_at is not None:
            is_busy = worked_s - self._worked_then_s > BUSY_SHARE * passed_s
            self._share = self._shares.busy if is_busy else self._shares.idle
        self._looked_at, self._worked_then_s = now, worked_s

    @contextmanager
    def telling(self) -> Iterator[None]:
        """A key group tells inside: what that takes is noted."""
        began_s = self._worked_s()
        yield
        self._cost_s += self._worked_s() - began_s


@dataclass(slots=True)
class Summed:
    """Differences for one key group of totals."""

    amounts: dict[Place, Amounts] = field(default_factory=dict)
    counted: dict[Place, Counter[str]] = field(default_factory=dict)
    """(account, day) → kinds of touches, and how many of each."""
    seen: dict[str, Seen] = field(default_factory=dict)
    names: list[CampaignName] = field(default_factory=list)
    tags: dict[str, dict[str, int]] = field(default_factory=dict)
    """Account → tag → ms of the latest touch with it."""
    settings: list[SettingsChange] = field(default_factory=list)
    read: ReadByAccount = field(default_factory=dict)
    """When the events were read that this comes of; of an account only where its `ALL_DAYS` is."""


class BarrierPassed:
    """What the key group has told before this is all that comes of the replay (`connectors.sources.barriers`)."""


TotalItem = Summed | Start | ReplayFinished | Barrier | Inquiry
TotalStageOutput = TotalsWrite | BarrierPassed | Inquiry


def combine(items: list[tuple[str, ContactStageOutput]]) -> list[tuple[str, TotalItem]]:
    """What many contacts' messages count for, gathered where it arose, and dealt to the totals that it changes.

    Behind them the questions that these are to answer.
    """
    routed: dict[str, Summed] = {}
    touched: dict[Place, list[str]] = {}
    for _, item in items:
        changes = item.changes
        for place, kinds in changes.counted.items():
            touched.setdefault(place, []).extend(kinds)
            if changes.read_ms != UNKNOWN:
                account = place[0]
                add_read(_routed(routed, account, ALL_DAYS).read, account, {changes.read_ms: len(kinds)})
        _deal(changes.entries, routed)
        for account, seen in changes.seen.items():
            seen_of = _routed(routed, account, ALL_DAYS).seen
            seen_of[account] = _later(seen_of.get(account), seen)
        for account, tags in changes.tags.items():
            note_tags(_routed(routed, account, ALL_DAYS).tags.setdefault(account, {}), tags)
    for (account, day), kinds in touched.items():
        counts = Counter(kinds)
        for total in (day, ALL_DAYS):
            _routed(routed, account, total).counted.setdefault((account, total), Counter()).update(counts)
    passed = barriers(Stage.CONTACTS, (group for group, told in items if told.passes_barrier))
    return [*routed.items(), *told_to(Stop.TOTALS, items), *passed]


def combine_orders(items: list[tuple[str, PublishStageOutput]]) -> list[tuple[str, TotalItem]]:
    """What many orders count for, dealt likewise; of an order that moves, all of it together (contract §8)."""
    routed: dict[str, Summed] = {}
    for _, item in items:
        for account, read in item.read.items():
            add_read(_routed(routed, account, ALL_DAYS).read, account, read)
    _deal(entries_of(change for _, item in items for change in item.counted), routed)
    passed = barriers(Stage.PUBLISH, (group for group, told in items if told.passes_barrier))
    return [*routed.items(), *told_to(Stop.TOTALS, items), *passed]


def _deal(differences: Entries, routed: dict[str, Summed]) -> None:
    """To the totals of their days and to those of all days, for which hours do not count."""
    of_days: dict[Place, Amounts] = {}
    of_all: dict[Place, Amounts] = {}
    for (account, day, channel, campaign, figure), amount in differences.items():
        name = channel, campaign, figure
        of_days.setdefault((account, day), {})[name] = amount
        if not figure.startswith(HOUR):
            of_account = of_all.setdefault((account, ALL_DAYS), {})
            of_account[name] = of_account.get(name, 0) + amount
    for place, amounts in chain(of_days.items(), of_all.items()):
        add_amounts(_routed(routed, *place).amounts.setdefault(place, {}), amounts)


def _later(known: Seen | None, seen: Seen) -> Seen:
    return seen if known is None else Seen(max(known.newest, seen.newest), max(known.version, seen.version))


def _routed(routed: dict[str, Summed], account: str, day: int) -> Summed:
    key = _group(account, day)
    summed = routed.get(key)
    if summed is None:
        summed = routed[key] = Summed()
    return summed


@lru_cache(maxsize=65_536)
def _group(account: str, day: int) -> str:
    """The key group of a day of an account."""
    return GROUP_KEYS[totals_group(account, day)]


def start_to_totals(items: list[DecodedItem]) -> list[tuple[str, TotalItem]]:
    """Control messages to every key group of totals; names of campaigns and settings to those of their accounts."""
    routed: dict[str, Summed] = {}
    for item in items:
        if not isinstance(item, Decoded):
            continue
        for profile in item.profiles:
            if isinstance(profile, CampaignName):
                _routed(routed, profile.account, ALL_DAYS).names.append(profile)
            elif isinstance(profile, SettingsChange):
                _routed(routed, profile.account, ALL_DAYS).settings.append(profile)
    return [*start_every_group(items), *routed.items(), *replay_finished(items)]


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
        self._told_in = 0
        self._tell_at: datetime | None = None

    def on_batch(self, values: list[TotalItem]) -> tuple[list[TotalStageOutput], bool]:
        """Add differences up; tell now, or soon, but all that comes of a replay before the barrier behind it."""
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
            return [*self._tell(), BarrierPassed(), *answers], StatefulBatchLogic.RETAIN
        return [*self._tell_if_due(), *answers], StatefulBatchLogic.RETAIN

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
        """It may be time to tell what has changed since."""
        return self._tell_if_due(), StatefulBatchLogic.RETAIN

    def on_eof(self) -> tuple[list[TotalsWrite], bool]:
        """The input has ended: tell what has not been told."""
        return self._tell(), StatefulBatchLogic.RETAIN

    def notify_at(self) -> datetime | None:
        """When to tell."""
        return self._tell_at

    def _tell_if_due(self) -> list[TotalsWrite]:
        current = self._pace.round_to_tell_in(self._told_in, datetime.now(UTC))
        if current is None:
            self._tell_at = self._pace.round_ends
            return []
        self._told_in = current
        return self._tell()

    def _tell(self) -> list[TotalsWrite]:
        self._tell_at = None
        totals = self._totals
        with self._pace.telling():
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
    passing = (group for group, told in items if isinstance(told, BarrierPassed))
    writes: list[tuple[str, list[Write]]] = [(part, [write]) for part, write in routed.items()]
    return [*writes, *barriers_to_sink(Stage.TOTALS, passing)]


def _of(routed: dict[str, TotalsWrite], account: str) -> TotalsWrite:
    return routed.setdefault(sink_partition(account), TotalsWrite([], {}, []))


def ticks_to_sink(items: list[Tick]) -> list[tuple[str, list[Write]]]:
    """Every sink partition looks after its view."""
    return [(part, [item]) for item in items for part in SINK_PARTITIONS]
