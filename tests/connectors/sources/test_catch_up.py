"""When a resumed source has passed what was read before, when it says that it has caught up, and when that it no longer
keeps up."""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from connectors.sources.catch_up import ASK_AFTER_S, BEHIND_AFTER_S, CatchUp, KeepingUp, ProgressReport


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


def test_caught_up_at_the_end_and_behind_when_it_does_not_keep_up() -> None:
    told: list[tuple[str, bool]] = []
    report = ProgressReport("03", lambda partition, caught_up: told.append((partition, caught_up)))
    for is_full, is_at_end in [(True, False), (False, False), (False, True)]:
        report.polled(has_passed=True, is_full=is_full, is_at_end=is_at_end)
        assert report.is_caught_up == told[-1][1]
    report.fell_behind()
    report.fell_behind()
    for is_full, is_at_end in [(False, False), (True, False), (False, True)]:
        assert not report.is_caught_up
        report.polled(has_passed=True, is_full=is_full, is_at_end=is_at_end)
    assert told == [("03", False), ("03", True), ("03", False), ("03", True)]


def test_not_caught_up_before_the_earlier_run_is_passed() -> None:
    told: list[bool] = []
    report = ProgressReport("03", lambda _, caught_up: told.append(caught_up))
    report.polled(has_passed=False, is_full=False, is_at_end=False)
    report.polled(has_passed=False, is_full=False, is_at_end=True)
    report.polled(has_passed=True, is_full=False, is_at_end=True)
    assert told == [False, True]


class _Topic:
    """A topic of one partition that is polled every `every_s` seconds of a clock made for it, and answers at once."""

    def __init__(self, every_s: float = 0.02, *, says_its_end: bool = True) -> None:
        """`says_its_end`: whether a poll that brings all there is also says that it is all."""
        self.now_s = 1_000.0
        self.end = self.position = self.asked = 0
        self._every_s = every_s
        self._says_its_end = says_its_end
        self._keeping_up = KeepingUp(lambda: self.now_s)

    def poll(self, *, came: int = 0, records: int = 10_000) -> bool:
        """So many records have come since the last poll, which brings so many at most. Returns whether it keeps up."""
        self.now_s += self._every_s
        self.end += came
        self.position = min(self.end, self.position + records)
        return self._keeping_up.polled(
            reached=lambda unit: {"t:0": self.position}[unit],
            is_at_end=self._says_its_end and self.position == self.end,
            ends=self._ends,
        )

    def polls_until_behind(self, *, came: int, records: int, polls_max: int = 100_000) -> int:
        return next(n for n in range(1, polls_max) if not self.poll(came=came, records=records))

    def _ends(self) -> Mapping[str, int]:
        self.asked += 1
        return {"t:0": self.end}


def test_a_burst_that_is_worked_off_is_no_reason_to_say_so() -> None:
    """A campaign goes out: 300,000 records at once, which takes 30 full polls."""
    topic = _Topic()
    assert topic.poll()
    assert all(topic.poll(came=came) for came in [300_000] + 100 * [0])
    assert topic.position == topic.end


def test_a_stream_whose_polls_are_all_full_keeps_up_while_it_reads_as_fast_as_records_come() -> None:
    for says_its_end in (True, False):
        topic = _Topic(says_its_end=says_its_end)
        assert topic.poll(came=150_000)
        assert all(topic.poll(came=10_000) for _ in range(2_000))
        assert topic.position < topic.end


def test_a_stream_that_is_slower_than_its_records_is_behind_within_seconds() -> None:
    for says_its_end in (True, False):
        topic = _Topic(says_its_end=says_its_end)
        polls = topic.polls_until_behind(came=10_000, records=1_000)
        assert ASK_AFTER_S + BEHIND_AFTER_S < polls * 0.02 < 2 * (ASK_AFTER_S + BEHIND_AFTER_S)


def test_an_import_into_a_run_that_has_caught_up_is_behind_however_small_its_polls_are() -> None:
    """Records of many lines each: the client holds but a few of them at once."""
    topic = _Topic()
    assert topic.poll()
    assert topic.poll(came=1_000_000, records=8)
    assert topic.polls_until_behind(came=0, records=8) * 0.02 < 2 * (ASK_AFTER_S + BEHIND_AFTER_S)


def test_a_process_that_stood_still_is_not_behind_for_that() -> None:
    topic = _Topic()
    assert topic.poll(came=20_000)
    assert all(topic.poll(came=20_000) for _ in range(60))
    topic.now_s += 3_600
    assert all(topic.poll(came=came) for came in [500_000] + 120 * [0])
    assert topic.position == topic.end


def test_it_has_to_fall_behind_anew_once_it_has_caught_up_again() -> None:
    topic = _Topic()
    topic.polls_until_behind(came=10_000, records=1_000)
    topic.position = topic.end
    assert all(topic.poll(came=10_000) for _ in range(1_000))


def test_a_stream_that_trickles_asks_nobody() -> None:
    topic = _Topic()
    assert all(topic.poll(came=n % 2) for n in range(10_000))
    assert topic.asked == 0


def test_a_broker_that_does_not_answer_says_nothing_about_the_stream() -> None:
    now_s = [0.0]
    keeping_up = KeepingUp(lambda: now_s[0])
    for _ in range(10_000):
        now_s[0] += 1.0
        assert keeping_up.polled(reached=lambda _: 5, is_at_end=False, ends=lambda: None)


@given(st.lists(st.tuples(st.integers(0, 30_000), st.integers(0, 10_000)), max_size=400))
def test_behind_is_told_only_where_something_was_unread_for_so_long(polls: list[tuple[int, int]]) -> None:
    """`polls`: how many records came before each, and how many it brought at most."""
    topic = _Topic(every_s=0.1)
    ends: list[int] = []
    for came, records in polls:
        keeps_up = topic.poll(came=came, records=records)
        ends.append(topic.end)
        unread_for = sum(end > topic.position for end in ends)
        assert keeps_up or unread_for * 0.1 >= BEHIND_AFTER_S
        assert not keeps_up or unread_for * 0.1 <= 2 * (ASK_AFTER_S + BEHIND_AFTER_S)
        if not keeps_up:
            topic.position = topic.end
