"""What came of each source: counted in memory, and written to Redis in the background.

Keys, apart from those that a run sweeps. {A} is `{` Q(account) `}` (`connectors.view.layout`), D a day in UTC:

    lasttouch:intake:{A}:D            hash: <source>:accepted|ignored|rejected  elements
                                            <source>:received_at                ms of the latest request
    lasttouch:intake:{A}:rejections   list of JSON, newest first, 50 at most: at (ms), source, code, field, message

Each is forgotten after 30 days.
"""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

import msgspec
import redis
import structlog

from connectors.view.layout import PREFIX, Text, percent_encode, text_of, texts_of
from state.times import DAY_MS, EPOCH_ORDINAL, day_text

DAYS: Final = 30
"""How long what came in is known."""
REJECTIONS_MAX: Final = 50
SOURCE_RESULTS: Final = ("accepted", "ignored", "rejected")
_RECEIVED_AT: Final = "received_at"
_KEPT_S: Final = (DAYS + 1) * DAY_MS // 1_000
_FLUSH_EVERY_S: Final = 0.5
_ACCOUNTS_MAX: Final = 10_000
"""As many as there may be tokens. While Redis is away, what came in is kept for so many."""

_log = structlog.get_logger("intake")


class Rejection(msgspec.Struct, frozen=True):
    """An element, or a request, that was refused; without personal data."""

    at: int
    """ms"""
    source: str
    code: str
    field: str | None
    message: str


class SourceCounts(msgspec.Struct, frozen=True):
    """What came of one source."""

    source: str
    last_received_at: int
    """ms"""
    accepted: int
    ignored: int
    rejected: int


@dataclass(slots=True)
class _Unwritten:
    """What has come in of one account and is not in Redis yet."""

    counts: Counter[tuple[int, str, str]] = field(default_factory=Counter)
    """By day, source and result."""
    received_at: dict[tuple[int, str], int] = field(default_factory=dict)
    rejections: deque[Rejection] = field(default_factory=lambda: deque(maxlen=REJECTIONS_MAX))
    """Oldest first."""


class IntakeRecord:
    """Takes notes from any thread, at once; one thread of its own writes them. `close` it."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self._lock = threading.Lock()
        self._flushing = threading.Lock()
        """Held while notes are on their way: who flushes after that finds them written."""
        self._unwritten: dict[str, _Unwritten] = {}
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="intake-record", daemon=True)

    def open(self) -> None:
        """Begin to write."""
        self._thread.start()

    def note(
        self, account: str, source: str, now_ms: int, counts: Mapping[str, int], rejections: Iterable[Rejection] = ()
    ) -> None:
        """A request of a source came in. `counts`: its elements by `SOURCE_RESULTS`."""
        day = _day(now_ms)
        with self._lock:
            if account not in self._unwritten and len(self._unwritten) >= _ACCOUNTS_MAX:
                return
            unwritten = self._unwritten.setdefault(account, _Unwritten())
            for result in SOURCE_RESULTS:
                unwritten.counts[day, source, result] += counts.get(result, 0)
            unwritten.received_at[day, source] = max(now_ms, unwritten.received_at.get((day, source), 0))
            unwritten.rejections.extend(rejections)

    def flush(self) -> None:
        """Return when all that was noted before is written. Raises `redis.RedisError`; what was not written is kept."""
        with self._flushing:
            self._flush()

    def _flush(self) -> None:
        with self._lock:
            waiting, self._unwritten = self._unwritten, {}
        while waiting:
            account, unwritten = next(iter(waiting.items()))
            try:
                self._write(account, unwritten)
            except redis.RedisError:
                self._keep(waiting)
                raise
            del waiting[account]

    def close(self) -> None:
        """Write what is left, and end."""
        self._closing.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        is_away = False
        while True:
            is_last = self._closing.wait(_FLUSH_EVERY_S)
            try:
                self.flush()
                is_away = False
            except redis.RedisError as error:
                if not is_away:
                    _log.warning("intake_not_recorded", error=str(error))
                is_away = True
            if is_last:
                return

    def _keep(self, waiting: Mapping[str, _Unwritten]) -> None:
        with self._lock:
            for account, older in waiting.items():
                newer = self._unwritten.get(account)
                if newer is not None:
                    older.counts.update(newer.counts)
                    older.received_at |= newer.received_at
                    older.rejections.extend(newer.rejections)
                self._unwritten[account] = older

    def _write(self, account: str, unwritten: _Unwritten) -> None:
        """In one transaction: all of it, or nothing."""
        pipe = self._client.pipeline(transaction=True)
        for (day, source, result), count in unwritten.counts.items():
            pipe.hincrby(day_key(account, day), f"{source}:{result}", count)
        for (day, source), received_at in unwritten.received_at.items():
            pipe.hset(day_key(account, day), f"{source}:{_RECEIVED_AT}", received_at)
            pipe.expire(day_key(account, day), _KEPT_S)
        if unwritten.rejections:
            key = rejections_key(account)
            pipe.lpush(key, *map(msgspec.json.encode, unwritten.rejections))
            pipe.ltrim(key, 0, REJECTIONS_MAX - 1)
            pipe.expire(key, _KEPT_S)
        pipe.execute()


def read_sources(client: redis.Redis, account: str, now_ms: int) -> list[SourceCounts]:
    """What came of each source in the last 30 days, by name; one round trip."""
    today = _day(now_ms)
    pipe = client.pipeline(transaction=False)
    for day in range(today - DAYS + 1, today + 1):
        pipe.hgetall(day_key(account, day))
    counts: Counter[tuple[str, str]] = Counter()
    received_at: dict[str, int] = {}
    for answer in pipe.execute():
        for name, text in texts_of(answer).items():
            source, _, result = name.rpartition(":")
            if result == _RECEIVED_AT:
                received_at[source] = max(int(text), received_at.get(source, 0))
            else:
                counts[source, result] += int(text)
    return [
        SourceCounts(source, received_at[source], *(counts[source, result] for result in SOURCE_RESULTS))
        for source in sorted(received_at)
    ]


def read_rejections(client: redis.Redis, account: str, now_ms: int) -> list[Rejection]:
    """The latest rejections of the last 30 days, newest first."""
    texts: list[Text] = client.lrange(rejections_key(account), 0, REJECTIONS_MAX - 1)
    rejections = [msgspec.json.decode(text_of(text), type=Rejection) for text in texts]
    return [rejection for rejection in rejections if rejection.at > now_ms - DAYS * DAY_MS]


def day_key(account: str, day: int) -> str:
    """The key of what came in on a day, an ordinal, in UTC."""
    return f"{_tag(account)}{day_text(day)}"


def rejections_key(account: str) -> str:
    """The key of the latest rejections."""
    return _tag(account) + "rejections"


def _tag(account: str) -> str:
    return f"{PREFIX}intake:{{{percent_encode(account)}}}:"


def _day(ms: int) -> int:
    return ms // DAY_MS + EPOCH_ORDINAL
