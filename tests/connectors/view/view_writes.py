"""What the sink is told of a shop called acme, its partitions on a real server, and what that server then holds."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from datetime import date
from typing import Any, Final

import redis

from config.stopping import StopRequest
from connectors.sources.barriers import Barrier
from connectors.view.account_writes import AccountWrites
from connectors.view.layout import text_of
from connectors.view.packed_rows import RowWrite
from connectors.view.placement import ViewAside, ViewInPlace
from connectors.view.run_status import Mode, RunStatus
from connectors.view.sink import (
    UPSTREAM,
    RedisPartition,
    RedisSink,
    TotalsWrite,
    Write,
    sink_partition,
)
from connectors.view.writes import FencedWriter
from state.changes import Seen
from state.ledger import EntryKey, Name
from state.settings import Settings
from state.timeline import base_version
from state.totals import ALL_DAYS, Place
from tests.state.ledger_entries import by_place
from tests.state.shop import at

DAY: Final = date(2026, 3, 1).toordinal()
ALL: Final = ALL_DAYS
NEWEST: Final = at("03-01 15:00")

OWN: Final = ("}:fence", ":unsettled")
"""Ends of keys that are no part of what readers are shown."""

Contents = dict[str, dict[str, str]]


def sink(
    client: redis.Redis,
    mode: Mode = Mode.FRESH,
    *,
    run: int = 1,
    store: str = "store",
    stop: StopRequest | None = None,
    row_days: int = 400,
) -> RedisSink:
    asked = stop or StopRequest()
    return RedisSink(client, RunStatus(client, asked), asked, run, store, mode, row_days)


def in_place(client: redis.Redis, *, run: int = 1, store: str = "store", account: str = "acme") -> ViewInPlace:
    """The view that readers read, as the partition of an account writes it."""
    stop, part = StopRequest(), sink_partition(account)
    return ViewInPlace(
        client,
        FencedWriter(client, run),
        RunStatus(client, stop),
        stop,
        partition=part,
        store=store,
        is_mine=lambda name: sink_partition(name) == part,
    )


def aside(client: redis.Redis, **more: Any) -> ViewAside:
    """A view that is built aside, to take the place of what is there."""
    return ViewAside(in_place(client, **more), client, StopRequest())


def partition(
    client: redis.Redis,
    mode: Mode = Mode.FRESH,
    *,
    account: str = "acme",
    state: bytes | None = None,
    **more: Any,
) -> RedisPartition:
    """The partition that writes an account's keys; `state`: what the recovery store kept of it."""
    return sink(client, mode, **more).build_part("view", sink_partition(account), state)


def opened(closing: ExitStack, client: redis.Redis, mode: Mode = Mode.FRESH, **more: Any) -> RedisPartition:
    """A partition that is closed when the test ends."""
    part = partition(client, mode, **more)
    closing.callback(part.close)
    return part


def give(part: RedisPartition, *writes: Write) -> None:
    """Writes, and the end of their epoch."""
    part.write_batch([list(writes)])
    part.snapshot()


def sums(*entries: tuple[EntryKey, int], **newest: int) -> TotalsWrite:
    """Totals as they stand; `acme=ms`: how fresh that account is."""
    seen = {account: Seen(ms, base_version(Settings())) for account, ms in newest.items()}
    return TotalsWrite(_by_place(entries), seen, [])


def _by_place(entries: Iterable[tuple[EntryKey, int]]) -> list[tuple[Place, list[tuple[Name, int]]]]:
    return [(place, list(amounts.items())) for place, amounts in by_place(dict(entries)).items()]


def sent(value: int, day: int = DAY, account: str = "acme") -> tuple[EntryKey, int]:
    """So many messages sent by an account on a day."""
    return (account, day, "", "", "sent"), value


def revenue(value: int, campaign: str = "spring", day: int = DAY) -> list[tuple[EntryKey, int]]:
    """The revenue of a campaign that is all there is, for its channel and its account too."""
    where = [("email", campaign), ("email", ""), ("", "")]
    return [(("acme", day, channel, name, "revenue:EUR"), value) for channel, name in where]


def gathered(*totals: tuple[EntryKey, int]) -> AccountWrites:
    """Totals, ready for a view."""
    writes = AccountWrites()
    for place, amounts in _by_place(totals):
        writes.put_totals(place, amounts)
    return writes


def row(order: str, day: int = DAY, *old_days: int, text: bytes = b"{}", account: str = "acme") -> RowWrite:
    """An order's row; `old_days`: where it stood before."""
    return RowWrite(account, order, day, old_days, _noon(day), text)


def unsettled(client: redis.Redis, account: str = "acme") -> dict[str, int]:
    """The rows of an account that the recovery store may not know, and the epochs in which they were written."""
    return {name: int(score) for name, score in _fields(client, f"lasttouch:{{{account}}}:unsettled").items()}


def _noon(day: int) -> int:
    return (day - date(1970, 1, 1).toordinal()) * 86_400_000 + 43_200_000


def all_passed() -> list[Write]:
    """All who tell the sink what to write have told all of the replay, one after the other."""
    return [Barrier(frozenset({name})) for name in sorted(UPSTREAM)]


def contents(client: redis.Redis, pattern: str = "lasttouch:{*") -> Contents:
    """Every key of the accounts but the program's own, with its fields (of a sorted set: members and scores)."""
    keys = sorted(text_of(key) for key in client.scan_iter(pattern))
    return {key: _fields(client, key) for key in keys if not key.endswith(OWN)}


def _fields(client: redis.Redis, key: str) -> dict[str, str]:
    if client.type(key) in (b"zset", "zset"):
        members: Any = client.zrange(key, 0, -1, withscores=True)
        return {text_of(name): f"{score:.0f}" for name, score in members}
    return {text_of(name): text_of(value) for name, value in client.hgetall(key).items()}


def shown(client: redis.Redis, day: int = DAY, account: str = "acme") -> dict[str, str]:
    """The counters of an account's day, as a dashboard polls them."""
    return _fields(client, f"lasttouch:{{{account}}}:day:{date.fromordinal(day).isoformat()}")


def run_fields(client: redis.Redis) -> dict[str, str]:
    return _fields(client, "lasttouch:run")
