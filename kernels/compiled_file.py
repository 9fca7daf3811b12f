"""The file of compiled kernels: beside their sources, for any processor of this machine's kind, and named by what it is
made of.
"""

from __future__ import annotations

import hashlib
import os
import platform
import sys
from pathlib import Path
from typing import Final

from state.event_json import TEXT_MAX
from state.messages import AUTOMATED, HUMAN, PLAIN_FROM_MS, PLAIN_TIME_BYTES, PLAIN_UNTIL_MS, RS, US
from state.settings import EVENTS
from state.times import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS

_CONSTANTS: Final = (
    *(AUTOMATED, EVENTS, HUMAN, PLAIN_FROM_MS, PLAIN_TIME_BYTES, PLAIN_UNTIL_MS, RS, TEXT_MAX, US),
    *(DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS),
)
"""All that kernels take from `state`; it is compiled into them."""
_PREFIX: Final = "kernels-"
CHECKED: Final = os.environ.get("NUMBA_BOUNDSCHECK") == "1"
"""Whether each index is looked at: a test asks for that."""
_HERE: Final = Path(__file__).parent
_RUN: Final = frozenset({"__init__", "__main__", "batches", "compiled_file", "loading", "rooms"})
"""What runs kernels, and is not compiled itself."""


def _stamp() -> str:
    """Differs where anything does that the kernels are compiled from."""
    sources = b"".join(path.read_bytes() for path in sorted(_HERE.glob("*.py")) if path.stem not in _RUN)
    return hashlib.sha256(sources + repr(_CONSTANTS).encode()).hexdigest()[:16]


def path() -> Path:
    """Where what is compiled from these sources is kept."""
    kind = f"{sys.platform}-{platform.machine()}{'-checked' if CHECKED else ''}"
    return _HERE / "__pycache__" / f"{_PREFIX}{_stamp()}-{kind}.o"


def write(there: Path, code: bytes) -> None:
    """Whole or not at all. Raises `OSError`."""
    there.parent.mkdir(parents=True, exist_ok=True)
    part = there.with_suffix(f".{os.getpid()}")
    try:
        part.write_bytes(code)
        part.replace(there)
    finally:
        part.unlink(missing_ok=True)


def remove_others(there: Path) -> None:
    """What was compiled of other sources."""
    for other in there.parent.glob(f"{_PREFIX}*"):
        if other != there and not CHECKED:
            other.unlink(missing_ok=True)
