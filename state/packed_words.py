"""Words for the next stage as they are packed, many together: nobody makes objects of them on their way.

A word is a message of one of the stages in MessagePack (`state.changes`). Whoever emits words says with each which key
group it is for; what comes to a key group is a packed list of words.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol

import msgspec

from state.packed_values import items_in

_pack: Final = msgspec.msgpack.Encoder().encode


class Packed(NamedTuple):
    """One word for the next stage."""

    group: int
    """The key group that it is for."""
    packed: bytes


@dataclass(frozen=True, slots=True)
class PackedWords:
    """Words for key groups of the next stage, in the order in which they are told."""

    number: int
    """How many they are."""
    pairs: bytes
    """One behind the other, each a packed `Packed`."""

    def __len__(self) -> int:
        return self.number

    def each(self) -> list[Packed]:
        """Each by itself."""
        return _unpack_pairs(_LIST_OF_MANY + self.number.to_bytes(4, "big") + self.pairs)


NO_WORDS: Final = PackedWords(0, b"")
_LIST_OF_MANY: Final = b"\xdd"
_HEADS_BYTES: Final = {0xDC: 3, 0xDD: 5, 0xC4: 2, 0xC5: 3, 0xC6: 5}
"""How long that is, in MessagePack, what stands before the items of a list or before bytes, by the first byte of it."""
_unpack_pairs: Final[Callable[[bytes], list[Packed]]] = msgspec.msgpack.Decoder(list[Packed]).decode

pack_list: Final[Callable[[Sequence[bytes]], bytes]] = _pack
unpack_list: Final[Callable[[bytes], list[bytes]]] = msgspec.msgpack.Decoder(list[bytes]).decode

DealWords = Callable[[Sequence[PackedWords]], list[tuple[int, bytes]]]
"""Deals words to their key groups: of each that there is a word for, its number and the packed list of its words, in
their order."""


class WordTables(Protocol):
    """What knows words as kernels do."""

    @property
    def deal_words(self) -> DealWords:
        """Deals many at once."""


WordTablesFor = Callable[[int], WordTables | None]
"""What deals so many words; None: they are dealt in Python."""


def joined(words: Sequence[PackedWords]) -> PackedWords:
    """All of them, one behind the other."""
    return PackedWords(sum(map(len, words)), b"".join([one.pairs for one in words]))


def pack_words(words: Sequence[Packed]) -> PackedWords:
    """Words that stand by themselves."""
    return PackedWords(len(words), b"".join(map(_pack, words)))


def deal_words(words: Sequence[PackedWords]) -> list[tuple[int, bytes]]:
    """See `DealWords`."""
    dealt: defaultdict[int, list[bytes]] = defaultdict(list)
    for group, packed in joined(words).each():
        dealt[group].append(packed)
    return [(group, pack_list(of_group)) for group, of_group in dealt.items()]


def first_of(packed: bytes) -> bytes:
    """The first word of a packed list, in which there is one."""
    assert items_in(packed), "nothing is packed"
    at = _HEADS_BYTES.get(packed[0], 1)
    begin = at + _HEADS_BYTES[packed[at]]
    return packed[begin : begin + int.from_bytes(packed[at + 1 : begin], "big")]
