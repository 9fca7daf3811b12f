"""What came of each source is counted for 30 days, beside the view."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event, Lock
from typing import Any, Final

import pytest
import redis

from connectors.intake.record import (
    REJECTIONS_MAX,
    IntakeRecord,
    Rejection,
    SourceCounts,
    read_rejections,
    read_sources,
)
from connectors.view.layout import PREFIX
from state.times import DAY_MS
from tests.waiting import PATIENCE_S

NOW_MS: Final = 1_772_452_800_000


def rejection(number: int, at: int = NOW_MS) -> Rejection:
    return Rejection(at, "sendgrid", "missing", "campaign", f"number {number}")


def test_counts_of_several_servers_and_days_add_up(valkey: redis.Redis) -> None:
    for day, accepted in ((0, 1), (1, 2), (29, 4), (30, 8)):
        server = IntakeRecord(valkey)
        server.note("acme", "sendgrid", NOW_MS - day * DAY_MS, {"accepted": accepted, "ignored": 1})
        server.note("acme", "sendgrid", NOW_MS - day * DAY_MS, {"rejected": 1})
        server.note("other", "sendgrid", NOW_MS, {"rejected": 100})
        server.flush()
    assert read_sources(valkey, "acme", NOW_MS) == [SourceCounts("sendgrid", NOW_MS, 7, 3, 3)]
    assert read_sources(valkey, "nobody", NOW_MS) == []


def test_the_latest_rejections_are_kept_newest_first(valkey: redis.Redis) -> None:
    server = IntakeRecord(valkey)
    server.note("acme", "sendgrid", NOW_MS, {}, map(rejection, range(REJECTIONS_MAX)))
    server.flush()
    server.note("acme", "sendgrid", NOW_MS, {}, map(rejection, range(REJECTIONS_MAX, REJECTIONS_MAX + 5)))
    server.flush()
    newest = [rejection(number) for number in range(REJECTIONS_MAX + 4, 4, -1)]
    assert read_rejections(valkey, "acme", NOW_MS) == newest
    assert read_rejections(valkey, "acme", NOW_MS + 31 * DAY_MS) == []


def test_all_keys_are_forgotten_in_time_and_none_is_the_views(valkey: redis.Redis) -> None:
    """A run sweeps keys that begin with the prefix and an account in braces."""
    server = IntakeRecord(valkey)
    server.note("acme", "sendgrid", NOW_MS, {"accepted": 1}, [rejection(1)])
    server.flush()
    keys = [key.decode() for key in valkey.scan_iter()]
    assert len(keys) == 2
    assert all(key.startswith(PREFIX) and not key.startswith(PREFIX + "{") for key in keys)
    assert all(30 * 86_400 < valkey.ttl(key) <= 31 * 86_400 for key in keys)


def test_what_came_in_while_redis_was_away_is_written_when_it_is_back(valkey: redis.Redis) -> None:
    record = IntakeRecord(redis.Redis.from_url("redis://127.0.0.1:1/0"))
    record.note("acme", "sendgrid", NOW_MS, {"accepted": 1}, [rejection(1)])
    with pytest.raises(redis.RedisError):
        record.flush()
    record.note("acme", "sendgrid", NOW_MS + 1, {"accepted": 2}, [rejection(2)])
    record._client = valkey
    record.flush()
    assert read_sources(valkey, "acme", NOW_MS) == [SourceCounts("sendgrid", NOW_MS + 1, 3, 0, 0)]
    assert read_rejections(valkey, "acme", NOW_MS) == [rejection(2), rejection(1)]


class NoticedLock:
    """Says when somebody has to wait for it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self.is_waited_for = Event()

    def __enter__(self) -> None:
        if self._lock.locked():
            self.is_waited_for.set()
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()


def test_who_flushes_while_another_does_waits_until_all_is_written(
    valkey: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    record, flushing = IntakeRecord(valkey), NoticedLock()
    record.note("acme", "sendgrid", NOW_MS, {"accepted": 1})
    is_writing = Event()
    write = record._write

    def write_once_another_waits(*of: Any) -> None:
        is_writing.set()
        assert flushing.is_waited_for.wait(PATIENCE_S)
        write(*of)

    def flushed() -> list[SourceCounts]:
        record.flush()
        return read_sources(valkey, "acme", NOW_MS)

    monkeypatch.setattr(record, "_write", write_once_another_waits)
    monkeypatch.setattr(record, "_flushing", flushing)
    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(record.flush)
        assert is_writing.wait(PATIENCE_S)
        second = threads.submit(flushed)
        assert first.result() is None
        assert [one.accepted for one in second.result()] == [1]


def test_closing_writes_what_is_left(valkey: redis.Redis) -> None:
    record = IntakeRecord(valkey)
    record.open()
    record.note("acme", "sendgrid", NOW_MS, {"accepted": 1})
    record.close()
    assert [one.accepted for one in read_sources(valkey, "acme", NOW_MS)] == [1]
