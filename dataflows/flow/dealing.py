"""Words to the key groups of the next stage: as objects, or all of them packed where some are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

import msgspec

from state.key_groups import GROUP_KEYS
from state.packed_words import Packed, PackedWords, WordTablesFor, deal_words, pack_words

Objects = TypeVar("Objects")
Bytes = TypeVar("Bytes")

_pack: Final = msgspec.msgpack.Encoder().encode


def to_key_groups(
    words: Sequence[object],
    group_of: Callable[[Any], int],
    tables: WordTablesFor,
    *,
    in_objects: Callable[[list[Any]], Objects],
    in_bytes: Callable[[bytes], Bytes],
) -> list[tuple[str, Objects | Bytes]]:
    """Words to their key groups, in their order: to each what is made of a list of them, or of a packed list.

    `group_of`: the key group of a word that is not packed. `tables`: see `state.packed_words`.
    """
    if not {Packed, PackedWords} & set(map(type, words)):
        by_group: defaultdict[int, list[object]] = defaultdict(list)
        for word in words:
            by_group[group_of(word)].append(word)
        return [(GROUP_KEYS[group], in_objects(of_group)) for group, of_group in by_group.items()]
    packed = [one if isinstance(one, PackedWords) else _packed(one, group_of) for one in words]
    dealing = tables(sum(map(len, packed)))
    dealt = deal_words(packed) if dealing is None else dealing.deal_words(packed)
    return [(GROUP_KEYS[group], in_bytes(of_group)) for group, of_group in dealt]


def _packed(word: object, group_of: Callable[[Any], int]) -> PackedWords:
    return pack_words([word if isinstance(word, Packed) else Packed(group_of(word), _pack(word))])
