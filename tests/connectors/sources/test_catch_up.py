"""When a resumed source has passed what was read before, and when it says that it has caught up."""

from __future__ import annotations

import pytest

from connectors.sources.catch_up import FIRST_FETCH_S, QUIET_S, CatchUp, ProgressReport


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def answers() -> bool:
    return True


def is_away() -> bool:
    return False


def is_not_asked() -> bool:
    pytest.fail("the broker is not asked")


def test_nothing_to_reach_is_passed_at_once() -> None:
    assert CatchUp({"t:0": 0}, {}).is_passed({}, is_not_asked)
    assert CatchUp({"t:0": 7}, {"t:0": 7}).is_passed({}, is_not_asked)


def test_every_unit_has_to_be_reached() -> None:
    catch_up = CatchUp({"t:0": 5, "t:1": 3}, {"t:0": 2})
    assert not catch_up.is_passed({"t:0": 5}, is_not_asked)
    assert not catch_up.is_passed({"t:1": 2}, is_not_asked)
    assert catch_up.is_passed({"t:1": 4}, is_not_asked)


def test_silence_passes_while_the_broker_answers() -> None:
    clock = Clock()
    catch_up = CatchUp({"t:0": 5}, {}, clock)
    assert not catch_up.is_passed({}, is_not_asked)
    clock.now += QUIET_S
    assert catch_up.is_passed({}, answers)


def test_silence_of_a_broker_that_is_away_says_nothing() -> None:
    clock = Clock()
    catch_up = CatchUp({"t:0": 5}, {}, clock)
    catch_up.is_passed({}, is_not_asked)
    clock.now += QUIET_S
    assert not catch_up.is_passed({}, is_away)
    # It is asked again only after another such silence.
    assert not catch_up.is_passed({}, is_not_asked)
    clock.now += QUIET_S
    assert catch_up.is_passed({}, answers)


def test_what_arrives_of_a_unit_that_is_behind_breaks_the_silence() -> None:
    clock = Clock()
    catch_up = CatchUp({"t:0": 5}, {}, clock)
    catch_up.is_passed({}, is_not_asked)
    clock.now += QUIET_S
    assert not catch_up.is_passed({"t:0": 1}, is_not_asked)
    assert not catch_up.is_passed({}, is_not_asked)


def test_what_arrives_of_other_units_does_not() -> None:
    clock = Clock()
    catch_up = CatchUp({"t:0": 5, "t:1": 0}, {}, clock)
    catch_up.is_passed({}, is_not_asked)
    clock.now += QUIET_S
    assert not catch_up.is_passed({"t:1": 900}, is_not_asked)
    assert catch_up.is_passed({}, answers)


def test_caught_up_by_an_empty_poll_and_behind_by_a_full_one() -> None:
    told: list[tuple[str, bool]] = []
    report = ProgressReport("03", lambda partition, caught_up: told.append((partition, caught_up)), Clock())
    for records in (10, 4, 0, 0, 3, 0, 10, 0):
        report.polled(records, 10, has_passed=True)
    assert told == [("03", False), ("03", True), ("03", False), ("03", True)]


def test_not_caught_up_before_the_earlier_run_is_passed() -> None:
    told: list[bool] = []
    report = ProgressReport("03", lambda _, caught_up: told.append(caught_up), Clock())
    report.polled(5, 10, has_passed=False)
    report.polled(0, 10, has_passed=False)
    report.polled(0, 10, has_passed=True)
    assert told == [False, True]


def test_an_empty_poll_before_the_first_fetch_can_have_come_back_says_nothing() -> None:
    told: list[bool] = []
    clock = Clock()
    report = ProgressReport("03", lambda _, caught_up: told.append(caught_up), clock)
    report.polled(0, 10, has_passed=True)
    assert told == []
    clock.now += FIRST_FETCH_S
    report.polled(0, 10, has_passed=True)
    assert told == [True]
