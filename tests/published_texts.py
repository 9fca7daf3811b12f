"""Rows and records by kernels, however few: so tests of whatever publishes are tests of kernels, too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Final

import msgspec

from config.kernels_switch import kernels_are_on
from connectors.view.packed_rows import TAKEN, RowRemoval, RowsWrite, RowWrite, order_of
from connectors.view.sink import Write
from dataflows.flow.order_texts import PublishedTexts
from kernels.loading import Kernels, load

_read: Final = msgspec.msgpack.Decoder(tuple[str, str]).decode
_PAIR: Final = b"\x92"


@cache
def _kernels() -> Kernels | None:
    return load() if kernels_are_on() else None


@cache
def published_texts() -> PublishedTexts:
    """With LASTTOUCH_KERNELS=off it does all in Python."""
    return PublishedTexts(_kernels, decisions_min=1)


def one_by_one(writes: Iterable[Write]) -> Iterator[Write]:
    """The same, with each row by itself."""
    for write in writes:
        if isinstance(write, RowsWrite):
            yield from _rows_of(write)
        else:
            yield write


def _rows_of(write: RowsWrite) -> Iterator[RowWrite | RowRemoval]:
    for member, packed in write.rows.items():
        order = order_of(member)
        if packed == TAKEN:
            yield RowRemoval(write.account, order, write.day)
            continue
        (field, row), (ordered_at, indexed) = (_read(_PAIR + part) for part in packed)
        assert field == indexed == order
        yield RowWrite(write.account, order, write.day, (), int(ordered_at), row.encode())
