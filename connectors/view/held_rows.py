"""Order rows that a sink partition holds back, in the form in which they go into the recovery store.

What is held back belongs to epochs that are closed: nobody tells it again after a crash. Totals need no such care, they
are told anew at every start.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec
import zstandard

from connectors.view.writes import AccountWrites

NOTHING: Final = b""
"""No rows are held."""

_Rows = dict[str, dict[int, dict[str, tuple[int, bytes] | None]]]
"""Account → day → order → (ordered_at in ms, row); None: it is not of this day."""

_DECODER: Final = msgspec.msgpack.Decoder(_Rows)
_compress: Final = zstandard.ZstdCompressor(level=1).compress
_decompress: Final = zstandard.ZstdDecompressor().decompress


def pack_rows(waiting: Mapping[str, AccountWrites]) -> bytes:
    """The rows among the writes that wait."""
    rows = {account: writes.rows for account, writes in waiting.items() if writes.rows}
    return _compress(msgspec.msgpack.encode(rows)) if rows else NOTHING


def unpack_rows(packed: bytes) -> dict[str, AccountWrites]:
    """The writes of what `pack_rows` packed."""
    waiting: dict[str, AccountWrites] = {}
    if packed == NOTHING:
        return waiting
    for account, days in _DECODER.decode(_decompress(packed)).items():
        writes = waiting[account] = AccountWrites()
        for day, rows in days.items():
            for order, value in rows.items():
                if value is None:
                    writes.take_row(day, order)
                else:
                    writes.put_row(day, order, *value)
    return waiting
