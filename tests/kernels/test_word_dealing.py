"""Kernels deal words to key groups as Python does it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kernels.loading import load
from kernels.tables import Tables
from state.key_groups import GROUPS
from state.packed_words import Packed, PackedWords, deal_words, pack_words, unpack_list

TABLES = Tables(load())
words = st.builds(Packed, st.integers(0, GROUPS - 1), st.binary() | st.binary(min_size=250, max_size=300))


def by_group(dealt: list[tuple[int, bytes]]) -> dict[int, list[bytes]]:
    return {group: unpack_list(packed) for group, packed in dealt}


@given(st.lists(st.lists(words, max_size=30).map(pack_words), max_size=10))
def test_each_key_group_gets_its_own_in_their_order(told: list[PackedWords]) -> None:
    assert by_group(TABLES.deal_words(told)) == by_group(deal_words(told))


def test_so_it_is_with_more_than_there_was_room_for() -> None:
    told = [pack_words([Packed(number % GROUPS, b"w" * number) for number in range(count)]) for count in (3, 3_000, 2)]
    for few in told:
        assert by_group(TABLES.deal_words([few])) == by_group(deal_words([few]))
