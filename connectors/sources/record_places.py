"""Where lines of Kafka records stood: nothing is made of each line."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Final, overload

import msgspec

from state.events import At

_pack: Final[Callable[[int], bytes]] = msgspec.msgpack.Encoder().encode
_PAIR: Final = b"\x92"
_FIXED, _SHORT = 16, 65_536
_KNOWN: Final = 256
_NUMBERS: Final = [_pack(number) for number in range(1, _KNOWN + 1)]


class RecordPlaces(Sequence[At]):
    """By line: the offset of its record, and, of a record of several, its number in it, from 1 (contract §8)."""

    def __init__(self, offsets: Sequence[int], counts: Sequence[int]) -> None:
        """Of each record its offset, and how many lines it holds, at least one."""
        self._offsets = offsets
        self._counts = counts
        self._ends = list(accumulate(counts))

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    @overload
    def __getitem__(self, index: int) -> At: ...
    @overload
    def __getitem__(self, index: slice) -> list[At]: ...
    def __getitem__(self, index: int | slice) -> At | list[At]:
        if isinstance(index, slice):
            return [self._at(line) for line in range(*index.indices(len(self)))]
        return self._at(range(len(self))[index])

    def _at(self, line: int) -> At:
        record = bisect_right(self._ends, line)
        offset, count = self._offsets[record], self._counts[record]
        return offset if count == 1 else (offset, line - (self._ends[record] - count) + 1)

    def packed(self) -> bytes:
        """The list of them in MessagePack."""
        pieces = [_head(len(self))]
        for offset, count in zip(map(_pack, self._offsets), self._counts, strict=True):
            if count == 1:
                pieces.append(offset)
            else:
                begin = _PAIR + offset
                pieces += (begin, begin.join(_numbers(count)))
        return b"".join(pieces)


def _numbers(count: int) -> list[bytes]:
    return _NUMBERS[:count] if count <= _KNOWN else [*map(_pack, range(1, count + 1))]


def _head(count: int) -> bytes:
    if count < _FIXED:
        return bytes([0x90 | count])
    return b"\xdc" + count.to_bytes(2, "big") if count < _SHORT else b"\xdd" + count.to_bytes(4, "big")
