"""Waiting for a Redis that is away or refuses for now: a call is repeated until it goes well or a run has to stop."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final, TypeVar

import redis
import structlog

from config.stopping import StopRequest
from connectors.view.refusals import is_for_now

RETRY_S_MIN: Final = 0.05
RETRY_S_MAX: Final = 2.0
_WARN_FROM_S: Final = 0.5
"""A shorter absence is not worth a word."""

_LOG: Final = structlog.get_logger()
_Answer = TypeVar("_Answer")


class Stopped(RuntimeError):
    """A stop was asked for while Redis was away."""


class _Outage:
    """All calls of this process that wait at one time; one warning is for all of them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting = 0
        self._is_told = False
        self.failed = 0
        """Calls, since the process began."""

    def fails(self) -> None:
        with self._lock:
            self.failed += 1

    def begin(self) -> None:
        with self._lock:
            self._waiting += 1

    def warn(self, error: redis.RedisError) -> None:
        with self._lock:
            is_told, self._is_told = self._is_told, True
        if not is_told:
            _LOG.warning("redis is away or refuses, waiting", error=f"{type(error).__name__}: {error}")

    def end(self) -> None:
        with self._lock:
            self._waiting -= 1
            is_over = self._is_told and not self._waiting
            if is_over:
                self._is_told = False
        if is_over:
            _LOG.info("redis takes calls again")


_OUTAGE: Final = _Outage()


def failed_calls() -> int:
    """How many calls have failed and were tried again, since the process began."""
    return _OUTAGE.failed


def waiting(call: Callable[[], _Answer], stop: StopRequest) -> _Answer:
    """The answer of `call`, tried again with a back-off while Redis is away or refuses for now.

    Raises `Stopped` on a stop request, and at once what repeating does not mend.
    """
    try:
        return call()
    except redis.RedisError as error:
        if not is_for_now(error):
            raise
        failure = error
    _OUTAGE.fails()
    _OUTAGE.begin()
    try:
        return _repeated(call, stop, failure)
    finally:
        _OUTAGE.end()


def _repeated(call: Callable[[], _Answer], stop: StopRequest, failure: redis.RedisError) -> _Answer:
    wait_s = RETRY_S_MIN
    while True:
        if stop.requested:
            raise Stopped("stopped while Redis was away") from failure
        if wait_s >= _WARN_FROM_S:
            _OUTAGE.warn(failure)
        time.sleep(wait_s)
        wait_s = min(wait_s * 2, RETRY_S_MAX)
        try:
            return call()
        except redis.RedisError as error:
            if not is_for_now(error):
                raise
            _OUTAGE.fails()
            failure = error
