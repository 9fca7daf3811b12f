"""One page of an account's orders, newest first, without reading more days or rows than it takes."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator
from typing import Final, NamedTuple

import msgspec
import redis

from connectors.view.layout import OrderRow, Text, orders_key, rows_key
from reports.paging import AskedPage, ListPosition, encode_cursor
from reports.reading import batches, scored

INDEX_ENTRIES_PER_TRIP: Final = 1_000
ROWS_PER_TRIP: Final = 1_000
DAYS_PER_TRIP: Final = 1_000

_read_row: Final = msgspec.json.Decoder(OrderRow).decode


class Page(NamedTuple):
    """Some orders in the order of the list."""

    rows: list[OrderRow]
    next: str | None
    """The cursor of the page after this one; None: this is the last."""


class _Entry(NamedTuple):
    position: ListPosition
    day: int


def read_page(
    client: redis.Redis,
    account: str,
    days: Iterable[int],
    asked: AskedPage,
    *,
    wanted: Callable[[OrderRow], bool] | None,
) -> Page:
    """The asked part of the list of the wanted orders of the days (ordinals); `wanted` None: of all."""
    limit = asked.limit
    # One more than the page holds tells whether another page follows.
    entries = _entries(client, account, days, asked.after)
    found: list[tuple[ListPosition, OrderRow]] = []
    for batch in batches(entries, limit + 1 if wanted is None else ROWS_PER_TRIP):
        rows = _read_rows(client, account, batch)
        found += [(position, row) for position, row in rows if wanted is None or wanted(row)]
        if len(found) > limit:
            return Page([row for _, row in found[:limit]], encode_cursor(found[limit - 1][0]))
    return Page([row for _, row in found], None)


def _read_rows(client: redis.Redis, account: str, entries: list[_Entry]) -> list[tuple[ListPosition, OrderRow]]:
    by_day: dict[int, list[ListPosition]] = {}
    for entry in entries:
        by_day.setdefault(entry.day, []).append(entry.position)
    pipeline = client.pipeline(transaction=False)
    for day, positions in by_day.items():
        pipeline.hmget(rows_key(account, day), [position.order for position in positions])
    rows: dict[_Entry, Text | None] = {}
    for (day, positions), answer in zip(by_day.items(), pipeline.execute(), strict=True):
        rows.update(zip((_Entry(position, day) for position in positions), answer, strict=True))
    # A row can be gone between the two looks: its order moved to another day, or its day expired.
    return [(entry.position, _read_row(row)) for entry in entries if (row := rows[entry]) is not None]


def _entries(client: redis.Redis, account: str, days: Iterable[int], after: ListPosition | None) -> Iterator[_Entry]:
    """The index entries of the days in the order of the list.

    A day is opened when its newest order's turn comes. That is not simply day after day: where clocks go back
    across midnight, two days of a time zone interleave.
    """
    newest = "+inf" if after is None else str(after.ordered_at)
    heap: list[tuple[int, str, int, Iterator[ListPosition] | None]] = [
        (-ordered_at, "", day, None) for day, ordered_at in _newest_of_days(client, account, days, newest)
    ]
    heapq.heapify(heap)
    while heap:
        ordered_at, order, day, positions = heap[0]
        if positions is None:
            positions = _positions(client, orders_key(account, day), newest)
        else:
            position = ListPosition(-ordered_at, order)
            if after is None or after.is_before(position):
                yield _Entry(position, day)
        following = next(positions, None)
        if following is None:
            heapq.heappop(heap)
        else:
            heapq.heapreplace(heap, (-following.ordered_at, following.order, day, positions))


def _newest_of_days(client: redis.Redis, account: str, days: Iterable[int], newest: str) -> Iterator[tuple[int, int]]:
    """(day, ms of its newest order not after `newest`) of the days that have one."""
    for batch in batches(days, DAYS_PER_TRIP):
        pipeline = client.pipeline(transaction=False)
        for day in batch:
            pipeline.zrevrangebyscore(orders_key(account, day), newest, "-inf", 0, 1, withscores=True)
        for day, answer in zip(batch, pipeline.execute(), strict=True):
            yield from ((day, score) for _, score in scored(answer))


def _positions(client: redis.Redis, key: str, newest: str) -> Iterator[ListPosition]:
    """The orders of one day not after `newest` (ms), in the order of the list, read in pieces."""
    while True:
        answer = client.zrevrangebyscore(key, newest, "-inf", 0, INDEX_ENTRIES_PER_TRIP, withscores=True)
        piece = scored(answer)
        is_last = len(piece) < INDEX_ENTRIES_PER_TRIP
        if not is_last:
            # Redis gives the orders of one instant from the greatest id down; the piece may cut them apart.
            cut = piece[-1][1]
            whole = [entry for entry in piece if entry[1] != cut]
            if whole:
                piece, newest = whole, str(cut)
            else:
                piece, newest = scored(client.zrangebyscore(key, cut, cut, withscores=True)), f"({cut}"
        yield from sorted(
            (ListPosition(score, order) for order, score in piece), key=lambda at: (-at.ordered_at, at.order)
        )
        if is_last:
            return
