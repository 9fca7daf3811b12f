"""Sources end their epochs together: nobody waits for whole epochs because another source wakes at other times."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import bytewax.operators as op
from bytewax.dataflow import Dataflow
from bytewax.inputs import DynamicSource, FixedPartitionedSource, StatefulSourcePartition, StatelessSourcePartition
from bytewax.testing import TestingSink, run_main
from hypothesis import given
from hypothesis import strategies as st

from dataflows.run.source_epochs import SourceEpoch, SourceEpochs, go_on_together

START = datetime(2026, 1, 1, tzinfo=UTC)
INTERVAL = timedelta(seconds=10)
CALLS = timedelta(microseconds=50)
"""From the moment that the engine reckons with to the call of a source."""
COOLDOWN = timedelta(milliseconds=1)
SHORT = timedelta(seconds=1)
"""Of what is played: a source that never pauses is asked a thousand times in it."""


def seconds(value: float) -> datetime:
    return START + timedelta(seconds=value)


def members(*began: float) -> list[SourceEpoch]:
    epochs = SourceEpochs(INTERVAL)
    return [epochs.join(seconds(at)) for at in began]


def test_who_would_be_ahead_sleeps_until_the_last_one_is_due() -> None:
    early, _ = members(0, 0.5)
    assert early.awake_at(seconds(10.02), seconds(9.995)) == seconds(10.501)
    assert early.awake_at(None, seconds(9.9995)) == seconds(10.501)


def test_the_last_one_wakes_when_it_is_due_and_not_a_pause_later() -> None:
    _, late = members(0, 0.5)
    assert late.awake_at(seconds(10.515), seconds(10.495)) == seconds(10.501)


def test_before_that_everybody_wakes_at_will() -> None:
    early, late = members(0, 0.5)
    assert early.awake_at(seconds(9.98), seconds(9.96)) == seconds(9.98)
    assert late.awake_at(None, seconds(10.2)) is None


def test_whose_epoch_is_over_does_not_wait_for_those_that_have_gone_on() -> None:
    early, late = members(0, 0.5)
    early.end(seconds(10.6))
    assert late.awake_at(seconds(10.62), seconds(10.6)) == seconds(10.62)
    assert late.awake_at(None, seconds(10.6)) is None


def test_nobody_waits_for_a_source_that_began_half_an_epoch_later() -> None:
    early, _ = members(0, 5.1)
    assert early.awake_at(seconds(10.02), seconds(9.995)) == seconds(10.001)


def test_nobody_waits_for_a_source_that_has_come_to_its_end() -> None:
    early, late = members(0, 0.5)
    late.leave()
    assert early.awake_at(seconds(10.02), seconds(9.995)) == seconds(10.001)


def test_an_epoch_of_which_the_engine_does_not_tell_ends_with_the_first_batch_that_is_due() -> None:
    (member,) = members(0)
    member.end_if_due(seconds(9.99))
    assert member.due == seconds(10)
    member.end_if_due(seconds(10.001))
    assert member.due == seconds(20.001)


@dataclass
class Modelled:
    """A source as the engine has it (Bytewax 0.21.1, `src/inputs.rs`)."""

    pause: timedelta | None
    member: SourceEpoch
    began: datetime = START
    awake: datetime = START
    epoch: int = 0
    polls: list[int] = field(default_factory=lambda: [0])

    def activate(self, now: datetime) -> None:
        """One activation, which comes when it is to be woken, of a source that is not held back."""
        self.polls[-1] += 1
        self.member.end_if_due(now + CALLS)
        wanted = None if self.pause is None else now + CALLS + self.pause
        self.awake = self.member.awake_at(wanted, now + CALLS) or now + COOLDOWN
        if now - self.began >= SHORT:
            self.began, self.epoch = now, self.epoch + 1
            self.polls.append(0)


def play(sources: list[Modelled], epochs: int) -> None:
    """Let the engine go on until all have ended so many epochs: whoever is ahead is held back, then runs at once."""
    now = START
    while min(source.epoch for source in sources) < epochs:
        least = min(source.epoch for source in sources)
        for source in sources:
            if source.epoch == least and now >= source.awake:
                source.activate(now)
        least = min(source.epoch for source in sources)
        now = max(now + CALLS, min(source.awake for source in sources if source.epoch == least))


PAUSES = st.none() | st.integers(5, 100).map(lambda ms: timedelta(milliseconds=ms))


@given(st.lists(PAUSES, min_size=2, max_size=4))
def test_every_source_is_asked_as_often_in_later_epochs_as_in_the_first(pauses: list[timedelta | None]) -> None:
    epochs = SourceEpochs(SHORT)
    sources = [Modelled(pause, epochs.join(START)) for pause in pauses]
    play(sources, 30)
    for source in sources:
        assert min(source.polls[:-1]) >= 0.9 * source.polls[0] - 1


class Partition(StatefulSourcePartition[int, None]):
    """It always has something soon, and notes how often it is asked in each epoch, until as many are over."""

    def __init__(self, asked: list[int], epochs: int) -> None:
        self._asked, self._epochs = asked, epochs

    def next_batch(self) -> list[int]:
        if len(self._asked) > self._epochs:
            raise StopIteration
        self._asked[-1] += 1
        return []

    def snapshot(self) -> None:
        self._asked.append(0)


@dataclass
class Busy(FixedPartitionedSource[int, None]):
    asked: list[int]
    epochs: int

    def list_parts(self) -> list[str]:
        return ["0"]

    def build_part(self, step_id: str, for_part: str, resume_state: None) -> Partition:
        return Partition(self.asked, self.epochs)


class Pausing(StatelessSourcePartition[int]):
    def __init__(self, source: Slow) -> None:
        self._source = source

    def next_batch(self) -> list[int]:
        if len(self._source.asked) > self._source.epochs:
            raise StopIteration
        return []

    def next_awake(self) -> datetime:
        return datetime.now(UTC) + timedelta(milliseconds=20)


@dataclass
class Slow(DynamicSource[int]):
    asked: list[int]
    epochs: int

    def build(self, step_id: str, worker_index: int, worker_count: int) -> Pausing:
        return Pausing(self)


def test_a_busy_source_of_the_engine_goes_on_being_asked_beside_one_that_pauses() -> None:
    asked, epochs, interval = [0], 40, timedelta(seconds=0.1)
    flow = Dataflow("epochs")
    busy, slow = op.input("busy", flow, Busy(asked, epochs)), op.input("slow", flow, Slow(asked, epochs))
    op.output("out", op.merge("both", busy, slow), TestingSink([]))
    go_on_together(flow, interval)
    run_main(flow, epoch_interval=interval)
    last = list(itertools.islice(reversed(asked[:-1]), 10))
    assert sum(times > 1 for times in last) > len(last) / 2, asked
