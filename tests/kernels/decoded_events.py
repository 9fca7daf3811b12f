"""What a batch of lines held, whatever decoded it: without the order in which key groups are told."""

from __future__ import annotations

from typing import Any

from connectors.decoding.decoder import Decoded, unpack_touches
from state.events import At
from state.touches import Row


def held(decoded: Decoded) -> dict[str, Any]:
    """Touches by all that a batch of them has in common, each in the order of their places; and the rest."""
    touches: dict[tuple[object, ...], list[Row]] = {}
    for group, packed in decoded.touches:
        lot = unpack_touches(packed)
        rows = rows_of(packed)
        assert rows, "no batch is empty"
        assert [at for *_, at in rows] == sorted((at for *_, at in rows), key=_place), "in the order they were read"
        touches.setdefault((lot.source, lot.partition, lot.read_ms, lot.touches.account, group), []).extend(rows)
    return {
        "touches": {key: sorted(rows, key=lambda row: _place(row[6])) for key, rows in touches.items()},
        "orders": sorted(decoded.orders),
        "nobodys": decoded.nobodys,
        "profiles": decoded.profiles,
        "dead": decoded.dead,
        "counts": (decoded.events, decoded.taken, decoded.refused),
    }


def rows_of(packed: bytes) -> list[Row]:
    """Packed touches as rows."""
    touches = unpack_touches(packed).touches
    numbers = range(len(touches.contacts))
    columns = (touches.contacts, touches.entries, touches.times, touches.forms, touches.kinds)
    return list(zip(*columns, map(touches.line, numbers), map(touches.at, numbers), strict=True))


def _place(at: At) -> tuple[int, int]:
    return at if isinstance(at, tuple) else (at, 0)
