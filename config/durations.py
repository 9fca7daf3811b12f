"""Lengths of time as operators write them: a number and a unit (contract §2)."""

from __future__ import annotations

import re
from typing import Final

from config.errors import UserError

_DURATION: Final = re.compile(r"([0-9]{1,9})([smhdw])", re.ASCII)
_UNIT_MS: Final = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 7 * 86_400_000}


def duration_ms(name: str, text: str) -> int:
    """The ms of `24h`, `90m`, `0`. `name`: of the flag or variable that says it. Raises `UserError`."""
    written = text.strip()
    match = _DURATION.fullmatch(written)
    if match is not None:
        return int(match[1]) * _UNIT_MS[match[2]]
    if written == "0":
        return 0
    raise UserError(f"{name}: {text!r} is no length of time; give a number and one of s, m, h, d, w (24h), or 0")
