"""When a resumed source has passed what was read before, and when it says that it has caught up."""

from __future__ import annotations

from connectors.sources.catch_up import CatchUp, ProgressReport


def test_nothing_to_reach_is_passed_at_once() -> None:
    assert CatchUp({"t:0": 0}).is_passed({}, {"t:0"})
    assert CatchUp({"t:0": 7}).is_passed({"t:0": 7}, {"t:0"})


def test_every_unit_has_to_be_reached() -> None:
    catch_up, units = CatchUp({"t:0": 5, "t:1": 3}), {"t:0", "t:1"}
    assert not catch_up.is_passed({"t:0": 2}, units)
    assert not catch_up.is_passed({"t:0": 5}, units)
    assert not catch_up.is_passed({"t:0": 5, "t:1": 2}, units)
    assert catch_up.is_passed({"t:0": 5, "t:1": 4}, units)


def test_a_unit_that_ends_before_is_another_one_and_holds_nothing_up() -> None:
    catch_up = CatchUp({"t:0": 5, "t:1": 3})
    assert not catch_up.is_passed({"t:0": 1}, {"t:1"})
    assert catch_up.is_passed({"t:0": 1, "t:1": 3}, {"t:0", "t:1"})


def test_polls_that_bring_nothing_say_nothing_however_many_they_are() -> None:
    """Not even those of a process that stood still for hours between two of them."""
    catch_up = CatchUp({"t:0": 5})
    told: list[bool] = []
    report = ProgressReport("03", lambda _, caught_up: told.append(caught_up))
    for _ in range(1_000):
        assert not catch_up.is_passed({}, {"t:0"})
        report.polled(has_passed=True, is_full=False, is_at_end=False)
    assert told == []


def test_caught_up_at_the_end_and_behind_by_a_full_poll() -> None:
    told: list[tuple[str, bool]] = []
    report = ProgressReport("03", lambda partition, caught_up: told.append((partition, caught_up)))
    for is_full, is_at_end in [
        (True, False), (False, False), (False, True), (False, True), (False, False), (True, False), (False, True),
    ]:  # fmt: skip
        report.polled(has_passed=True, is_full=is_full, is_at_end=is_at_end)
        assert report.is_caught_up == told[-1][1]
    assert told == [("03", False), ("03", True), ("03", False), ("03", True)]


def test_not_caught_up_before_the_earlier_run_is_passed() -> None:
    told: list[bool] = []
    report = ProgressReport("03", lambda _, caught_up: told.append(caught_up))
    report.polled(has_passed=False, is_full=False, is_at_end=False)
    report.polled(has_passed=False, is_full=False, is_at_end=True)
    report.polled(has_passed=True, is_full=False, is_at_end=True)
    assert told == [False, True]
