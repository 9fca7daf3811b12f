"""What is told of totals at a start, when differences and control messages come in any order."""

from __future__ import annotations

import pytest
from bytewax.operators import StatefulBatchLogic

from connectors.decoding.decoder import Decoded
from connectors.sources.raw_lines import SOURCE_PARTITIONS
from connectors.sources.replay import ReplayFinished, Start
from dataflows.flow.by_contact import ContactStageOutput
from dataflows.flow.by_total import Summed, TotalItem, TotalLogic, combine, start_to_totals, to_counters
from state.changes import Changes
from state.events import CampaignName
from state.ledger import EntryKey
from state.settings import Settings
from state.timeline import Timeline, of_file
from state.totals import ALL_DAYS

KEY: EntryKey = ("acme", 738_000, "email", "spring", "sent")
ALL_PASSED = [ReplayFinished(partition) for partition in SOURCE_PARTITIONS]


def _timeline(_account: str) -> Timeline:
    return of_file(Settings())


def _told(logic: TotalLogic, *items: TotalItem) -> dict[EntryKey, int]:
    told, _ = logic.on_batch(list(items))
    return {key: value for write in told for key, value in write.totals}


def test_a_total_that_has_come_to_nothing_is_told_though_the_start_comes_late() -> None:
    """Another worker's events may overtake the start."""
    logic = TotalLogic(None, _timeline)
    assert _told(logic, Summed({KEY: 1}))[KEY] == 1
    told = _told(logic, Summed({KEY: -1}), Start(rebuild=False))
    told |= {key: value for write in logic.on_eof()[0] for key, value in write.totals}
    assert told[KEY] == 0


@pytest.mark.parametrize("overtaking", [[], [Summed({KEY: 1})]])
def test_all_totals_are_told_before_the_view_is_shown(overtaking: list[TotalItem]) -> None:
    """The sink drops what was not told when the epoch closes in which the last source has passed."""
    before = TotalLogic(None, _timeline)
    _told(before, Summed({KEY: 5}))
    logic = TotalLogic(before.snapshot(), _timeline)
    told = _told(logic, *overtaking) if overtaking else {}
    told |= _told(logic, Start(rebuild=False), *ALL_PASSED)
    assert told[KEY] == 5 + len(overtaking)


@pytest.mark.parametrize("resumed", [True, False])
def test_what_is_counted_after_the_last_source_has_passed_is_told_before_the_epoch_closes(resumed: bool) -> None:
    """The word that a source has passed overtakes what it read; so too where a crash left nothing of a group."""
    before = TotalLogic(None, _timeline)
    _told(before, Summed({KEY: 5}))
    logic = TotalLogic(before.snapshot() if resumed else None, _timeline)
    _told(logic, Start(rebuild=False), Summed({KEY: 1}), *ALL_PASSED)
    assert KEY in _told(logic, Summed({KEY: 1}))


def test_an_hour_is_counted_for_its_day_and_not_over_all_days() -> None:
    hour, revenue = (("acme", 738_000, "", "", name) for name in ("hour:09:revenue:EUR", "unattributed:revenue:EUR"))
    routed = combine([("00", ContactStageOutput(Changes(entries={hour: 5, revenue: 5})))])
    counted = {key for _, item in routed if isinstance(item, Summed) for key in item.entries}
    assert counted == {hour, revenue, ("acme", ALL_DAYS, *revenue[2:])}


SPRING = CampaignName("acme", "email", "spring", "Spring sale", 5)


def test_a_campaigns_name_is_told_once_and_again_after_a_restart() -> None:
    [(group, item)] = start_to_totals([Decoded(profiles=[SPRING])])
    logic = TotalLogic(None, _timeline)
    [write], _ = logic.on_batch([item])
    assert write.names == [SPRING]
    assert logic.on_batch([item]) == ([], StatefulBatchLogic.RETAIN)
    resumed = TotalLogic(logic.snapshot(), _timeline)
    [write], _ = resumed.on_batch([Start(rebuild=False)])
    assert write.names == [SPRING]
    [(_, [told])] = to_counters([(group, write)])
    assert told == write
