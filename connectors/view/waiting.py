"""Waiting for a Redis that is away: the call is repeated until it is answered, or a stop is asked for."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final, TypeVar

import redis
import structlog

from config.stopping import StopRequest

RETRY_S_MAX: Final = 2.0

_LOG: Final = structlog.get_logger()
_Answer = TypeVar("_Answer")


class Stopped(RuntimeError):
    """A stop was asked for while Redis was away."""


def waiting(call: Callable[[], _Answer], stop: StopRequest) -> _Answer:
    """The answer of `call`, tried again with a back-off while Redis is away. Raises `Stopped` on a stop request."""
    wait_s = 0.05
    while True:
        try:
            return call()
        except (redis.ConnectionError, redis.TimeoutError, redis.exceptions.BusyLoadingError) as error:
            if stop.requested:
                raise Stopped("stopped while Redis was away") from error
            if wait_s >= RETRY_S_MAX:
                _LOG.warning("redis is away, waiting", error=str(error))
            time.sleep(wait_s)
            wait_s = min(wait_s * 2, RETRY_S_MAX)
