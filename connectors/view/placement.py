"""The view in Redis as a sink partition writes it: in place, or aside until it is complete."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Final, Protocol, TypeVar, cast

import redis
import structlog

from config.stopping import StopRequest
from connectors.view import layout
from connectors.view.account_writes import AccountWrites
from connectors.view.run_status import RunStatus
from connectors.view.waiting import waiting
from connectors.view.writes import PRUNE, Command, FencedWriter, commands, expired, fence_key, settled, unsettled
from state.times import day_of_text, day_text

# `lasttouch:{A}:next:<rest>`: what `lasttouch:{A}:<rest>` will be, while the view is built anew.
ASIDE: Final = "next:"
_SCAN_COUNT: Final = 1_000
_PIPELINE_MAX: Final = 500
_DAYS_PER_SCRIPT: Final = 100
_LOG: Final = structlog.get_logger()
_Item = TypeVar("_Item")


class View(Protocol):
    """Where a sink partition writes."""

    @property
    def holds_in_memory(self) -> bool:
        """Whether writes wait in memory until the stream has caught up; else they are written aside meanwhile."""

    def write(self, account: str, writes: AccountWrites, epoch: int) -> None:
        """Write, in this epoch of the sink partition. Waits while Redis is away, as all of these do."""

    def note_unsettled(self, account: str, writes: AccountWrites, epoch: int) -> None:
        """Note rows as unsettled (`layout.unsettled_key`) that will be written later."""

    def settle(self, account: str, below: int) -> None:
        """The recovery store has the rows that were written in epochs before `below`."""

    def drop_stale(self, emitted: dict[str, AccountWrites]) -> set[str]:
        """The stream has caught up, and has emitted every total (`emitted`, by account): let go of all others.

        Returns the accounts of which rows are unsettled, whichever run wrote them.
        """

    def show(self) -> View:
        """The stream has caught up: readers see it from now on. Returns where further writes go."""


class ViewInPlace:
    """Writes to the keys that readers read."""

    holds_in_memory = True

    def __init__(
        self,
        client: redis.Redis,
        writer: FencedWriter,
        status: RunStatus,
        stop: StopRequest,
        *,
        partition: str,
        store: str,
        is_mine: Callable[[str], bool],
    ) -> None:
        """`is_mine`: whether an account is written by this partition."""
        self._client, self._writer, self._status, self._stop = client, writer, status, stop
        self._partition, self._store = partition, store
        self._is_mine = is_mine

    def write(self, account: str, writes: AccountWrites, epoch: int) -> None:
        """See `View`."""
        if writes.expire or writes.has_late_rows():
            self._expire(account, writes)
        for lot in commands(account, writes, epoch):
            self.apply(account, lot)

    def note_unsettled(self, account: str, writes: AccountWrites, epoch: int) -> None:
        """See `View`."""
        for lot in unsettled(account, writes, epoch):
            self.apply(account, lot)

    def settle(self, account: str, below: int) -> None:
        """See `View`."""
        self.apply(account, settled(account, below))

    def _expire(self, account: str, writes: AccountWrites) -> None:
        """Take out the rows of the days that have grown too old, and say from which day on there are rows."""
        days = waiting(partial(self._days_before, account, writes.rows_from), self._stop)
        if not days and not writes.has_late_rows():
            return
        for start in range(0, len(days), _DAYS_PER_SCRIPT):
            self.apply(account, expired(account, days[start : start + _DAYS_PER_SCRIPT]))
        writes.set(layout.account_key(account), layout.ROWS_FROM, day_text(writes.rows_from))

    def _days_before(self, account: str, day: int) -> list[int]:
        """The days before `day` whose rows have not been taken out. Of many days there are only counters."""
        known = self._client.hget(layout.account_key(account), layout.ROWS_FROM)
        first: int | str = "-inf" if known is None else layout.day_score(day_of_text(layout.text_of(known)))
        last = f"({layout.day_score(day)}"
        found = self._client.zrangebyscore(layout.days_key(account), first, last)
        days = [day_of_text(layout.text_of(cast("bytes", text))) for text in found]
        pipe = self._client.pipeline(transaction=False)
        for one in days:
            pipe.exists(layout.rows_key(account, one))
        return [one for one, is_there in zip(days, pipe.execute(), strict=True) if is_there]

    def drop_stale(self, emitted: dict[str, AccountWrites]) -> set[str]:
        """See `View`. A run that crashed may have written a total that the replay, in another order, never makes."""
        found = self.my_keys()
        for keys in _lots([key for key in found if layout.is_counters(key)]):
            for key, fields in zip(keys, waiting(partial(self._fields, keys), self._stop), strict=True):
                account = layout.account_of(key)
                writes = emitted.setdefault(account, AccountWrites())
                known = writes.hashes.get(key, {})
                for field in fields:
                    if field not in known:
                        writes.set(key, field, None)
                        writes.shrunk.update(layout.days_named_in(key))
        for account in (account for key in found if key == layout.tags_key(account := layout.account_of(key))):
            writes = emitted.setdefault(account, AccountWrites())
            writes.tags_gone |= waiting(partial(self._tags, account), self._stop) - writes.tags.keys()
        return {account for key in found if key == layout.unsettled_key(account := layout.account_of(key))}

    def _fields(self, keys: list[str]) -> list[list[str]]:
        pipe = self._client.pipeline(transaction=False)
        for key in keys:
            pipe.hkeys(key)
        return [[layout.text_of(field) for field in fields] for fields in pipe.execute()]

    def _tags(self, account: str) -> set[str]:
        members = self._client.zrange(layout.tags_key(account), 0, -1)
        return {layout.text_of(cast("bytes", member)) for member in members}

    def my_keys(self) -> list[str]:
        """All keys of this partition's accounts."""

        def call() -> list[str]:
            found = self._client.scan_iter(match=layout.PREFIX + "{*", count=_SCAN_COUNT)
            return [key for key in map(bytes.decode, found) if self._is_mine(layout.account_of(key))]

        return waiting(call, self._stop)

    def apply(self, account: str, lot: list[Command]) -> None:
        """Apply commands at once; waits while Redis is away."""
        waiting(partial(self._writer.apply, account, lot), self._stop)

    def show(self) -> ViewInPlace:
        """See `View`."""
        self.own()
        self.caught_up()
        return self

    def own(self) -> None:
        """What readers see is from now on what this run's store says."""
        self._status.own_view(self._partition, self._store, self._writer.run)

    def caught_up(self) -> None:
        """Readers see all that this partition had to catch up with."""
        self._status.caught_up([holding(self._partition)])


def holding(partition: str) -> str:
    """What a sink partition is called among those that are behind."""
    return f"view:{partition}"


class ViewAside:
    """Writes aside; `show` puts each key in its place, whole, and sweeps what is left of the old view last."""

    holds_in_memory = False

    def __init__(self, in_place: ViewInPlace, client: redis.Redis, stop: StopRequest) -> None:
        self._in_place, self._client, self._stop = in_place, client, stop
        self._written: set[str] = set()
        self._rows_from: dict[str, int] = {}
        self._had_late_rows: set[str] = set()
        self._unlink([key for key in in_place.my_keys() if _is_aside(key)])

    def write(self, account: str, writes: AccountWrites, epoch: int) -> None:
        """See `View`."""
        self._rows_from[account] = max(writes.rows_from, self._rows_from.get(account, 0))
        if writes.has_late_rows():
            self._had_late_rows.add(account)
        for lot in commands(account, writes, epoch):
            self._apply(account, lot)

    def note_unsettled(self, account: str, writes: AccountWrites, epoch: int) -> None:
        """See `View`."""
        for lot in unsettled(account, writes, epoch):
            self._apply(account, lot)

    def settle(self, account: str, below: int) -> None:
        """See `View`. Before it is shown, a crash begins it anew; so only what is recent needs to be noted."""
        self._apply(account, settled(account, below))

    def _apply(self, account: str, lot: list[Command]) -> None:
        self._written.update(command.key for command in lot)
        self._in_place.apply(account, [_moved_aside(account, command) for command in lot])

    def drop_stale(self, emitted: dict[str, AccountWrites]) -> set[str]:
        """See `View`: nothing is left of a view that is replaced."""
        del emitted
        return set()

    def show(self) -> ViewInPlace:
        """See `View`. Every step may be repeated, and none is taken once a newer run writes."""
        shown = {key for keys in _lots(sorted(self._written)) for key in self._there(keys)}
        for account, keys in _by_account(shown):
            moves = [Command(_aside(account, key), "RENAME", [key]) for key in keys]
            for lot in _lots(moves):
                self._in_place.apply(account, lot)
        old = [key for key in self._in_place.my_keys() if key not in shown and not _is_fence(key)]
        self._unlink(old)
        for account, rows_from in self._rows_from.items():
            writes = AccountWrites(rows_from=rows_from, expire=True)
            if account in self._had_late_rows:
                writes.set(layout.account_key(account), layout.ROWS_FROM, day_text(rows_from))
            self._in_place.write(account, writes, epoch=0)
        _LOG.info("view replaced", keys=len(shown), swept=len(old))
        return self._in_place.show()

    def _there(self, keys: list[str]) -> list[str]:
        """Those of the keys that have something aside."""

        def call() -> list[int]:
            pipe = self._client.pipeline(transaction=False)
            for key in keys:
                pipe.exists(_aside(layout.account_of(key), key))
            return pipe.execute()

        return [key for key, there in zip(keys, waiting(call, self._stop), strict=True) if there]

    def _unlink(self, keys: list[str]) -> None:
        for account, mine in _by_account(keys):
            for lot in _lots([Command(key, "UNLINK", []) for key in mine]):
                self._in_place.apply(account, lot)


def _by_account(keys: Iterable[str]) -> Iterator[tuple[str, list[str]]]:
    """Keys by the account they are of."""
    accounts: dict[str, list[str]] = {}
    for key in sorted(keys):
        accounts.setdefault(layout.account_of(key), []).append(key)
    yield from accounts.items()


def _lots(items: list[_Item]) -> Iterator[list[_Item]]:
    for start in range(0, len(items), _PIPELINE_MAX):
        yield items[start : start + _PIPELINE_MAX]


def _aside(account: str, key: str) -> str:
    tag = layout.account_tag(account)
    return tag + ASIDE + key.removeprefix(tag)


def _moved_aside(account: str, command: Command) -> Command:
    arguments = command.arguments
    if command.name == PRUNE and isinstance(arguments, list):
        day, *keys = arguments
        arguments = [day, *(_aside(account, key) for key in keys)]
    return Command(_aside(account, command.key), command.name, arguments)


def _is_aside(key: str) -> bool:
    return key.removeprefix(layout.account_tag(layout.account_of(key))).startswith(ASIDE)


def _is_fence(key: str) -> bool:
    return key == fence_key(layout.account_of(key))
