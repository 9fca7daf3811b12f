"""Barriers: who is at the end knows that a replay has come through when all upstream have said so, not before."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.sources.barriers import LIST, SOURCES, Alignment, Barrier, Stage, sender, senders
from connectors.sources.raw_lines import SOURCE_PARTITIONS
from connectors.sources.replay import ReplayFinished, ResendListed
from state.key_groups import GROUPS

Message = ReplayFinished | ResendListed | Barrier

ENDS: list[Message] = [
    *map(ReplayFinished, SOURCE_PARTITIONS),
    ResendListed(),
    *(Barrier(frozenset({name})) for name in sorted(senders(Stage.ADDRESSES))),
]


def alignment() -> Alignment:
    return Alignment(SOURCES, LIST, senders(Stage.ADDRESSES))


@given(st.permutations(ENDS))
def test_it_is_passed_on_once_when_the_last_has_said_so_whoever_that_is(ends: list[Message]) -> None:
    made = alignment()
    for message in ends[:-1]:
        made.hear(message)
        made.hear(message)
        assert not made.is_complete
        assert not made.pass_on()
    made.hear(ends[-1])
    assert made.is_complete
    assert [made.pass_on() for _ in range(3)] == [True, False, False]


def test_many_key_groups_may_say_so_together() -> None:
    made = Alignment(senders(Stage.PUBLISH))
    made.hear(Barrier(senders(Stage.PUBLISH)))
    assert made.pass_on()


@pytest.mark.parametrize("other", [Stage.ORDERS, Stage.TOTALS])
def test_what_another_stage_says_is_no_end_of_this_one(other: Stage) -> None:
    made = Alignment(senders(Stage.PUBLISH))
    made.hear(Barrier(senders(other)))
    assert not made.pass_on()


def test_every_key_group_of_a_stage_is_a_sender_of_its_own() -> None:
    assert len(senders(Stage.PUBLISH, Stage.TOTALS)) == 2 * GROUPS
    assert sender(Stage.TOTALS, "007") in senders(Stage.TOTALS)
