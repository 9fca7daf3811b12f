"""Whether events are decoded by kernels: the environment variable that says so."""

from __future__ import annotations

import os
from typing import Final

from config.errors import UserError

KERNELS: Final = "LASTTOUCH_KERNELS"
"""`on` (the default) or `off`: everything is decoded in Python, with the same result."""


def kernels_are_on() -> bool:
    """Raises `UserError` for any other value."""
    value = os.environ.get(KERNELS, "on")
    if value not in ("on", "off"):
        raise UserError(f"{KERNELS}: {value[:40]!r} is neither on nor off")
    return value == "on"
