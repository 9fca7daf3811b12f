"""What each kernel is given: arrays by their records, and numbers. Each returns a number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from kernels.layout import LINE, PART, RANGE, TOUCH

_TEXT: Final = np.dtype(np.uint8)
_NUMBERS: Final = np.dtype(np.int64)
_NUMBER: Final = None

Parameters = tuple[np.dtype[np.generic] | None, ...]
"""Of an array its elements; None: a number."""

SIGNATURES: Final[Mapping[str, Parameters]] = {
    "find_touches": (_TEXT, _NUMBER, _NUMBER, RANGE, TOUCH, LINE),
    "sort_touches": (_TEXT, TOUCH, _NUMBERS, _NUMBER, _NUMBERS, PART, _NUMBERS),
    "put_columns": (_TEXT, TOUCH, _NUMBERS, PART, _TEXT, _NUMBERS, _TEXT),
    "put_counting": (_NUMBER, _NUMBER, _TEXT, _NUMBERS),
    "find_places": (_TEXT, _NUMBER, _NUMBER, _NUMBERS),
}
"""The kernels by name; the functions of these names say what they do."""
