"""What the live readers of one account are told: the whole of today, that it is stale, and that the server ends."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from enum import Enum
from typing import Final

import msgspec

from reports.live import LiveReport

BYE: Final = b"event: bye\ndata: {}\n\n"
HEARTBEAT: Final = b":\n\n"
"""A comment, which keeps the line open."""
_TOTALS: Final = b"event: totals\ndata: %b\n\n"
_STALE: Final = b"event: stale\ndata: %b\n\n"

Mask = Callable[[LiveReport], object]
"""A report without what is personal."""


class Sees(Enum):
    """What a reader sees of persons (names, emails, phones)."""

    EVERYTHING = "everything"
    NOTHING = "nothing"


class LiveFeed:
    """The newest of one account, and its readers. A reader that is slow gets the newest only, never a backlog."""

    def __init__(self, account: str, mask: Mask) -> None:
        self.account = account
        self.readers: set[LiveReader] = set()
        self.totals_number = 0
        """Counts what there was to tell."""
        self.stale_number = 0
        """Likewise; 0: it is not stale."""
        self._mask = mask
        self._report: LiveReport | None = None
        self._frames: dict[Sees, bytes] = {}
        self._stale = b""
        self._read_at: float | None = None

    @property
    def is_stale(self) -> bool:
        """Whether its readers were told so last."""
        return self.stale_number > 0

    def put(self, report: LiveReport) -> None:
        """Today as it was read just now; told where it is not what was told last."""
        self._read_at = time.monotonic()
        if report == self._report and not self.is_stale:
            return
        self._report, self.stale_number = report, 0
        self._frames.clear()
        self.totals_number += 1
        self.wake()

    def put_stale(self) -> None:
        """Today cannot be read."""
        age_s = None if self._read_at is None else round(time.monotonic() - self._read_at, 1)
        self._stale = _STALE % msgspec.json.encode({"age_s": age_s})
        self.stale_number += 1
        self.wake()

    def totals(self, sees: Sees) -> bytes | None:
        """The event `totals`, encoded once for all who see the same; None: nothing was ever read."""
        if self._report is None:
            return None
        if sees not in self._frames:
            shown = self._report if sees is Sees.EVERYTHING else self._mask(self._report)
            self._frames[sees] = _TOTALS % msgspec.json.encode(shown)
        return self._frames[sees]

    @property
    def stale(self) -> bytes:
        """The event `stale`."""
        return self._stale

    def wake(self) -> None:
        """There is something to tell everybody."""
        for reader in self.readers:
            reader.wake()


class LiveReader:
    """One who follows an account. `next` until it gives None."""

    def __init__(self, feed: LiveFeed, sees: Sees, is_allowed: Callable[[], bool]) -> None:
        """`is_allowed`: whether it may still follow."""
        self.is_allowed = is_allowed
        self._feed = feed
        self._sees = sees
        self._woken = asyncio.get_running_loop().create_future()
        self._totals_number = 0
        self._stale_number = 0
        self._is_ending = self._is_gone = False
        self._is_waiting = False
        self._told_at = time.monotonic()

    async def next(self, heartbeat_s: float) -> bytes | None:
        """What to send next, when there is something; None: no more. Until it is called again, that is being sent."""
        self._told_at, self._is_waiting = time.monotonic(), True
        frame: bytes | None = None
        while not self._is_gone and (frame := self._frame(heartbeat_s)) is None:
            self._woken = asyncio.get_running_loop().create_future()
            await self._woken
        self._is_waiting = False
        return frame

    def _frame(self, heartbeat_s: float) -> bytes | None:
        feed = self._feed
        if self._is_ending:
            self._is_gone = True
            return BYE
        totals = feed.totals(self._sees) if feed.totals_number != self._totals_number else None
        if totals is not None:
            self._totals_number = feed.totals_number
            return totals
        if feed.stale_number != self._stale_number:
            self._stale_number = feed.stale_number
            if feed.is_stale:
                return feed.stale
        return HEARTBEAT if time.monotonic() - self._told_at >= heartbeat_s else None

    def wake(self) -> None:
        """Look whether there is something to tell."""
        if not self._woken.done():
            self._woken.set_result(None)

    def end(self) -> None:
        """Tell it that this is the end, last of all: the server ends, or it may not follow any longer."""
        self._is_ending = True
        self.wake()

    def leave(self) -> None:
        """It is gone; nothing more is told."""
        self._is_gone = True
        self.wake()

    def is_silent(self, now: float, heartbeat_s: float) -> bool:
        """Whether it is waiting and was told nothing for so long."""
        return self._is_waiting and now - self._told_at >= heartbeat_s
