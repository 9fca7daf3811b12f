"""Order rows, as the sink is told of them and as Redis is given them: packed where they are made, so that the sink only
joins bytes.

A row is known by its packed `layout.unsettled_member`, which names the day and the order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import msgspec

from state.times import day_text

pack_text: Final[Callable[[str], bytes]] = msgspec.msgpack.Encoder().encode
"""A text in MessagePack."""
_unpack_text: Final = msgspec.msgpack.Decoder(str).decode
_DAY_CHARACTERS: Final = len("2026-03-01:")

PackedRow = tuple[bytes, bytes]
"""An order's row and its place in the index of the day, as the arguments of HSET (order, row) and of ZADD (`ordered_at`
in ms, order): two texts in MessagePack each."""
TAKEN: Final[PackedRow] = (b"", b"")
"""The order is not of this day."""
PackedRows = dict[bytes, PackedRow]
"""By the row's member, a text in MessagePack."""


class RowWrite(NamedTuple):
    """An order's row."""

    account: str
    order: str
    day: int
    old_days: tuple[int, ...]
    """Other days it stood under, or may have stood under."""
    ordered_at: int
    row: bytes


class RowRemoval(NamedTuple):
    """An order is not of this day."""

    account: str
    order: str
    day: int


class RowsWrite(NamedTuple):
    """Rows of an account's day."""

    account: str
    day: int
    """An ordinal."""
    taken: int
    """How many of the rows were taken from the day on the way here, whatever has come behind."""
    rows: PackedRows


@dataclass(frozen=True, slots=True)
class PackedArguments:
    """The arguments of a command."""

    count: int
    array: msgspec.Raw
    """Texts in an array, in MessagePack."""

    def __len__(self) -> int:
        return self.count


def joined(texts: Sequence[bytes], count: int) -> PackedArguments:
    """`count` arguments, texts in MessagePack that stand behind each other."""
    head = b"\xdd" + count.to_bytes(4, "big")
    return PackedArguments(count, msgspec.Raw(b"".join((head, *texts))))


def packable(arguments: list[str] | PackedArguments) -> list[str] | msgspec.Raw:
    """Arguments as MessagePack takes them."""
    return arguments.array if isinstance(arguments, PackedArguments) else arguments


def pack_member(day: int, order: str) -> bytes:
    """What a row is known by."""
    return pack_text(f"{day_text(day)}:{order}")


def order_of(member: bytes) -> str:
    """The order that a row is of."""
    return _unpack_text(member)[_DAY_CHARACTERS:]


def pack_row(order: str, ordered_at: int, row: bytes) -> PackedRow:
    """An order's row, which is JSON; `ordered_at`: ms."""
    packed = pack_text(order)
    return packed + pack_text(row.decode()), pack_text(str(ordered_at)) + packed
