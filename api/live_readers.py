"""All who follow what their accounts earn: Redis is read once for an account, whatever the number of its readers."""

from __future__ import annotations

import asyncio
import time
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import redis
import structlog

from api.doors import Doors, wall_clock_ms
from api.live_feed import LiveFeed, LiveReader, Mask, Sees
from connectors.patience import LATE_S
from connectors.view.layout import RUN_KEY
from connectors.view.refusals import is_for_now
from reports.live import LiveReport, read_live

INTERVAL_S: Final = 0.25
"""An account is read and told at most so often: four times a second."""
MESSAGES_PER_S_MAX: Final = 1_000
"""To all readers together: of more than 250 each is told less often. A thousand take less than a tenth of a core."""
READING_SHARE: Final = 0.05
"""Reading one account takes at most this share of the time: a day of thousands of campaigns is read less often."""
UNMARKED_S: Final = 2.0
"""How often an account is read where no mark says that anything was written: a new day begins in silence."""
STALE_AFTER_S: Final = 2.0
STALE_EVERY_S: Final = 5.0
HEARTBEAT_S: Final = 15.0
_THREADS: Final = 8

_log = structlog.get_logger("http")


@dataclass(frozen=True, slots=True)
class LiveSource:
    """Where what is told is read. Both are called in threads, and raise `redis.RedisError` while Redis is away."""

    read: Callable[[str], LiveReport]
    """An account's today."""
    marks: Callable[[], object]
    """What is another as soon as anything was written to the view."""
    tokens_version: Callable[[], object] = lambda: None
    """What is another as soon as somebody may have been forbidden to follow. Called in the event loop."""


def live_source(doors: Doors) -> LiveSource:
    """The view in Redis."""
    return LiveSource(
        read=lambda account: read_live(doors.redis, doors.account_view(account), wall_clock_ms()),
        marks=lambda: doors.redis.hgetall(RUN_KEY),
        tokens_version=lambda: doors.tokens.version,
    )


@dataclass(slots=True)
class _Watched:
    """How the reading of one account goes."""

    feed: LiveFeed
    marks: object = None
    """As they were before it was read last."""
    began_at: float = 0.0
    """When it was read last, or is being read."""
    is_reading: bool = False
    cost_s: float = 0.0
    told_stale_at: float = 0.0


class LiveReaders:
    """Belongs to one event loop. `open` for each reader, and `leave` when it is gone.

    A reader that is slow costs the others nothing: it is given the newest whenever it has taken what it was given
    before. One that takes nothing at all is the connection's to let go of (`api.protocol`).
    """

    def __init__(
        self, source: LiveSource, mask: Mask, ending: asyncio.Event, *, heartbeat_s: float = HEARTBEAT_S
    ) -> None:
        """`ending` is set when the server ends; then everybody is told `bye`."""
        self._source = source
        self._mask = mask
        self._ending = ending
        self._heartbeat_s = heartbeat_s
        self._watched: dict[str, _Watched] = {}
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="live")
        self._watching: asyncio.Task[None] | None = None
        self._readings: set[asyncio.Task[None]] = set()
        self._marks: object = None
        self._tokens_version: object = None
        self.count = 0
        """How many follow now."""

    def open(self, account: str, sees: Sees, is_allowed: Callable[[], bool] = lambda: True) -> LiveReader:
        """Someone begins to follow, for as long as they are allowed to."""
        self.count += 1
        watched = self._watched.get(account)
        if watched is None:
            watched = self._watched[account] = _Watched(LiveFeed(account, self._mask))
            self._read(watched)
        reader = LiveReader(watched.feed, sees, is_allowed)
        watched.feed.readers.add(reader)
        if self._ending.is_set() or not is_allowed():
            reader.end()
        elif self._watching is None or self._watching.done():
            self._watching = asyncio.create_task(self._watch())
        return reader

    async def next(self, reader: LiveReader) -> bytes | None:
        """What to send to a reader next; None: no more."""
        return await reader.next(self._heartbeat_s)

    def leave(self, account: str, reader: LiveReader) -> None:
        """It is gone. An account without readers is read no more."""
        reader.leave()
        self.count -= 1
        readers = self._watched[account].feed.readers
        readers.discard(reader)
        if not readers:
            del self._watched[account]

    def close(self) -> None:
        """Read nothing more."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _watch(self) -> None:
        """While anybody follows: read what is due, and keep lines open; at the end, tell everybody."""
        loop = asyncio.get_running_loop()
        checking: asyncio.Future[object] | None = None
        due_at = time.monotonic()
        while self._watched and not self._ending.is_set():
            self._take_marks(checking)
            self._end_forbidden()
            if checking is None or checking.done():
                checking = loop.run_in_executor(self._threads, self._source.marks)
                # Whoever follows last may leave while it goes on; then nobody asks what came of it.
                checking.add_done_callback(_retrieve)
            now = time.monotonic()
            stood_still = now > due_at + LATE_S
            for watched in self._watched.values():
                self._look_after(watched, now, stood_still=stood_still)
            due_at = now + INTERVAL_S
            with suppress(TimeoutError):
                await asyncio.wait_for(self._ending.wait(), INTERVAL_S)
        self._take_marks(checking)
        if self._ending.is_set():
            for watched in self._watched.values():
                for reader in watched.feed.readers:
                    reader.end()

    def _end_forbidden(self) -> None:
        """Whose token was revoked is told `bye`."""
        version = self._source.tokens_version()
        if version != self._tokens_version:
            self._tokens_version = version
            for watched in self._watched.values():
                for reader in watched.feed.readers:
                    if not reader.is_allowed():
                        reader.end()

    def _take_marks(self, checking: asyncio.Future[object] | None) -> None:
        """Where they cannot be read, reading the accounts will show why."""
        if checking is None or not checking.done() or checking.cancelled():
            return
        self._marks = None if checking.exception() is not None else checking.result()

    def _look_after(self, watched: _Watched, now: float, *, stood_still: bool) -> None:
        if not watched.is_reading:
            if self._is_due(watched, now):
                self._read(watched)
        elif stood_still:
            # This process did, not Redis: what was read meanwhile is there in a moment.
            watched.began_at = now
        elif now - watched.began_at > STALE_AFTER_S:
            self._tell_stale(watched, now)
        for reader in watched.feed.readers:
            if reader.is_silent(now, self._heartbeat_s):
                reader.wake()

    def _is_due(self, watched: _Watched, now: float) -> bool:
        since = now - watched.began_at
        if since < max(INTERVAL_S, self.count / MESSAGES_PER_S_MAX, watched.cost_s / READING_SHARE):
            return False
        is_marked = self._marks is not None and self._marks != watched.marks
        return is_marked or watched.feed.is_stale or since >= UNMARKED_S

    def _read(self, watched: _Watched) -> None:
        watched.is_reading, watched.began_at, watched.marks = True, time.monotonic(), self._marks
        reading = asyncio.create_task(self._read_and_put(watched))
        self._readings.add(reading)
        reading.add_done_callback(self._readings.discard)

    async def _read_and_put(self, watched: _Watched) -> None:
        try:
            report, cost_s = await asyncio.get_running_loop().run_in_executor(
                self._threads, self._timed_read, watched.feed.account
            )
        except Exception as error:  # noqa: BLE001 - whatever it is, readers are told, and the next try may do
            if isinstance(error, redis.RedisError) and is_for_now(error):
                _log.debug("live_not_read", error=str(error))
            else:
                _log.error("live_failed", traceback="".join(traceback.format_exception(error)))
            self._tell_stale(watched, time.monotonic())
        else:
            watched.cost_s = cost_s
            watched.feed.put(report)
        watched.is_reading = False

    def _timed_read(self, account: str) -> tuple[LiveReport, float]:
        """With the time of the processor that it took."""
        began = time.thread_time()
        return self._source.read(account), time.thread_time() - began

    def _tell_stale(self, watched: _Watched, now: float) -> None:
        if not watched.feed.is_stale or now - watched.told_stale_at >= STALE_EVERY_S:
            watched.told_stale_at = now
            watched.feed.put_stale()


def _retrieve(done: asyncio.Future[object]) -> None:
    """An error that nobody has looked at would be logged as a fault."""
    if not done.cancelled():
        done.exception()
