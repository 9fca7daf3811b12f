"""What facts and orders count for, added up where it arose and dealt to the totals that it changes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain
from typing import Final

from connectors.decoding.decoder import Decoded, DecodedItem
from connectors.metrics.stream import ReadByAccount, add_read
from connectors.sources.barriers import Barrier, Stage
from connectors.sources.replay import ReplayFinished, Start
from dataflows.flow.by_contact import ContactStageOutput
from dataflows.flow.publish import PublishStageOutput
from dataflows.flow.questions import questions_to
from dataflows.flow.stage import barriers, replay_finished, start_every_group
from state.changes import UNKNOWN, Seen
from state.contact_messages import no_tables
from state.counted_touches import CountedTouches, count_by_kind
from state.events import CampaignName, SettingsChange
from state.inquiries import Inquiry, Stop
from state.key_groups import GROUP_KEYS
from state.ledger import HOUR, Amounts, CountChange, Entries, entries_of
from state.order_sums import amounts_of_packed, pack_changes
from state.publication import PublishedTablesFor
from state.tags_seen import note_tags
from state.totals import ALL_DAYS, Place, add_amounts, totals_group


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


_MANY: Final = 1 << 31
"""What is packed comes of a table, so there are many orders, though few may have changed."""

TotalItem = Summed | Start | ReplayFinished | Barrier | Inquiry


def combine(items: list[tuple[str, ContactStageOutput]]) -> list[tuple[str, TotalItem]]:
    """What many contacts' messages count for, gathered where it arose, and dealt to the totals that it changes.

    Behind them the questions that these are to answer.
    """
    routed: dict[str, Summed] = {}
    touched: dict[Place, list[CountedTouches]] = {}
    for _, item in items:
        changes = item.changes
        for place, counted in changes.counted.items():
            touched.setdefault(place, []).extend(counted)
            if changes.read_ms != UNKNOWN:
                account, events = place[0], sum(map(len, counted))
                add_read(_routed(routed, account, ALL_DAYS).read, account, {changes.read_ms: events})
        _deal(changes.entries, routed)
        for account, seen in changes.seen.items():
            seen_of = _routed(routed, account, ALL_DAYS).seen
            seen_of[account] = _later(seen_of.get(account), seen)
        for account, tags in changes.tags.items():
            note_tags(_routed(routed, account, ALL_DAYS).tags.setdefault(account, {}), tags)
    for (account, day), counted in touched.items():
        counts = count_by_kind(counted)
        for total in (day, ALL_DAYS):
            _routed(routed, account, total).counted.setdefault((account, total), Counter()).update(counts)
    passed = barriers(Stage.CONTACTS, (group for group, output in items if output.passes_barrier))
    return [*routed.items(), *questions_to(Stop.TOTALS, items), *passed]


def combine_orders(
    items: list[tuple[str, PublishStageOutput]], tables: PublishedTablesFor = no_tables
) -> list[tuple[str, TotalItem]]:
    """What many orders count for, dealt likewise; of an order that moves, all of it together (contract §8).

    `tables`: of the worker, which add up what tables have packed, and what is many.
    """
    routed: dict[str, Summed] = {}
    packed: dict[str, list[bytes]] = {}
    changes: list[CountChange] = []
    for _, item in items:
        for account, read in item.read.items():
            add_read(_routed(routed, account, ALL_DAYS).read, account, read)
        for account, entries in item.entries:
            packed.setdefault(account, []).append(entries)
        changes += item.counted
    summing = tables(_MANY if packed else len(changes))
    if summing is None:
        _deal(entries_of(changes), routed)
    else:
        for account, entries in pack_changes(changes).items():
            packed.setdefault(account, []).append(entries)
    for account, lists in packed.items():
        by_day = amounts_of_packed(account, lists, None if summing is None else summing.sum_orders)
        _deal_days({(account, day): amounts for day, amounts in by_day.items()}, routed)
    passed = barriers(Stage.PUBLISH, (group for group, output in items if output.passes_barrier))
    return [*routed.items(), *questions_to(Stop.TOTALS, items), *passed]


def _deal(differences: Entries, routed: dict[str, Summed]) -> None:
    of_days: dict[Place, Amounts] = {}
    for (account, day, channel, campaign, figure), amount in differences.items():
        of_days.setdefault((account, day), {})[channel, campaign, figure] = amount
    _deal_days(of_days, routed)


def _deal_days(of_days: dict[Place, Amounts], routed: dict[str, Summed]) -> None:
    """To the totals of their days and to those of all days, for which hours do not count."""
    of_all: dict[Place, Amounts] = {}
    for (account, _), amounts in of_days.items():
        of_account = of_all.setdefault((account, ALL_DAYS), {})
        for name, amount in amounts.items():
            if not name[2].startswith(HOUR):
                of_account[name] = of_account.get(name, 0) + amount
    for place, amounts in chain(of_days.items(), of_all.items()):
        if amounts:
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
