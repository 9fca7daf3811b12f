"""The connections that the dataflow writes to Redis with."""

from __future__ import annotations

from typing import Final

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from config.errors import Unavailable
from config.redis_url import check_redis_url, shown_redis_url

CONNECT_TIMEOUT_S: Final = 4.0
SILENCE_TIMEOUT_S: Final = 30.0
FIRST_ANSWER_TIMEOUT_S: Final = 4.0


def sink_client(url: str, *, first_answer: bool = False) -> redis.Redis:
    """A client whose failures are the caller's to repeat (`connectors.redis_run.waiting`).

    Raises `UserError` for a URL that is none and, if `first_answer` is asked for, `Unavailable` when none comes.
    """
    if first_answer:
        with _client(url, FIRST_ANSWER_TIMEOUT_S) as asking:
            try:
                asking.ping()
            except redis.RedisError as error:
                raise Unavailable(f"Redis at {shown_redis_url(url)} cannot be reached: {error}") from error
    return _client(url, SILENCE_TIMEOUT_S)


def _client(url: str, silence_timeout_s: float) -> redis.Redis:
    return redis.Redis.from_url(
        check_redis_url(url),
        socket_connect_timeout=CONNECT_TIMEOUT_S,
        socket_timeout=silence_timeout_s,
        retry=Retry(NoBackoff(), 0),
        protocol=2,
    )
