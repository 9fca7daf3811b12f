"""Barriers: how whoever is at the end of the dataflow knows that all of a replay has come through it.

They travel with the data, as Flink's checkpoint barriers do. A source partition says `ReplayFinished` behind all that
it has repeated. A key group of a stage that has heard of the end from everything upstream sends a `Barrier` to
everything downstream, behind all that it has emitted. What one sender sends to one receiver stays in order: the engine
hands it on by epoch, and within an epoch as it came, also from process to process. So whoever has heard of the end from
everything upstream has received all that comes of the replay, however many workers there are, and need not wait for the
epoch to close.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from connectors.sources.raw_lines import SOURCE_PARTITIONS
from connectors.sources.replay import ReplayFinished, ResendListed
from state.key_groups import GROUP_KEYS


class Stage(StrEnum):
    """The stages with key groups, as their steps are called; each sends to later ones only."""

    ADDRESSES = "by_address"
    ORDERS = "by_order"
    CONTACTS = "by_contact"
    PUBLISH = "publish"
    TOTALS = "by_total"


@dataclass(frozen=True, slots=True)
class Barrier:
    """Everything of the replay that these key groups send to the receiver lies before this."""

    senders: frozenset[str]
    """See `sender`."""


RESEND_LIST: Final = "resend"
"""What the list of what is to be resent is called among the senders."""


def sender(stage: Stage, group: str) -> str:
    """What a key group of a stage is called."""
    return f"{stage}:{group}"


def senders(*stages: Stage) -> frozenset[str]:
    """All key groups of these stages."""
    return frozenset(sender(stage, group) for stage in stages for group in GROUP_KEYS)


SOURCES: Final = frozenset(SOURCE_PARTITIONS)
"""Source partitions, by which `ReplayFinished` is said."""
LIST: Final = frozenset((RESEND_LIST,))
"""The source of `ResendListed`."""


class Alignment:
    """Who upstream has yet to say that its part of the replay is at its end; of one key group in one run.

    A key group that a crash has lost whole hears of it like the others.
    """

    def __init__(self, *upstream: frozenset[str]) -> None:
        """`upstream`: all who say it."""
        self._awaited = set().union(*upstream)
        self._is_passed_on = False

    @property
    def is_complete(self) -> bool:
        """Whether all have said so."""
        return not self._awaited

    def hear(self, message: ReplayFinished | ResendListed | Barrier) -> None:
        """One or more have said so."""
        match message:
            case ReplayFinished():
                self._awaited.discard(message.partition)
            case ResendListed():
                self._awaited.discard(RESEND_LIST)
            case Barrier():
                self._awaited -= message.senders

    def pass_on(self) -> bool:
        """Whether it is for the key group to say so, which it does once."""
        if self._awaited or self._is_passed_on:
            return False
        self._is_passed_on = True
        return True
