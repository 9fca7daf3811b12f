"""What the stages have in common: how a key group wakes up, and how it knows that a replay has finished."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from connectors.decoding.decoder import Decoded, DecodedItem
from connectors.sources.raw_lines import SOURCE_PARTITIONS
from connectors.sources.replay import EmitGroup, ReplayFinished, ResendListed, Start
from state.key_groups import GROUP_KEYS

Lot = TypeVar("Lot")
Lots = TypeVar("Lots")
Other = TypeVar("Other")


def to_groups(
    items: list[DecodedItem],
    lots_of: Callable[[Decoded], list[tuple[int, Lot]]],
    together: Callable[[list[Lot]], Lots],
    others_of: Callable[[Decoded], Iterable[tuple[str, Other]]],
) -> Iterator[tuple[str, Lots | Other | Start | ReplayFinished]]:
    """What was read together to the key groups of a stage: to each, in one piece, the lots that are for it.

    `others_of`: what goes one by one. A control message goes to all key groups, behind what came before it.
    """
    lots: dict[int, list[Lot]] = {}
    for item in items:
        if isinstance(item, Decoded):
            for group, lot in lots_of(item):
                lots.setdefault(group, []).append(lot)
            yield from others_of(item)
            continue
        if isinstance(item, EmitGroup):
            continue  # concerns no stage but that of contacts
        yield from _in_one_piece(lots, together)
        lots.clear()
        yield from to_all_groups(item)
    yield from _in_one_piece(lots, together)


def _in_one_piece(lots: dict[int, list[Lot]], together: Callable[[list[Lot]], Lots]) -> Iterator[tuple[str, Lots]]:
    return ((GROUP_KEYS[group], together(gathered)) for group, gathered in lots.items())


def to_all_groups(control: Start | ReplayFinished) -> Iterator[tuple[str, Start | ReplayFinished]]:
    """A control message for every key group of a stage."""
    return ((key, control) for key in GROUP_KEYS)


def start_every_group(items: list[DecodedItem]) -> list[tuple[str, Start]]:
    """The start of a run to every key group of a stage that needs nothing else of it.

    The engine keeps snapshots of an epoch that a crash left incomplete, and takes them for current once a later epoch
    is complete. So every key group must be snapshotted in the first epoch of a run, which overwrites them.
    """
    return [(key, item) for item in items if isinstance(item, Start) for key in GROUP_KEYS]


class ReplayProgress:
    """Whether every source has read as far as any run before it, and everything to be resent is listed.

    A key group that a crash has lost whole hears of it like the others.
    """

    def __init__(self) -> None:
        self.has_finished_reading = False
        self._finished: set[str] = set()
        self._is_listed = False

    @property
    def has_finished(self) -> bool:
        """Both."""
        return self.has_finished_reading and self._is_listed

    def hear(self, message: ReplayFinished | ResendListed) -> None:
        """One that has finished."""
        if isinstance(message, ResendListed):
            self._is_listed = True
            return
        self._finished.add(message.partition)
        self.has_finished_reading = len(self._finished) == len(SOURCE_PARTITIONS)
