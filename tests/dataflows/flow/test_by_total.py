"""What is emitted of totals at a start, when differences and control messages come in any order."""

from __future__ import annotations

import pytest
from bytewax.operators import StatefulBatchLogic

from connectors.decoding.decoder import Decoded
from connectors.sources.barriers import Barrier, Stage, senders
from connectors.sources.raw_lines import SOURCE_PARTITIONS
from connectors.sources.replay import ReplayFinished, Start
from connectors.view.run_status import SINK_PARTITIONS
from connectors.view.sink import TotalsWrite
from dataflows.flow.by_contact import ContactStageOutput
from dataflows.flow.by_total import BarrierPassed, TotalLogic, TotalStageOutput, to_counters
from dataflows.flow.pace import Pace, Shares
from dataflows.flow.sums import Summed, TotalItem, combine, start_to_totals
from dataflows.store.packed_state import StoredState
from state.changes import Changes, Seen
from state.events import CampaignName, SettingsChange
from state.key_groups import GROUPS
from state.ledger import EntryKey
from state.settings import Settings, canonical
from state.timeline import Timeline, base_version, of_file, version_of
from tests.state.ledger_entries import by_place, one_by_one

KEY: EntryKey = ("acme", 738_000, "email", "spring", "sent")


def _timeline(_account: str) -> Timeline:
    return of_file(Settings())


def _logic(state: StoredState | None = None, *, pace: Pace | None = None) -> TotalLogic:
    return TotalLogic(state, _timeline, pace=pace or _pace())


def _pace(share: float = 1e-12) -> Pace:
    """Of a share so small that a round that anything was emitted in lasts for its five seconds."""
    return Pace(Shares(share, share))


def _ends_of_the_replay() -> list[TotalItem]:
    """That everything upstream has emitted all of it."""
    passed = sorted(senders(Stage.CONTACTS, Stage.PUBLISH))
    return [*map(ReplayFinished, SOURCE_PARTITIONS), *(Barrier(frozenset({name})) for name in passed)]


def _emitted(logic: TotalLogic, *items: TotalItem) -> dict[EntryKey, int]:
    return {key: value for write in _written(logic, *items) for key, value in one_by_one(write.totals)}


def _written(logic: TotalLogic, *items: TotalItem) -> list[TotalsWrite]:
    emitted, _ = logic.on_batch(list(items))
    return [write for write in emitted if isinstance(write, TotalsWrite)]


def test_a_total_that_has_come_to_nothing_is_emitted_though_the_start_comes_late() -> None:
    """Another worker's events may overtake the start."""
    logic = _logic()
    assert _emitted(logic, Summed(by_place({KEY: 1})))[KEY] == 1
    emitted = _emitted(logic, Summed(by_place({KEY: -1})), Start(rebuild=False))
    emitted |= {key: value for write in logic.on_eof()[0] for key, value in one_by_one(write.totals)}
    assert emitted[KEY] == 0


@pytest.mark.parametrize("resumed", [True, False])
@pytest.mark.parametrize("late", range(3))
def test_all_that_comes_of_a_replay_is_emitted_before_the_barrier_that_is_passed_on(resumed: bool, late: int) -> None:
    """Whatever the round is, whoever upstream is the last, and where a crash left nothing of a group."""
    before = _logic()
    _emitted(before, Summed(by_place({KEY: 5})))
    logic = _logic(before.snapshot() if resumed else None)
    emitted = _emitted(logic, Start(rebuild=False), Summed(by_place({KEY: 1})))
    ends = _ends_of_the_replay()
    last = ends.pop((0, len(SOURCE_PARTITIONS), -1)[late])
    emitted |= _emitted(logic, Summed(by_place({KEY: 1})), *ends)
    emitted |= _emitted(logic, Summed(by_place({KEY: 1})))
    items, _ = logic.on_batch([Summed(by_place({KEY: 1})), last])
    *writes, passed = items
    assert isinstance(passed, BarrierPassed)
    emitted |= {
        key: value for write in writes if isinstance(write, TotalsWrite) for key, value in one_by_one(write.totals)
    }
    assert emitted[KEY] == 4 + 5 * resumed
    assert not any(
        isinstance(item, BarrierPassed) for item in logic.on_batch([Summed(by_place({KEY: 1})), *ends, last])[0]
    )


def test_the_barrier_goes_to_the_sink_behind_what_was_emitted() -> None:
    emitted: list[tuple[str, TotalStageOutput]] = [
        ("001", BarrierPassed()),
        ("000", TotalsWrite([(KEY[:2], [(KEY[2:], 1)])], {})),
    ]
    writes = to_counters(emitted)
    barrier = Barrier(frozenset({"by_total:001"}))
    assert writes[-len(SINK_PARTITIONS) :] == [(part, [barrier]) for part in SINK_PARTITIONS]
    assert len(writes) == len(SINK_PARTITIONS) + 1


@pytest.mark.parametrize("overtaking", [[], [Summed(by_place({KEY: 1}))]])
def test_a_start_emits_all_totals(overtaking: list[TotalItem]) -> None:
    """The sink drops what was not emitted before the last barrier."""
    before = _logic()
    _emitted(before, Summed(by_place({KEY: 5})))
    logic = _logic(before.snapshot())
    _emitted(logic, *overtaking)
    emitted = _emitted(logic, Start(rebuild=False), *_ends_of_the_replay())
    assert emitted[KEY] == 5 + len(overtaking)


def test_a_total_is_emitted_when_it_changes_and_again_in_the_next_round() -> None:
    logic = _logic(pace=_pace())
    assert _emitted(logic, Summed(by_place({KEY: 1})))[KEY] == 1
    assert _emitted(logic, Summed(by_place({KEY: 1}))) == {}
    assert logic.notify_at() is not None
    [write] = logic.on_eof()[0]
    assert dict(one_by_one(write.totals))[KEY] == 2


def test_a_group_that_has_emitted_nothing_lately_waits_for_no_other() -> None:
    pace = _pace()
    busy, quiet = _logic(pace=pace), _logic(pace=pace)
    assert _emitted(busy, Summed(by_place({KEY: 1})))
    assert _emitted(quiet, Summed(by_place({KEY: 1})))


def test_a_round_that_is_cheap_is_over_when_the_next_change_comes() -> None:
    logic = _logic(pace=_pace(1e9))
    for count in (1, 2, 3):
        assert _emitted(logic, Summed(by_place({KEY: 1})))[KEY] == count


def test_a_snapshot_changes_nothing_of_what_is_emitted() -> None:
    """Told or not, before and after it."""
    for share in (1e9, 1e-12):
        emitted: list[dict[EntryKey, int]] = []
        for snapshots in (0, 1):
            logic = _logic(pace=_pace(share))
            _emitted(logic, Summed(by_place({KEY: 1})))
            for _ in range(snapshots):
                logic.snapshot()
            emitted.append(_emitted(logic, Summed(by_place({KEY: 1}))))
        assert emitted[0] == emitted[1]


def test_totals_hear_of_the_start_of_a_run_and_of_the_end_of_a_replay_behind_what_came_with_it() -> None:
    assert len(start_to_totals([Start(rebuild=False)])) == GROUPS
    heard = [item for _, item in start_to_totals([ReplayFinished("00"), Decoded(profiles=[SPRING])])]
    assert heard[1:] == [ReplayFinished("00")] * GROUPS
    assert isinstance(heard[0], Summed)


SPRING = CampaignName("acme", "email", "spring", "Spring sale", 5)


def test_a_campaigns_name_is_emitted_once_and_again_after_a_restart() -> None:
    [(group, item)] = start_to_totals([Decoded(profiles=[SPRING])])
    logic = _logic()
    [write] = _written(logic, item)
    assert write.names == [SPRING]
    assert logic.on_batch([item]) == ([], StatefulBatchLogic.RETAIN)
    resumed = _logic(logic.snapshot())
    [write] = _written(resumed, Start(rebuild=False))
    assert write.names == [SPRING]
    [(_, [emitted])] = to_counters([(group, write)])
    assert emitted == write


def test_the_tags_of_touches_are_emitted_once_and_again_after_a_restart() -> None:
    """Many key groups of contacts have seen a tag; the account's own hears when that was last."""
    outputs = [ContactStageOutput(Changes(tags={"acme": {"vip": ms, f"t{ms}": ms}})) for ms in (5, 7, 6)]
    [(group, item)] = combine([("00", output) for output in outputs])
    seen = {"acme": {"vip": 7, "t5": 5, "t6": 6, "t7": 7}}
    logic = TotalLogic(None, _timeline, pace=_pace())
    [write] = _written(logic, item)
    assert write.tags == seen
    assert logic.on_batch([item]) == ([], StatefulBatchLogic.RETAIN)
    resumed = TotalLogic(logic.snapshot(), _timeline, pace=_pace())
    [write] = _written(resumed, Start(rebuild=False))
    assert write.tags == seen
    [(_, [emitted])] = to_counters([(group, write)])
    assert emitted == write


CHANGE = SettingsChange("acme", 5, 6, canonical(Settings(currency="USD")), "ann")
FILE, OTHER_FILE = Settings(), Settings(currency="JPY")


def _after_a_restart(file: Settings, *, keeps_settings: bool) -> TotalsWrite:
    """What is emitted at a start with a settings file of an account that has changed its settings once."""
    [(_, item)] = start_to_totals([Decoded(profiles=[CHANGE])])
    before = TotalLogic(None, _timeline, pace=_pace())
    before.on_batch([item])
    logic = TotalLogic(before.snapshot(), lambda _account: of_file(file), keeps_settings=keeps_settings, pace=_pace())
    [write] = _written(logic, Start(rebuild=keeps_settings))
    return write


def test_changed_settings_are_emitted_at_once_and_never_twice() -> None:
    """Also of an account of which nothing else is known."""
    [(group, item)] = start_to_totals([Decoded(profiles=[CHANGE])])
    logic = TotalLogic(None, _timeline, pace=_pace())
    [write] = _written(logic, item)
    assert write.settings == {"acme": (version_of(CHANGE), base_version(FILE))}
    assert logic.on_batch([item]) == ([], StatefulBatchLogic.RETAIN)
    [(_, [emitted])] = to_counters([(group, write)])
    assert emitted == write


def test_the_settings_of_an_account_that_never_changed_them_are_the_files() -> None:
    seen = Seen(5, base_version(FILE))
    [(_, item)] = combine([("00", ContactStageOutput(Changes(seen={"acme": seen})))])
    [write] = _written(TotalLogic(None, _timeline, pace=_pace()), item)
    assert write.settings == {"acme": (base_version(FILE),)}


def test_a_changed_settings_file_is_emitted_at_the_start() -> None:
    emitted = _after_a_restart(OTHER_FILE, keeps_settings=False)
    assert emitted.settings == {"acme": (version_of(CHANGE), base_version(OTHER_FILE))}


def test_a_rebuild_emits_the_settings_file_that_the_store_has_counted_by() -> None:
    emitted = _after_a_restart(OTHER_FILE, keeps_settings=True)
    assert emitted.settings == {"acme": (version_of(CHANGE), base_version(FILE))}
