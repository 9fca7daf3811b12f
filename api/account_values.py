"""The currency and time zone of accounts, as they were last read: events come in while Redis is away, too."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import Final

import redis

from api.doors import Doors
from api.intake.request import AccountValues

FRESH_S: Final = 5.0
"""How long what was read is taken for what holds."""
_ACCOUNTS_MAX: Final = 10_000
_WAIT_S: Final = 1.0
"""A Redis that answers later than this is not waited for."""


@dataclass(frozen=True, slots=True)
class _Read:
    values: AccountValues
    until: float


class KnownAccounts:
    """Used by one event loop."""

    def __init__(self, doors: Doors) -> None:
        self._doors = doors
        self._read: dict[str, _Read] = {}
        self._reading: dict[str, asyncio.Task[None]] = {}

    async def values(self, account: str) -> AccountValues:
        """What holds for an account; what is known already is not waited for."""
        known = self._read.get(account)
        if known is not None and time.monotonic() < known.until:
            return known.values
        reading = self._reading.get(account)
        if reading is None:
            reading = self._reading[account] = asyncio.create_task(self._read_anew(account))
        if known is None:
            await asyncio.wait([reading], timeout=_WAIT_S)
            known = self._read.get(account)
        return self._begun_with(account) if known is None else known.values

    async def _read_anew(self, account: str) -> None:
        try:
            view = await asyncio.to_thread(self._doors.account_view, account)
            values = AccountValues(account, view.currency, view.time_zone)
        except redis.RedisError:
            known = self._read.get(account)
            values = self._begun_with(account) if known is None else known.values
        finally:
            del self._reading[account]
        if len(self._read) >= _ACCOUNTS_MAX:
            self._read.clear()
        self._read[account] = _Read(values, time.monotonic() + FRESH_S)

    def _begun_with(self, account: str) -> AccountValues:
        settings = self._doors.settings.of(account)
        return AccountValues(account, settings.currency, settings.time_zone)
