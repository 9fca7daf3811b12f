"""The stage keyed by what is counted: absolute totals, told a few times a second."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

from bytewax.operators import StatefulBatchLogic

from connectors.decoding.decoder import Decoded, DecodedItem
from connectors.sources.clock import Tick
from connectors.sources.replay import ReplayFinished, ResendItem, ResendListed, Start
from connectors.view.run_status import SINK_PARTITIONS
from connectors.view.sink import TotalsWrite, Write, sink_partition
from dataflows.flow.by_contact import ContactStageOutput
from dataflows.flow.publish import PublishStageOutput
from dataflows.flow.stage import ReplayProgress, to_all_groups
from dataflows.store import snapshots
from state.changes import Seen
from state.events import CampaignName
from state.key_groups import GROUP_KEYS, GROUPS, key_group
from state.ledger import HOUR, Entries, EntryKey
from state.timeline import Timeline
from state.totals import ALL_DAYS, Place, Totals, rebased

TELL_EVERY_S: Final = 0.5
"""A total that changes all the time is told this often; one that has been at rest is told at once."""
TELL_EVERY_S_MAX: Final = 5.0
TELLING_SHARE: Final = 1 / 60
"""How much of the time may go into telling. To write what is told takes about three times as long."""


class Pace:
    """How often the key groups of a worker tell their totals: more seldom when there is more to tell each time."""

    def __init__(self) -> None:
        self._cost_s = 0.0

    def note(self, before_s: float, cost_s: float) -> None:
        """One key group took `cost_s` to tell, after `before_s` the last time."""
        self._cost_s += cost_s - before_s

    @property
    def interval(self) -> timedelta:
        """The time between two tellings of a key group."""
        return timedelta(seconds=min(max(TELL_EVERY_S, self._cost_s / TELLING_SHARE), TELL_EVERY_S_MAX))


@dataclass(slots=True)
class Summed:
    """Differences for one key group of totals."""

    entries: Entries = field(default_factory=dict)
    counted: dict[Place, Counter[str]] = field(default_factory=dict)
    """(account, day) → kinds of touches, and how many of each."""
    seen: dict[str, Seen] = field(default_factory=dict)
    names: list[CampaignName] = field(default_factory=list)


TotalItem = Summed | Start | ReplayFinished


def combine(items: list[tuple[str, ContactStageOutput]]) -> list[tuple[str, TotalItem]]:
    """What many contacts' messages count for, gathered where it arose, and dealt to the totals that it changes."""
    routed: dict[str, Summed] = {}
    touched: dict[Place, list[str]] = {}
    for _, item in items:
        changes = item.changes
        for place, kinds in changes.counted.items():
            touched.setdefault(place, []).extend(kinds)
        _deal(changes.entries, routed)
        for account, seen in changes.seen.items():
            seen_of = _routed(routed, account, ALL_DAYS).seen
            seen_of[account] = _later(seen_of.get(account), seen)
    for (account, day), kinds in touched.items():
        counts = Counter(kinds)
        for total in (day, ALL_DAYS):
            _routed(routed, account, total).counted.setdefault((account, total), Counter()).update(counts)
    return list(routed.items())


def combine_orders(items: list[tuple[str, PublishStageOutput]]) -> list[tuple[str, TotalItem]]:
    """What many orders count for, dealt likewise; of an order that moves, all of it together (contract §8)."""
    routed: dict[str, Summed] = {}
    for _, item in items:
        _deal(item.entries, routed)
    return list(routed.items())


def _deal(differences: Entries, routed: dict[str, Summed]) -> None:
    for (account, day, channel, campaign, name), amount in differences.items():
        for total in (day,) if name.startswith(HOUR) else (day, ALL_DAYS):
            entries, key = _routed(routed, account, total).entries, (account, total, channel, campaign, name)
            entries[key] = entries.get(key, 0) + amount


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
    return GROUP_KEYS[key_group(account, str(day), GROUPS)]


def start_to_totals(items: list[DecodedItem]) -> list[tuple[str, TotalItem]]:
    """Control messages to every key group of totals; names of campaigns to those of their accounts."""
    routed: dict[str, Summed] = {}
    told: list[tuple[str, TotalItem]] = []
    for item in items:
        if isinstance(item, Start | ReplayFinished):
            told += to_all_groups(item)
        for profile in item.profiles if isinstance(item, Decoded) else ():
            if isinstance(profile, CampaignName):
                _routed(routed, profile.account, ALL_DAYS).names.append(profile)
    return [*told, *routed.items()]


class TotalLogic(StatefulBatchLogic[TotalItem, TotalsWrite, bytes]):
    """One key group of totals."""

    def __init__(
        self,
        resume_state: bytes | None,
        timeline_of: Callable[[str], Timeline],
        *,
        keeps_settings: bool = False,
        pace: Pace | None = None,
        is_fresh: bool = False,
    ) -> None:
        """As `ContactLogic` takes them. `pace`: of all key groups of the worker.

        `is_fresh`: nobody has seen any totals yet, so that none can go back.
        """
        self._pace = pace or Pace()
        self._cost_s = 0.0
        self._totals = Totals() if resume_state is None else snapshots.unpack_totals(resume_state)
        for account, seen in self._totals.seen.items() if not keeps_settings else ():
            self._totals.seen[account] = rebased(seen, timeline_of(account).versions[-1])
        self._replay = ReplayProgress()
        self._tells_at_once = not is_fresh
        self._told_at = datetime.min.replace(tzinfo=UTC)
        self._tell_at: datetime | None = None

    def on_batch(self, values: list[TotalItem]) -> tuple[list[TotalsWrite], bool]:
        """Add differences up; tell now, or soon."""
        for value in values:
            if isinstance(value, Start):
                self._totals.emit_all()
                continue
            if isinstance(value, ReplayFinished):
                self._replay.hear(value)
                continue
            self._totals.add(value.entries)
            for place, counts in value.counted.items():
                self._totals.count(place, counts)
            for account, seen in value.seen.items():
                self._totals.see(account, seen)
            for said in value.names:
                self._totals.names.add(said)
        now = datetime.now(UTC)
        tell_at = self._told_at + self._pace.interval
        # What the sink holds when the epoch ends in which the stream has caught up must be all that was
        # counted, also of a key group that a crash has lost whole.
        if self._tells_at_once or now >= tell_at:
            return self._tell(now), StatefulBatchLogic.RETAIN
        self._tell_at = tell_at
        return [], StatefulBatchLogic.RETAIN

    def on_notify(self) -> tuple[list[TotalsWrite], bool]:
        """It is time to tell what has changed since."""
        return self._tell(datetime.now(UTC)), StatefulBatchLogic.RETAIN

    def on_eof(self) -> tuple[list[TotalsWrite], bool]:
        """The input has ended: tell what has not been told."""
        return self._tell(datetime.now(UTC)), StatefulBatchLogic.RETAIN

    def notify_at(self) -> datetime | None:
        """When to tell."""
        return self._tell_at

    def _tell(self, now: datetime) -> list[TotalsWrite]:
        self._told_at, self._tell_at = now, None
        began = time.perf_counter()
        totals = self._totals
        write = TotalsWrite(totals.take_changes(), totals.take_seen(), totals.names.take_changes())
        cost_s = time.perf_counter() - began
        self._pace.note(self._cost_s, cost_s)
        self._cost_s = cost_s
        return [write] if write.totals or write.seen or write.names else []

    def snapshot(self) -> bytes:
        """See `dataflows.store.snapshots`."""
        self._tells_at_once = self._tells_at_once and not self._replay.has_finished_reading
        return snapshots.pack_totals(self._totals)


def to_counters(items: list[tuple[str, TotalsWrite]]) -> list[tuple[str, list[Write]]]:
    """Totals to the sink partitions of their accounts."""
    routed: dict[str, TotalsWrite] = {}
    for _, write in items:
        by_account: dict[str, list[tuple[EntryKey, int]]] = {}
        for entry in write.totals:
            try:
                by_account[entry[0][0]].append(entry)
            except KeyError:
                by_account[entry[0][0]] = [entry]
        for account, totals in by_account.items():
            _of(routed, account).totals.extend(totals)
        for account, seen in write.seen.items():
            _of(routed, account).seen[account] = seen
        for said in write.names:
            _of(routed, said.account).names.append(said)
    return [(part, [write]) for part, write in routed.items()]


def _of(routed: dict[str, TotalsWrite], account: str) -> TotalsWrite:
    return routed.setdefault(sink_partition(account), TotalsWrite([], {}, []))


def ticks_to_sink(items: list[Tick]) -> list[tuple[str, list[Write]]]:
    """Every sink partition looks after its view."""
    return [(part, [item]) for item in items for part in SINK_PARTITIONS]


def list_to_sink(items: list[ResendItem]) -> list[tuple[str, list[Write]]]:
    """Every sink partition learns that all that is to be resent is on its way."""
    return [(part, [item]) for item in items if isinstance(item, ResendListed) for part in SINK_PARTITIONS]


def passed_to_sink(items: list[DecodedItem]) -> list[tuple[str, list[Write]]]:
    """Every sink partition learns how far the sources are."""
    return [(part, [item]) for item in items if isinstance(item, ReplayFinished) for part in SINK_PARTITIONS]
