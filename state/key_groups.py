"""Key groups: the parts that every keyed stage is dealt into, stable across processes and machines."""

from __future__ import annotations

import zlib
from typing import Final

GROUPS: Final = 64
"""Key groups of every keyed stage; fixed for the life of a recovery store."""

GROUP_KEYS: Final[tuple[str, ...]] = tuple(f"{group:03d}" for group in range(GROUPS))
"""The engine's keys: key groups, not contacts (the engine never deletes a key's rows)."""


def key_group(account: str, key: str, groups: int) -> int:
    """Which of `groups` key groups holds `key` of an account; the same in every process and on every machine."""
    return zlib.crc32(key.encode(), zlib.crc32(account.encode())) % groups
