"""Of an account's tags those seen last are kept, whatever order the touches came in, and how often."""

from __future__ import annotations

import random
from collections.abc import Iterable

from hypothesis import given, settings
from hypothesis import strategies as st

from state.tags_seen import TAGS_MOST, TagsSeen, latest_tags, note_tags, restored

Sighting = tuple[str, str, int]
"""(account, tag, ms)."""

SEEN = st.tuples(st.sampled_from(["acme", "other"]), st.sampled_from(["vip", "", "sale", "ї"]), st.integers(-2, 3))


def seen_of(sightings: Iterable[Sighting]) -> TagsSeen:
    tags = TagsSeen()
    for account, tag, ms in sightings:
        tags.add(account, {tag: ms})
    return tags


def latest(sightings: Iterable[Sighting]) -> dict[str, dict[str, int]]:
    """Account → the tags that were seen last, found by sorting everything."""
    found: dict[str, dict[str, int]] = {}
    for account, tag, ms in sorted(sightings, key=lambda one: one[2]):
        found.setdefault(account, {})[tag] = ms
    return {
        account: dict(sorted(tags.items(), key=lambda one: (one[1], one[0]), reverse=True)[:TAGS_MOST])
        for account, tags in found.items()
    }


def flood(count: int, seed: int) -> list[Sighting]:
    """More tags than are kept, several of them at one instant, most of them more than once, in any order."""
    chance = random.Random(seed)
    sightings = [("acme", f"t{chance.randrange(count)}", chance.randrange(count // 3)) for _ in range(2 * count)]
    return [*sightings, *sightings[: count // 2]]


@given(st.lists(SEEN, max_size=10), st.data())
def test_the_latest_touch_with_a_tag_counts_in_any_order_of_arrival(
    sightings: list[Sighting], data: st.DataObject
) -> None:
    tags, view = TagsSeen(), dict[str, dict[str, int]]()
    for account, tag, ms in data.draw(st.permutations([*sightings, *sightings])):
        tags.add(account, {tag: ms})
        for name, changed in tags.take_changes().items():
            view.setdefault(name, {}).update(changed)
    assert view == tags.plain() == latest(sightings)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**16), st.booleans())
def test_of_too_many_tags_those_seen_last_stay_in_any_order_of_arrival(seed: int, restarts: bool) -> None:
    sightings = flood(3 * TAGS_MOST, seed)
    half = len(sightings) // 2
    tags = seen_of(sightings[:half])
    if restarts:
        tags = restored(tags.plain())
    for account, tag, ms in sightings[half:]:
        tags.add(account, {tag: ms})
    assert tags.plain() == latest(sightings)
    assert max(map(len, tags.latest.values())) <= 2 * TAGS_MOST


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**16))
def test_who_keeps_the_latest_of_what_is_told_has_the_latest_of_all(seed: int) -> None:
    """As Redis does: what is pushed out is not said."""
    tags, view = TagsSeen(), dict[str, int]()
    sightings = flood(3 * TAGS_MOST, seed)
    for start in range(0, len(sightings), 700):
        for account, tag, ms in sightings[start : start + 700]:
            tags.add(account, {tag: ms})
        view = latest_tags(view | tags.take_changes().get("acme", {}))
    assert view == latest(sightings)["acme"]


def test_a_touch_that_comes_again_changes_nothing() -> None:
    tags = seen_of([("acme", "vip", 5)])
    assert tags.take_changes() == {"acme": {"vip": 5}}
    tags.add("acme", {"vip": 5})
    tags.add("acme", {"vip": 4})
    assert tags.take_changes() == {}


def test_what_is_told_at_once_is_no_more_than_is_kept() -> None:
    tags = seen_of(("acme", f"t{ms}", ms) for ms in range(10 * TAGS_MOST))
    assert sum(map(len, tags.changed.values())) <= 2 * TAGS_MOST
    assert tags.take_changes() == {"acme": {f"t{ms}": ms for ms in range(9 * TAGS_MOST, 10 * TAGS_MOST)}}


def test_after_a_restart_all_tags_are_told() -> None:
    tags = restored(seen_of([("acme", "vip", 5), ("other", "sale", 6)]).plain())
    assert tags.take_changes() == {}
    tags.emit_all()
    assert tags.take_changes() == {"acme": {"vip": 5}, "other": {"sale": 6}}


@given(st.lists(SEEN, max_size=8), st.data())
def test_what_is_gathered_on_the_way_is_the_same(sightings: list[Sighting], data: st.DataObject) -> None:
    gathered: dict[str, dict[str, int]] = {}
    for account, tag, ms in data.draw(st.permutations(sightings)):
        note_tags(gathered.setdefault(account, {}), {tag: ms})
    assert gathered == latest(sightings)
