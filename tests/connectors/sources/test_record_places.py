"""Where lines of records stood: the same as a list of it."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.sources.record_places import RecordPlaces
from state.events import At

RECORDS = st.lists(st.tuples(st.integers(0, 2**63 - 1), st.integers(1, 5) | st.sampled_from([255, 256, 257])))


def listed(records: list[tuple[int, int]]) -> list[At]:
    """Line by line."""
    return [offset if count == 1 else (offset, number) for offset, count in records for number in range(1, count + 1)]


@given(RECORDS, st.slices(50))
def test_they_are_what_a_list_of_them_is(records: list[tuple[int, int]], part: slice) -> None:
    places = RecordPlaces([offset for offset, _ in records], [count for _, count in records])
    expected = listed(records)
    assert list(places) == expected
    assert places[part] == expected[part]
    assert places.packed() == msgspec.msgpack.encode(expected)


@pytest.mark.parametrize("count", [15, 16, 65_535, 65_536])
def test_a_list_of_any_length_has_its_head(count: int) -> None:
    assert RecordPlaces([3], [count]).packed() == msgspec.msgpack.encode(listed([(3, count)]))
