"""What is kept of ids (of contacts, of orders), packed: in a dictionary, or in what takes less memory than one."""

from __future__ import annotations

from collections.abc import ItemsView, Sequence, ValuesView
from typing import Final, Protocol

import msgspec

_pack: Final = msgspec.msgpack.Encoder().encode
_HEADS_OF_16: Final = (0xDC, 0xDE)
"""In MessagePack, the heads of lists and maps whose lengths have 16 bits; of shorter ones they are less."""


COMING_COUNT: Final = 8
"""Where ids are counted to see whether they are many enough for a table, those that come together count so many times:
where many come at once, more will."""


class PackedValues(Protocol):
    """Id → what is kept of it, packed; never no bytes."""

    def get_all(self, ids: Sequence[str]) -> list[bytes]:
        """The values of ids; b"" of one that has none."""

    def missing(self, ids: Sequence[str]) -> list[str]:
        """Those of the ids that have no value."""

    def __len__(self) -> int: ...

    def __contains__(self, one: object, /) -> bool: ...

    def get(self, one: str, default: bytes, /) -> bytes: ...

    def __setitem__(self, one: str, value: bytes, /) -> None: ...

    def __delitem__(self, one: str, /) -> None: ...

    def pop(self, one: str, default: bytes, /) -> bytes: ...

    def items(self) -> ItemsView[str, bytes]: ...

    def values(self) -> ValuesView[bytes]: ...

    def packed(self) -> bytes:
        """All of it as a packed map."""


class ValueDict(dict[str, bytes]):
    """`PackedValues` in a dictionary."""

    def get_all(self, ids: Sequence[str]) -> list[bytes]:
        """See `PackedValues`."""
        return [self.get(one, b"") for one in ids]

    def missing(self, ids: Sequence[str]) -> list[str]:
        """See `PackedValues`."""
        return [one for one in ids if one not in self]

    def packed(self) -> bytes:
        """See `PackedValues`."""
        return _pack(self)


unpack_values: Final = msgspec.msgpack.Decoder(dict[str, bytes]).decode


def items_in(packed: bytes | memoryview) -> int:
    """How many items a packed list or map has."""
    tag = packed[0]
    if tag < _HEADS_OF_16[0]:
        return tag & 0x0F
    return int.from_bytes(packed[1 : 3 if tag in _HEADS_OF_16 else 5], "big")
