"""Skewed quantities (delays, amounts) drawn from tables, with nothing but IEEE sums and products.

The logarithms and powers of the usual distributions differ in the last digit from one C library to the next;
these do not, so that a seed gives the same bytes everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

STEPS: Final = 1_024

Knots = Sequence[tuple[float, int]]
"""(share of the draws that lie below, value), from share 0 to share 1, both rising."""
Table = tuple[int, ...]


def table(knots: Knots, scale: float = 1.0) -> Table:
    """The values at 0/1024, 1/1024 … 1024/1024, straight between the knots, times `scale`."""
    values = []
    segment = 0
    for step in range(STEPS + 1):
        share = step / STEPS
        while share > knots[segment + 1][0]:
            segment += 1
        (low_share, low), (high_share, high) = knots[segment], knots[segment + 1]
        value = low + (high - low) * ((share - low_share) / (high_share - low_share))
        values.append(int(value * scale))
    return tuple(values)


def drawn(values: Table, uniform: float) -> int:
    """The value for a uniform draw from [0, 1)."""
    at = uniform * STEPS
    step = int(at)
    low = values[step]
    return low + int((at - step) * (values[step + 1] - low))
