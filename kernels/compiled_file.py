"""The file of compiled kernels: beside their sources, for any processor of this machine's kind, and named by what it is
made of.
"""

from __future__ import annotations

import hashlib
import os
import platform
import sys
import tempfile
from pathlib import Path
from typing import Final

from state.addresses import HASHED
from state.attribution import Reason
from state.changes import Outcome
from state.decision_history import CAUSES, CHANGES_KEPT
from state.erasures import PSEUDONYM_PREFIX
from state.event_json import TEXT_MAX
from state.events import DELIVERED, ON_THE_WAY, STATUSES, Order
from state.key_groups import GROUPS
from state.messages import (
    AUTOMATED,
    BYTES_BELOW_BOUND,
    HUMAN,
    LATEST_TIMES_KEPT,
    MESSAGES_MOST,
    PLAIN_FROM_MS,
    PLAIN_TIME_BYTES,
    PLAIN_UNTIL_MS,
    RS,
    US,
)
from state.money import AMOUNT_MAX, DIGITS
from state.publication import DROPPED, DUE, OTHERS, UNDONE
from state.settings import EVENTS
from state.times import DAY_MS, EPOCH_ORDINAL, HOUR_MS, MINUTE_MS, SECOND_MS
from state.touches import FAR, MARKED, PLAIN

_CONSTANTS: Final = (
    *(AUTOMATED, BYTES_BELOW_BOUND, EVENTS, HUMAN, MESSAGES_MOST, PLAIN_FROM_MS, PLAIN_TIME_BYTES, PLAIN_UNTIL_MS),
    *(DIGITS, EPOCH_ORDINAL, GROUPS, HASHED, PSEUDONYM_PREFIX, RS, STATUSES, TEXT_MAX, US),
    *(AMOUNT_MAX, CAUSES, CHANGES_KEPT, DELIVERED, ON_THE_WAY, *Reason),
    *(Order.__struct_fields__, Outcome.__struct_config__.tag, DROPPED, DUE, OTHERS, UNDONE),
    *(DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, LATEST_TIMES_KEPT, FAR, MARKED, PLAIN),
)
"""All that kernels take from `state`; it is compiled into them."""
_PREFIX: Final = "kernels-"
_DIGEST_BYTES: Final = 32
"""The file begins with the SHA-256 of the code."""
CHECKED: Final = os.environ.get("NUMBA_BOUNDSCHECK") == "1"
"""Whether each index is looked at: a test asks for that."""
_HERE: Final = Path(__file__).parent
_RUN: Final = frozenset(
    {
        "__init__",
        "__main__",
        "account_rules",
        "batches",
        "byte_table",
        "compiled_file",
        "kind_counts",
        "known_days",
        "loading",
        "message_table",
        "order_summing",
        "order_table",
        "order_texts",
        "placed_table",
        "placed_values",
        "published_table",
        "rooms",
        "tables",
        "word_dealing",
    }
)
"""What runs kernels, and is not compiled itself."""


def _stamp() -> str:
    """Differs where anything does that the kernels are compiled from."""
    sources = b"".join(path.read_bytes() for path in sorted(_HERE.glob("*.py")) if path.stem not in _RUN)
    return hashlib.sha256(sources + repr(_CONSTANTS).encode()).hexdigest()[:16]


def path() -> Path:
    """Where what is compiled from these sources is kept."""
    kind = f"{sys.platform}-{platform.machine()}{'-checked' if CHECKED else ''}"
    return _HERE / "__pycache__" / f"{_PREFIX}{_stamp()}-{kind}.o"


def read(there: Path) -> bytes | None:
    """The code; None where it is not there, or not whole: running that would end the process. Raises `OSError`."""
    try:
        content = there.read_bytes()
    except FileNotFoundError:
        return None
    digest, code = content[:_DIGEST_BYTES], content[_DIGEST_BYTES:]
    return code if hashlib.sha256(code).digest() == digest else None


def require_writable(there: Path) -> None:
    """Raises `OSError` where the file could not be written."""
    there.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryFile(dir=there.parent):
        pass


def write(there: Path, code: bytes) -> None:
    """Whole or not at all. Raises `OSError`."""
    part = there.with_suffix(f".{os.getpid()}")
    try:
        part.write_bytes(hashlib.sha256(code).digest() + code)
        part.replace(there)
    finally:
        part.unlink(missing_ok=True)


def remove_others(there: Path) -> None:
    """What was compiled of other sources."""
    for other in there.parent.glob(f"{_PREFIX}*"):
        if other != there and not CHECKED:
            other.unlink(missing_ok=True)
