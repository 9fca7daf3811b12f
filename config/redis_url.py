"""The URL of Redis or Valkey: checked before anything connects, and shown without its password."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import SplitResult, urlsplit

import redis

from config.errors import UserError

_SCHEMES: Final = ("redis", "rediss", "unix")
_DATABASE: Final = re.compile(r"/?|/[0-9]{1,9}/?", re.ASCII)
_USER_INFO: Final = re.compile(r"//[^/?#]*@")
_PASSWORD: Final = re.compile(r"(?<=[?&])(password=)[^&#]*")
_FIX: Final = "write redis://HOST:PORT/DATABASE, rediss://… or unix://PATH"


def check_redis_url(url: str) -> str:
    """The URL itself. Raises `UserError` when nothing could ever be reached by it; does not connect."""
    try:
        _check_parts(urlsplit(url))
        # The client knows which options may stand behind the question mark.
        redis.ConnectionPool.from_url(url).make_connection()
    except (ValueError, TypeError, redis.RedisError) as error:
        shown = shown_redis_url(url)
        raise UserError(f"redis-url: {shown!r} is not a Redis URL ({_why(error)}); {_FIX}") from error
    return url


def shown_redis_url(url: str) -> str:
    """The URL as messages may show it: what stands where names and passwords do is `***`."""
    return _PASSWORD.sub(r"\1***", _USER_INFO.sub("//***@", url))


def _check_parts(parts: SplitResult) -> None:
    if parts.scheme not in _SCHEMES:
        raise ValueError("it does not begin with redis://, rediss:// or unix://")
    if parts.scheme == "unix":
        if not parts.path:
            raise ValueError("it has no path")
        return
    if parts.port == 0:
        raise ValueError("the port is 0")
    if not _DATABASE.fullmatch(parts.path):
        raise ValueError("the database is not a number")
    (parts.hostname or "localhost").encode("idna")


def _why(error: Exception) -> str:
    if isinstance(error, UnicodeError):
        return "its host cannot be one"
    if isinstance(error, TypeError):
        return "an option behind its question mark is unknown"
    return str(error)
