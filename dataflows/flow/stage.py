"""What the stages have in common: how a key group wakes up, and how it says that a replay has come to its end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from connectors.decoding.decoder import Decoded, DecodedItem
from connectors.sources.barriers import Barrier, Stage, sender
from connectors.sources.replay import EmitGroup, ReplayFinished, Start
from connectors.view.run_status import SINK_PARTITIONS
from connectors.view.sink import Write
from state.key_groups import GROUP_KEYS

Lot = TypeVar("Lot")
Lots = TypeVar("Lots")
Other = TypeVar("Other")
Control = TypeVar("Control")


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


def to_all_groups(control: Control) -> Iterator[tuple[str, Control]]:
    """A control message for every key group of a stage."""
    return ((key, control) for key in GROUP_KEYS)


def replay_finished(items: list[DecodedItem]) -> list[tuple[str, ReplayFinished]]:
    """That sources have repeated everything, to every key group of a stage that gets these messages one by one.

    It belongs behind whatever else goes to the stage of `items`.
    """
    return [routed for item in items if isinstance(item, ReplayFinished) for routed in to_all_groups(item)]


def start_every_group(items: list[DecodedItem]) -> list[tuple[str, Start]]:
    """The start of a run to every key group of a stage that needs nothing else of it.

    The engine keeps snapshots of an epoch that a crash left incomplete, and takes them for current once a later epoch
    is complete. So every key group must be snapshotted in the first epoch of a run, which overwrites them.
    """
    return [(key, item) for item in items if isinstance(item, Start) for key in GROUP_KEYS]


def barriers(stage: Stage, passing: Iterable[str]) -> list[tuple[str, Barrier]]:
    """What those key groups of `stage` that have emitted all of the replay send to each key group of another.

    It belongs behind whatever else they emit, in every stream that is made of it.
    """
    return [(key, barrier) for barrier in _barrier(stage, passing) for key in GROUP_KEYS]


def barriers_to_sink(stage: Stage, passing: Iterable[str]) -> list[tuple[str, list[Write]]]:
    """The same, to each partition of the sink."""
    return [(part, [barrier]) for barrier in _barrier(stage, passing) for part in SINK_PARTITIONS]


def _barrier(stage: Stage, passing: Iterable[str]) -> list[Barrier]:
    """One for all of them; none where there are none."""
    passed = frozenset(sender(stage, group) for group in passing)
    return [Barrier(passed)] if passed else []
