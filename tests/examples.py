"""How many examples properties get: a share in `make test`, all of them in `make test-properties`."""

from __future__ import annotations

import os
from typing import Final

_VARIABLE: Final = "LASTTOUCH_TEST_EXAMPLES"
SHARE: Final = float(os.environ.get(_VARIABLE, "0.25"))
"""Of all examples."""


def examples(count: int) -> int:
    """`count`, as often as the variable says: 1 for all, 10 for ten times as many, by default a quarter."""
    return max(1, round(count * SHARE))
