"""Which of Redis's answers mean "not for now": the call is to be repeated, and will go well some day."""

from __future__ import annotations

import re
from typing import Final

import redis

WAITED_FOR: Final = (
    "OOM",
    "READONLY",
    "NOREPLICAS",
    "MISCONF",
    "CLUSTERDOWN",
    "LOADING",
    "MASTERDOWN",
    "TRYAGAIN",
    "BUSY",
    "NOAUTH",
    "WRONGPASS",
)
"""The codes of errors that the server's owner mends, or time does, while a run waits (contract §8)."""

# A script's error has the code of the command that failed in the middle of its text ("… @user_script: 15: -OOM …").
_CODE: Final = re.compile(rf"(?<![A-Za-z'\"])({'|'.join(WAITED_FOR)})(?![A-Za-z'\"])")
_CLASSES: Final[tuple[type[redis.RedisError], ...]] = (
    redis.ConnectionError,
    redis.TimeoutError,
    redis.OutOfMemoryError,
    redis.ReadOnlyError,
    redis.exceptions.ClusterDownError,
    redis.exceptions.MasterDownError,
    redis.exceptions.TryAgainError,
)
"""Those of which the client has taken the code off the text. Refused passwords and loading are connection errors."""


def is_for_now(error: redis.RedisError) -> bool:
    """Whether Redis is away or refuses for now; else the call itself is wrong, and repeating it does not help."""
    return isinstance(error, _CLASSES) or _CODE.search(str(error)) is not None
