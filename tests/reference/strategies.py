"""Small event sets, rich in collisions, and the ways in which they can arrive.

They stay within the bounds that the reference leaves out: at most 16 touches a set, all times within four
weeks. They hold no tie that the contract leaves open (`settled`).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any

from hypothesis import strategies as st

from tests.reference.broken_lines import broken_lines
from tests.reference.casts import casts
from tests.reference.event_lines import Fields, line_of
from tests.reference.event_strategies import (
    Kinds,
    Level,
    campaign_names,
    contacts,
    erasures,
    near_copies,
    orders,
    overtaken,
    own_addresses,
    partial_orders,
    settings_changes,
    touches,
)
from tests.reference.rivals import duels, rival_owners, rival_refunds, rival_settings
from tests.reference.settings_tables import file_tables
from tests.reference.settled import settled

__all__ = ["EVERY_KIND", "TOUCHES_MAX", "Level", "broken_lines", "deliveries", "event_sets", "settings_files"]

TOUCHES_MAX = 16
# The keywords of `event_sets` that make it the whole contract.
EVERY_KIND: dict[str, bool] = {
    "partial": True,
    "nobody": True,
    "blanks": True,
    "campaigns": True,
    "address_ids": True,
    "by": True,
}


@st.composite
def _some(draw: st.DrawFn, events: st.SearchStrategy[Fields], most: int) -> list[Fields]:
    """Up to so many; unlike plain lists, as often many as few."""
    return draw(st.lists(events, min_size=draw(st.integers(0, most - 1)), max_size=most))


@st.composite
def event_sets(
    draw: st.DrawFn,
    level: Level,
    *,
    broken: bool = False,
    partial: bool = False,
    nobody: bool = False,
    blanks: bool = False,
    campaigns: bool = False,
    address_ids: bool = False,
    by: bool = False,
) -> list[bytes]:
    """One event set as JSON lines.

    level "stream": touches, and orders that name their contact and keep it. "whole": also contacts, settings,
    orders without contact, orders that move. "erase": also erasures, and no two events of a kind at once.
    broken: with a few lines among them that must be refused. partial: with partial order events, at, before and after
    whole ones and without any. But for the level "stream" besides, nobody: orders that name nobody at all; blanks:
    optional texts and ids that are empty or blank; campaigns: names of campaigns; address_ids: contacts whose id is an
    address; by: settings that say who changed them.
    """
    kinds = Kinds(nobody=nobody and level != "stream", blanks=blanks and level != "stream", by=by)
    cast = draw(casts(address_ids=address_ids))
    found: list[Fields] = draw(_some(touches(cast), 9))
    found += draw(_some(orders(cast, level, kinds), 8))
    found += chain.from_iterable(draw(st.lists(duels(cast), max_size=2)))
    if partial:
        found += draw(st.lists(partial_orders(cast, level, kinds), max_size=3))
        found += chain.from_iterable(draw(st.lists(rival_refunds(cast, level, kinds), max_size=1)))
        found += chain.from_iterable(draw(st.lists(overtaken(cast, level, kinds), max_size=2)))
    if level != "stream":
        found += draw(st.lists(contacts(cast, kinds), max_size=6))
        found += draw(st.lists(settings_changes(cast, kinds), max_size=3))
        found += chain.from_iterable(draw(st.lists(rival_settings(cast), max_size=1)))
        if address_ids:
            found += draw(st.lists(own_addresses(cast), max_size=3))
            found += chain.from_iterable(draw(st.lists(rival_owners(cast), max_size=1)))
        if campaigns:
            found += draw(st.lists(campaign_names(cast), max_size=4))
    if found:
        found += draw(st.lists(near_copies(found, level, kinds), max_size=6))
    if level == "erase":
        found += draw(st.lists(erasures(cast), min_size=1, max_size=3))
    kept = settled(found, no_ties=level == "erase")
    beyond = [event for event in kept if event["type"] == "touch"][TOUCHES_MAX:]
    lines = [line_of(event, draw(st.integers(0, 2**16))) for event in kept if event not in beyond]
    if broken:
        wrong = [line for line, _ in broken_lines() if len(line) < 10_000]
        lines += draw(st.lists(st.sampled_from(wrong), max_size=3, unique=True))
    return lines


@st.composite
def deliveries(draw: st.DrawFn, events: Sequence[bytes]) -> list[list[bytes]]:
    """The events in some order, some of them more than once, in batches none of which is empty."""
    if not events:
        return []
    again = draw(st.lists(st.sampled_from(events), max_size=6))
    arrived = draw(st.permutations([*events, *again]))
    cuts = sorted(draw(st.lists(st.integers(0, len(arrived)), max_size=5)))
    batches = [arrived[start:end] for start, end in zip([0, *cuts], [*cuts, len(arrived)], strict=True)]
    return [list(batch) for batch in batches if batch]


def settings_files() -> st.SearchStrategy[dict[str, dict[str, Any]]]:
    """A file of settings: account → its table, "" → `[default]`; every table may be missing."""
    return file_tables()
