"""Words come to their key groups in the order in which they were told, whoever has packed some of them."""

from __future__ import annotations

from typing import Final

import msgspec

from dataflows.flow.dealing import to_key_groups
from state.changes import Heard, unpack_message
from state.key_groups import GROUP_KEYS
from state.packed_words import Packed, PackedWords, pack_words, unpack_list
from tests.message_tables import message_tables

WORDS: Final = [Heard("acme", number % 3, number) for number in range(12)]
BY_GROUP: Final = {GROUP_KEYS[group]: WORDS[group::3] for group in range(3)}


def packed(words: list[Heard]) -> PackedWords:
    return pack_words([Packed(word.contact_group, msgspec.msgpack.encode(word)) for word in words])


def routed(words: list[object]) -> dict[str, list[Heard] | bytes]:
    return dict(to_key_groups(words, lambda word: word.contact_group, message_tables, in_objects=list, in_bytes=bytes))


def test_objects_stay_objects_where_nothing_is_packed() -> None:
    assert routed([*WORDS]) == BY_GROUP
    assert routed([]) == {}


def test_an_object_comes_behind_what_was_packed_before_it_and_before_what_was_packed_later() -> None:
    told = [packed(WORDS[:4]), WORDS[4], WORDS[5], packed(WORDS[6:9]), *packed(WORDS[9:11]).each(), WORDS[11]]
    found = {
        key: list(map(unpack_message, unpack_list(words)))
        for key, words in routed(told).items()
        if isinstance(words, bytes)
    }
    assert found == BY_GROUP
