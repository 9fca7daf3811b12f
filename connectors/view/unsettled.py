"""Which rows the recovery store may not know of: what a run that resumes has to write once more."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import redis

from config.stopping import StopRequest
from connectors.sources.replay import RowAt
from connectors.view import layout
from connectors.view.waiting import waiting

_SCAN_COUNT: Final = 1_000


def unsettled_rows(client: redis.Redis, stop: StopRequest) -> Iterator[RowAt]:
    """All rows noted under `layout.unsettled_key`. Waits while Redis is away; raises `Stopped`.

    A row that is noted meanwhile may be among them or not, or twice.
    """
    for key in waiting(lambda: _keys(client), stop):
        account, cursor = layout.account_of(key), None
        while cursor != 0:
            cursor, members = _scan(client, stop, key, cursor or 0)
            for member in members:
                day, order = layout.parse_unsettled(layout.text_of(member))
                yield RowAt(account, order, day)


def _keys(client: redis.Redis) -> list[str]:
    found = map(layout.text_of, client.scan_iter(match=layout.PREFIX + "{*", count=_SCAN_COUNT))
    return [key for key in found if key == layout.unsettled_key(layout.account_of(key))]


def _scan(client: redis.Redis, stop: StopRequest, key: str, cursor: int) -> tuple[int, list[Any]]:
    at, scored = waiting(lambda: client.zscan(key, cursor, count=_SCAN_COUNT), stop)
    return at, [member for member, _ in scored]
