"""Words of many key groups that stay packed until somebody looks at them."""

from __future__ import annotations

from typing import Final

import pytest

from state.packed_words import NO_WORDS, Packed, deal_words, first_of, joined, pack_list, pack_words, unpack_list

WORDS: Final = [Packed(7, b"one"), Packed(63, b"two" * 100), Packed(7, b""), Packed(0, b"f" * 70_000)]


def test_each_is_there_as_it_was_told_and_in_its_place() -> None:
    assert pack_words(WORDS).each() == WORDS
    assert joined([pack_words(WORDS[:1]), NO_WORDS, pack_words(WORDS[1:])]) == pack_words(WORDS)
    assert (len(pack_words(WORDS)), len(NO_WORDS), NO_WORDS.each()) == (4, 0, [])


def test_they_are_dealt_to_their_key_groups_in_their_order() -> None:
    dealt = deal_words([pack_words(WORDS[:2]), pack_words(WORDS[2:])])
    assert {group: unpack_list(packed) for group, packed in dealt} == {
        7: [b"one", b""],
        63: [b"two" * 100],
        0: [b"f" * 70_000],
    }


@pytest.mark.parametrize("length", [0, 255, 256, 70_000])
@pytest.mark.parametrize("count", [1, 15, 16, 70_000])
def test_the_first_is_found_without_a_look_at_the_others(length: int, count: int) -> None:
    assert first_of(pack_list([b"f" * length, *[b""] * (count - 1)])) == b"f" * length
