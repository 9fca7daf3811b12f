"""The currency and time zone of accounts, as their reports show them: events come in while Redis is away, too."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

import redis

from api.doors import Doors
from api.intake.request import AccountValues
from connectors.patience import Patience

FRESH_S: Final = 1.0
"""How long what was read is taken for what holds."""
_ACCOUNTS_MAX: Final = 10_000
_WAIT_S: Final = 1.0
"""A Redis that answers later than this is not waited for, until it has answered once."""
_THREADS: Final = 8
"""Of their own: where all others wait for something else, events are still read by what holds."""


@dataclass(frozen=True, slots=True)
class _Read:
    values: AccountValues
    until: float
    """By the monotonic clock: when to read them anew."""
    is_waited_for: bool
    """Whether what is read anew is waited for: Redis answered when it was asked last."""


class KnownAccounts:
    """Used by one event loop."""

    def __init__(self, doors: Doors) -> None:
        self._doors = doors
        self._read: dict[str, _Read] = {}
        self._reading: dict[str, asyncio.Task[None]] = {}
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="accounts")

    async def values(self, account: str) -> AccountValues:
        """What holds for an account; while Redis is away what was read last, else the settings file's."""
        known = self._read.get(account)
        if known is not None and time.monotonic() < known.until:
            return known.values
        reading = self._reading.get(account)
        if reading is None:
            reading = self._reading[account] = asyncio.create_task(self._read_anew(account))
        if (known is None or known.is_waited_for) and not await Patience(_WAIT_S).wait([reading]):
            self._keep_as_it_is(account)
        return self._last(account)

    def forget(self, account: str) -> None:
        """What holds for an account has changed: it is read anew the next time."""
        known = self._read.get(account)
        if known is not None:
            self._read[account] = _Read(known.values, time.monotonic(), known.is_waited_for)

    async def _read_anew(self, account: str) -> None:
        try:
            view = await asyncio.get_running_loop().run_in_executor(self._threads, self._doors.account_view, account)
        except redis.RedisError:
            self._keep_as_it_is(account)
        else:
            self._keep(account, AccountValues(account, view.currency, view.time_zone), is_waited_for=True)
        finally:
            del self._reading[account]

    def _keep_as_it_is(self, account: str) -> None:
        self._keep(account, self._last(account), is_waited_for=False)

    def _keep(self, account: str, values: AccountValues, *, is_waited_for: bool) -> None:
        if len(self._read) >= _ACCOUNTS_MAX:
            self._read.clear()
        self._read[account] = _Read(values, time.monotonic() + FRESH_S, is_waited_for)

    def _last(self, account: str) -> AccountValues:
        known = self._read.get(account)
        if known is not None:
            return known.values
        settings = self._doors.settings.of(account)
        return AccountValues(account, settings.currency, settings.time_zone)
