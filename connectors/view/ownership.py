"""Whose the view in Redis is: a run must not wipe by mistake what another recovery store has counted for years.

`lasttouch:run` hash
    store           the id of the recovery store whose run was last let to write the view
"""

from __future__ import annotations

from typing import Final

import redis

from config.stopping import StopRequest
from connectors.view.layout import RUN_KEY, texts_of
from connectors.view.run_status import SINK_PARTITIONS
from connectors.view.waiting import waiting

STORE: Final = "store"


def other_owner(client: redis.Redis, stop: StopRequest, store: str, *, is_new: bool) -> str | None:
    """The id of the other store whose view is in Redis ("unknown" if nothing says); None: it is that of `store`.

    For a view that is there and was not shown by `store` as it stands. `is_new`: whether no run has begun with
    `store`; a view that nothing is known of may be what Redis kept of an older store's.
    """
    fields = texts_of(waiting(lambda: client.hgetall(RUN_KEY), stop))
    owner = fields.get(STORE)
    if owner is not None:
        return None if owner == store else owner
    shown = {fields[name] for part in SINK_PARTITIONS if (name := f"view:{part}") in fields}
    if shown:
        return next(iter(sorted(shown - {store})), None)
    return "unknown" if is_new else None


def own(client: redis.Redis, stop: StopRequest, store: str) -> None:
    """A run of `store` has been let to write the view."""
    waiting(lambda: client.hset(RUN_KEY, STORE, store), stop)
