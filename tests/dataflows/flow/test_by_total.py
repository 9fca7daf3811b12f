"""What is told of totals at a start, when differences and control messages come in any order."""

from __future__ import annotations

import pytest
from bytewax.operators import StatefulBatchLogic

from connectors.decoding.decoder import Decoded
from connectors.sources.raw_lines import SOURCE_PARTITIONS
from connectors.sources.replay import ReplayFinished, Start
from connectors.view.sink import TotalsWrite
from dataflows.flow.by_contact import ContactStageOutput
from dataflows.flow.by_total import Summed, TotalItem, TotalLogic, combine, start_to_totals, to_counters
from state.changes import Changes, Seen
from state.events import CampaignName, SettingsChange
from state.ledger import EntryKey
from state.settings import Settings, canonical
from state.timeline import Timeline, base_version, of_file, version_of
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


def test_the_tags_of_touches_are_told_once_and_again_after_a_restart() -> None:
    """Many key groups of contacts have seen a tag; the account's own hears when that was last."""
    outputs = [ContactStageOutput(Changes(tags={"acme": {"vip": ms, f"t{ms}": ms}})) for ms in (5, 7, 6)]
    [(group, item)] = combine([("00", output) for output in outputs])
    seen = {"acme": {"vip": 7, "t5": 5, "t6": 6, "t7": 7}}
    logic = TotalLogic(None, _timeline)
    [write], _ = logic.on_batch([item])
    assert write.tags == seen
    assert logic.on_batch([item]) == ([], StatefulBatchLogic.RETAIN)
    resumed = TotalLogic(logic.snapshot(), _timeline)
    [write], _ = resumed.on_batch([Start(rebuild=False)])
    assert write.tags == seen
    [(_, [told])] = to_counters([(group, write)])
    assert told == write


CHANGE = SettingsChange("acme", 5, 6, canonical(Settings(currency="USD")), "ann")
FILE, OTHER_FILE = Settings(), Settings(currency="JPY")


def _after_a_restart(file: Settings, *, keeps_settings: bool) -> TotalsWrite:
    """What is told at a start with a settings file of an account that has changed its settings once."""
    [(_, item)] = start_to_totals([Decoded(profiles=[CHANGE])])
    before = TotalLogic(None, _timeline)
    before.on_batch([item])
    logic = TotalLogic(before.snapshot(), lambda _account: of_file(file), keeps_settings=keeps_settings)
    [write], _ = logic.on_batch([Start(rebuild=keeps_settings)])
    return write


def test_changed_settings_are_told_at_once_and_never_twice() -> None:
    """Also of an account of which nothing else is known."""
    [(group, item)] = start_to_totals([Decoded(profiles=[CHANGE])])
    logic = TotalLogic(None, _timeline)
    [write], _ = logic.on_batch([item])
    assert write.settings == {"acme": (version_of(CHANGE), base_version(FILE))}
    assert logic.on_batch([item]) == ([], StatefulBatchLogic.RETAIN)
    [(_, [told])] = to_counters([(group, write)])
    assert told == write


def test_the_settings_of_an_account_that_never_changed_them_are_the_files() -> None:
    seen = Seen(5, base_version(FILE))
    [(_, item)] = combine([("00", ContactStageOutput(Changes(seen={"acme": seen})))])
    [write], _ = TotalLogic(None, _timeline).on_batch([item])
    assert write.settings == {"acme": (base_version(FILE),)}


def test_a_changed_settings_file_is_told_at_the_start() -> None:
    told = _after_a_restart(OTHER_FILE, keeps_settings=False)
    assert told.settings == {"acme": (version_of(CHANGE), base_version(OTHER_FILE))}


def test_a_rebuild_tells_the_settings_file_that_the_store_has_counted_by() -> None:
    told = _after_a_restart(OTHER_FILE, keeps_settings=True)
    assert told.settings == {"acme": (version_of(CHANGE), base_version(FILE))}
